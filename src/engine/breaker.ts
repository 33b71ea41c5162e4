// The circuit breaker of one target, as a value and its moves. A target that fails too often is left alone for a
// while, then tried with one call. Knows no store and no clock; the memory between processes is breaker-board.ts.
//
//   closed    -> open       too many of the window's calls failed
//   open      -> half-open  its time is over and one call is let through
//   half-open -> closed     that call got an answer
//   half-open -> open       it failed: for twice as long; or nobody knows what came of it: at once again
//   half-open -> half-open  its time is over, too (its worker was lost): another call is let through

import type { Outcome } from "./attempt.ts";
import type { ErrorCategory, Failure } from "./failure.ts";
import type { BreakerPolicy } from "./policy.ts";
import type { Instant } from "./time.ts";

/** Calls of one slice of the window. */
export type Slice = { readonly at: Instant; readonly calls: number; readonly failures: number };

/** What made it open, for people. */
export type Trouble = {
  readonly calls: number;
  readonly failures: number;
  /** In these last milliseconds. */
  readonly withinMs: number;
};

export type ClosedBreaker = { readonly status: "closed"; readonly slices: readonly Slice[] };
type Tripped = {
  /** Since when it is not closed: failing again does not change that. */
  readonly openedAt: Instant;
  /** How often it opened since it last was closed. */
  readonly trips: number;
  readonly trouble: Trouble;
};
export type OpenBreaker = Tripped & { readonly status: "open"; readonly until: Instant };
export type HalfOpenBreaker = Tripped & {
  readonly status: "half-open";
  /** Names the call that was let through: what an earlier one has to say comes too late. */
  readonly probe: number;
  /** When that call is given up. */
  readonly probeBy: Instant;
};
export type Breaker = ClosedBreaker | OpenBreaker | HalfOpenBreaker;

export const CLOSED: ClosedBreaker = { status: "closed", slices: [] };

/** What a call says about its target: it answered, it did not, or neither can be told. */
export type Sign = "up" | "down" | "none";

/**
 * Failures that say that the target is in trouble. All others are an answer: a target that refuses an input or a
 * person is well.
 */
const TROUBLE: ReadonlySet<ErrorCategory> = new Set([
  "network",
  "timeout",
  "temporary",
  "dependency",
]);
/** A success whose check does not hold is an answer, too. */
const CHECK_CODE = "CHECK";
const SLICES = 6;
const MOST_DOUBLINGS = 10;
/** How soon whoever waits for another's probe looks again, in milliseconds. */
const LOOK_AGAIN_MS = 5_000;

/** @param stopped its run or its worker stopped the call: the target had no say, unless it had answered already. */
export function signOf(outcome: Outcome, stopped: boolean): Sign {
  switch (outcome.kind) {
    case "succeeded":
      return "up";
    case "abandoned":
      return "none";
    case "failed":
    case "unknown":
      return stopped ? "none" : signOfFailure(outcome.failure);
  }
}

export function signOfFailure({ category, code }: Failure): Sign {
  return TROUBLE.has(category) && code !== CHECK_CODE ? "down" : "up";
}

/** Whether a call may go to the target now. `changed` must be kept before it does. */
export type Ask =
  | { readonly kind: "go" }
  | { readonly kind: "probe"; readonly probe: number; readonly changed: HalfOpenBreaker }
  | {
      readonly kind: "open";
      readonly until: Instant;
      readonly breaker: OpenBreaker | HalfOpenBreaker;
    };

/** @param probeMs how long a call that is let through may take before it is given up. */
export function ask(breaker: Breaker, now: Instant, probeMs: number): Ask {
  if (breaker.status === "closed") return { kind: "go" };
  const { status, openedAt, trips, trouble } = breaker;
  if (status === "open" && now < breaker.until)
    return { kind: "open", until: breaker.until, breaker };
  if (status === "half-open" && now < breaker.probeBy)
    return { kind: "open", until: Math.min(breaker.probeBy, now + LOOK_AGAIN_MS), breaker };
  const probe = (status === "half-open" ? breaker.probe : 0) + 1;
  const changed: HalfOpenBreaker = {
    status: "half-open",
    openedAt,
    trips,
    trouble,
    probe,
    probeBy: now + probeMs,
  };
  return { kind: "probe", probe, changed };
}

export type Calls = { readonly calls: number; readonly failures: number };

/** Counts calls that went to the target while it was closed. What they say of one that has opened since is late. */
export function count(breaker: Breaker, calls: Calls, at: Instant, policy: BreakerPolicy): Breaker {
  if (breaker.status !== "closed") return breaker;
  const sliceMs = Math.max(1, Math.floor(policy.windowMs / SLICES));
  const begin = at - (at % sliceMs);
  const slices = new Map(
    breaker.slices.filter((slice) => slice.at > at - policy.windowMs).map((one) => [one.at, one]),
  );
  const known = slices.get(begin) ?? { calls: 0, failures: 0 };
  slices.set(begin, {
    at: begin,
    calls: known.calls + calls.calls,
    failures: known.failures + calls.failures,
  });
  const all = [...slices.values()].toSorted((a, b) => a.at - b.at);
  const total = all.reduce((sum, slice) => sum + slice.calls, 0);
  const failures = all.reduce((sum, slice) => sum + slice.failures, 0);
  const trips = total >= policy.minimumCalls && failures / total >= policy.failureRate;
  // Good news can't open it, however bad the news before was: that had its chance.
  if (!trips || calls.failures === 0) return { status: "closed", slices: all };
  return {
    status: "open",
    openedAt: at,
    until: at + policy.openMs,
    trips: 1,
    trouble: { calls: total, failures, withinMs: policy.windowMs },
  };
}

/** What came of the call that was let through. */
export function settleProbe(
  breaker: Breaker,
  { probe, sign }: { readonly probe: number; readonly sign: Sign },
  at: Instant,
  policy: BreakerPolicy,
): Breaker {
  if (breaker.status !== "half-open" || breaker.probe !== probe) return breaker;
  if (sign === "up") return CLOSED;
  const { openedAt, trips, trouble } = breaker;
  if (sign === "none") return { status: "open", openedAt, until: at, trips, trouble };
  const openMs = policy.openMs * Math.min(2 ** trips, MOST_DOUBLINGS);
  return { status: "open", openedAt, until: at + openMs, trips: trips + 1, trouble };
}

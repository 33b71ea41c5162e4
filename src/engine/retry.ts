// Whether a failed attempt is tried again, and when. Pure: policy, failure, time and randomness are given.

import type { Failure } from "./failure.ts";
import type { RetryPolicy } from "./plan.ts";
import type { Instant } from "./time.ts";

export type RetryDecision =
  | { readonly kind: "again"; readonly at: Instant }
  | { readonly kind: "final"; readonly why: "category" | "attempts" | "deadline" };

/**
 * The commands of a rollback have no policy in the plan. They are tried a few times, because what is not taken
 * back has to be finished by hand.
 */
export const ROLLBACK_RETRY: RetryPolicy = {
  maxAttempts: 3,
  backoff: "exponential",
  baseDelayMs: 1_000,
  maxDelayMs: 30_000,
  jitter: true,
  on: ["network", "timeout", "temporary", "dependency"],
};

/**
 * Decides after attempt number `attempt` (1-based) has failed.
 * @param given.deadline nothing may start at or after it; null: none.
 * @param given.random in [0, 1).
 */
export function decideRetry(given: {
  readonly policy: RetryPolicy;
  readonly attempt: number;
  readonly failure: Failure;
  readonly now: Instant;
  readonly deadline: Instant | null;
  readonly random: number;
}): RetryDecision {
  const { policy, attempt, failure, now, deadline } = given;
  if (!policy.on.includes(failure.category)) return { kind: "final", why: "category" };
  if (attempt >= policy.maxAttempts) return { kind: "final", why: "attempts" };
  // What the target asks for counts more than our own bound: coming sooner would only be refused again.
  const delay = Math.max(delayAfter(policy, attempt, given.random), failure.retryAfterMs ?? 0);
  const at = now + Math.ceil(delay);
  return deadline !== null && at >= deadline
    ? { kind: "final", why: "deadline" }
    : { kind: "again", at };
}

/**
 * Milliseconds to wait after attempt number `attempt`: drawn evenly between the base delay and the backoff's
 * bound, never above the longest delay; without jitter, the bound itself. `fixed` is not spread: who writes
 * "every 30 s" counts on it.
 */
export function delayAfter(policy: RetryPolicy, attempt: number, random: number): number {
  const base = Math.min(policy.baseDelayMs, policy.maxDelayMs);
  const bound = Math.min(boundAfter(policy, attempt), policy.maxDelayMs);
  return policy.jitter ? base + random * (bound - base) : bound;
}

function boundAfter({ backoff, baseDelayMs }: RetryPolicy, attempt: number): number {
  switch (backoff) {
    case "fixed":
      return baseDelayMs;
    case "linear":
      return baseDelayMs * (attempt + 1);
    case "exponential":
      return baseDelayMs * 2 ** attempt;
  }
}

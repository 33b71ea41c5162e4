// Every move a plan can make in its life. Nothing else builds a state.
//
//   awaiting-approval -> awaiting-approval   vote, edit (next version, votes void), remind, nudge
//   awaiting-approval -> approved            quorum met, or the policy asks for no approval
//   awaiting-approval -> rejected | expired | withdrawn
//   approved          -> spent | expired | withdrawn
//   rejected, expired, withdrawn, spent are final

import type { Conversation, Person } from "./identity.ts";
import type {
  ApprovedPlan,
  AwaitingPlan,
  Emergency,
  ExpiredPlan,
  Plan,
  PlanOrigin,
  PlanRecord,
  PlanStatus,
  RejectedPlan,
  SpentPlan,
  Waves,
  WithdrawnPlan,
} from "./plan.ts";
import type { ApprovalRule } from "./policy.ts";
import type { Refusal } from "./refusal.ts";
import { accept, refuse } from "./result.ts";
import type { Result } from "./result.ts";
import type { Instant } from "./time.ts";
import type { Verdict, Vote } from "./verdict.ts";

type Move<T> = Result<T, Refusal>;

/** The status at this moment: a clock that ran out has expired the plan, whether or not that was recorded. */
export function effectiveStatus(record: PlanRecord, now: Instant): PlanStatus {
  if (record.status === "awaiting-approval" && now >= record.approveBy)
    return timeoutApproves(record, now) ? record.status : "expired";
  if (record.status === "approved" && now >= record.startBy) return "expired";
  return record.status;
}

/** True when the plan's time to approve is over and its rule approves it then, so that this is not its end. */
export function timeoutApproves(record: PlanRecord, now: Instant): record is AwaitingPlan {
  const { rule, plan, status } = record;
  return (
    status === "awaiting-approval" &&
    now >= record.approveBy &&
    rule.onTimeout === "approve" &&
    plan.risk !== "destructive"
  );
}

export type Filing = {
  readonly id: string;
  readonly plan: Plan;
  readonly hash: string;
  readonly source: string;
  readonly origin: PlanOrigin | null;
  readonly conversation: Conversation;
  readonly requester: Person;
  readonly rule: ApprovalRule;
  readonly policyVersion: string;
  readonly requestId: string;
  readonly supersedes: string | null;
};

/** A new plan, version 1, waiting for its quorum. */
export function beginPlan(filing: Filing, now: Instant): AwaitingPlan {
  return {
    status: "awaiting-approval",
    ...filing,
    version: 1,
    editors: [],
    supersededBy: null,
    filedAt: now,
    begunAt: now,
    emergency: null,
    revision: 1,
    approveBy: now + filing.rule.approveWithinMs,
    votes: [],
    remindedAt: null,
    nudgedAt: null,
    waves: firstWaves(filing.rule, now),
    unreachableSince: null,
  };
}

/** Nobody has been written to about a version that begins to wait now. */
function firstWaves({ remindAfterMs }: ApprovalRule, now: Instant): Waves {
  return { nextAt: remindAfterMs === null ? null : now + remindAfterMs, told: [], widenedAt: null };
}

/** Puts a person's newest word in the place of their earlier one. */
export function recordVote(record: PlanRecord, vote: Vote): Move<AwaitingPlan> {
  const waiting = waitingAt(record, vote.at);
  if (!waiting.ok) return waiting;
  const current = waiting.value;
  if (vote.planVersion !== current.version) {
    return refuse({ code: "stale-version", seen: vote.planVersion, current: current.version });
  }
  if (vote.planHash !== current.hash) return refuse({ code: "hash-changed" });
  const others = current.votes.filter(({ userId }) => userId !== vote.userId);
  return accept({ ...current, votes: [...others, vote], revision: current.revision + 1 });
}

/** Without what only a plan that waits for votes has. */
function settled({
  approveBy: _approveBy,
  remindedAt: _remindedAt,
  nudgedAt: _nudgedAt,
  waves: _waves,
  unreachableSince: _unreachable,
  ...kept
}: AwaitingPlan): Omit<
  AwaitingPlan,
  "approveBy" | "remindedAt" | "nudgedAt" | "waves" | "unreachableSince"
> {
  return kept;
}

/** The caller decided, this only moves. A verdict by a time-out comes after the time. @throws {Error} when the verdict is not approved: a defect. */
export function approvePlan(
  record: PlanRecord,
  decided: { readonly verdict: Verdict; readonly runId: string; readonly at: Instant },
): Move<ApprovedPlan> {
  const { outcome } = decided.verdict;
  if (outcome !== "approved")
    throw new Error(`a plan can't be approved by a verdict that is ${outcome}`);
  const waiting = waitingAt(record, decided.at);
  if (!waiting.ok) return waiting;
  return accept({
    ...settled(waiting.value),
    status: "approved",
    verdict: decided.verdict,
    decidedAt: decided.at,
    startBy: decided.at + record.rule.startWithinMs,
    runId: decided.runId,
    revision: record.revision + 1,
  });
}

export function rejectPlan(record: PlanRecord, verdict: Verdict, at: Instant): Move<RejectedPlan> {
  const waiting = waitingAt(record, at);
  if (!waiting.ok) return waiting;
  return accept({
    ...settled(waiting.value),
    status: "rejected",
    verdict,
    decidedAt: at,
    revision: record.revision + 1,
  });
}

/** Records that a clock ran out. Refused while it hasn't. */
export function expirePlan(record: PlanRecord, at: Instant): Move<ExpiredPlan> {
  if (effectiveStatus(record, at) !== "expired" || record.status === "expired") {
    return refuse(decided(record));
  }
  if (record.status === "awaiting-approval") return closePlan(record);
  if (record.status !== "approved") return refuse(decided(record));
  const { startBy, verdict: _verdict, decidedAt: _decidedAt, runId: _runId, ...kept } = record;
  return accept({
    ...kept,
    status: "expired",
    clock: "start-by",
    expiredAt: startBy,
    revision: record.revision + 1,
  });
}

/** Ends a plan whose time to approve is over although its rule would have approved it: the policy has changed, or somebody objected. */
export function closePlan(record: PlanRecord): Move<ExpiredPlan> {
  if (record.status !== "awaiting-approval") return refuse(decided(record));
  return accept({
    ...settled(record),
    status: "expired",
    clock: "approve-by",
    expiredAt: record.approveBy,
    revision: record.revision + 1,
  });
}

/** Possible until the run has started. */
export function withdraw(
  record: PlanRecord,
  by: { readonly userId: string; readonly reason: string | null; readonly at: Instant },
): Move<WithdrawnPlan> {
  const open = openAt(record, by.at);
  if (open !== null) return refuse(open);
  const at = {
    status: "withdrawn",
    withdrawnAt: by.at,
    withdrawnBy: by.userId,
    reason: by.reason,
  } as const;
  if (record.status === "awaiting-approval")
    return accept({ ...settled(record), ...at, revision: record.revision + 1 });
  if (record.status !== "approved") return refuse(decided(record));
  const {
    startBy: _startBy,
    verdict: _verdict,
    decidedAt: _decidedAt,
    runId: _runId,
    ...kept
  } = record;
  return accept({ ...kept, ...at, revision: record.revision + 1 });
}

export type NextVersion = Pick<Filing, "plan" | "hash" | "source" | "rule" | "policyVersion"> & {
  readonly fromVersion: number;
  readonly editorId: string;
  /** The votes stand: the policy is sticky and the edit added nothing that is a risk. */
  readonly keeps: boolean;
  readonly at: Instant;
};

/**
 * The next version: votes void, approve-by starts again, and the editor can't approve any more.
 * Votes are kept, for the new hash, only when the caller says which (`sticky`).
 */
export function editVersion(record: PlanRecord, next: NextVersion): Move<AwaitingPlan> {
  const waiting = waitingAt(record, next.at);
  if (!waiting.ok) return waiting;
  const current = waiting.value;
  if (next.fromVersion !== current.version) {
    return refuse({ code: "stale-version", seen: next.fromVersion, current: current.version });
  }
  if (next.hash === current.hash) return refuse({ code: "nothing-changed" });
  const { plan, hash, source, rule, policyVersion, editorId, at } = next;
  return accept({
    ...current,
    plan,
    hash,
    source,
    rule,
    policyVersion,
    version: current.version + 1,
    // The last one edited last: the card says so.
    editors: [...current.editors.filter((earlier) => earlier !== editorId), editorId],
    votes: current.votes
      .filter(({ userId }) => next.keeps && userId !== editorId)
      .map((vote) => ({
        ...vote,
        planVersion: current.version + 1,
        planHash: hash,
        carriedFrom: vote.carriedFrom ?? vote.planVersion,
      })),
    begunAt: at,
    approveBy: at + rule.approveWithinMs,
    remindedAt: null,
    nudgedAt: null,
    waves: firstWaves(rule, at),
    unreachableSince: null,
    revision: current.revision + 1,
  });
}

/** One person's word instead of the quorum's. The caller decided who may. */
export function breakGlass(
  record: PlanRecord,
  broken: {
    readonly verdict: Verdict;
    readonly runId: string;
    readonly emergency: Emergency;
  },
): Move<ApprovedPlan> {
  const { verdict, runId, emergency } = broken;
  const approved = approvePlan(record, { verdict, runId, at: emergency.at });
  return approved.ok ? accept({ ...approved.value, emergency }) : approved;
}

/** Closes the after-review of a broken glass. */
export function closeReview(
  record: PlanRecord,
  review: NonNullable<Emergency["review"]>,
): Move<PlanRecord> {
  const { emergency } = record;
  if (emergency === null) return refuse({ code: "nothing-to-review", planId: record.id });
  if (emergency.review !== null)
    return refuse({ code: "already-reviewed", planId: record.id, userId: emergency.review.userId });
  return accept({
    ...record,
    emergency: { ...emergency, review },
    revision: record.revision + 1,
  });
}

/** When it is to be said that more people may approve; null: it was, or never. */
export function widensAt({ rule, begunAt, waves }: AwaitingPlan): Instant | null {
  return rule.widen === null || waves.widenedAt !== null ? null : begunAt + rule.widen.afterMs;
}

/** When a plan must be looked at: a clock that runs out, or somebody who is to be written to. Null: never again. */
export function attentionAt(record: PlanRecord): Instant | null {
  if (record.status === "approved") return record.startBy;
  if (record.status !== "awaiting-approval") return null;
  return Math.min(
    record.approveBy,
    record.waves.nextAt ?? Number.POSITIVE_INFINITY,
    widensAt(record) ?? Number.POSITIVE_INFINITY,
  );
}

/**
 * Notes that some of those who could approve were written to, and when the next are.
 * @param wave.reminds they were reminded, `wave.widens` it was said that more people may approve; neither: nobody was
 * at work.
 */
export function noteWave(
  record: PlanRecord,
  wave: {
    readonly reminds: boolean;
    readonly widens: boolean;
    readonly told: readonly string[];
    readonly nextAt: Instant | null;
    readonly at: Instant;
  },
): Move<AwaitingPlan> {
  const waiting = waitingAt(record, wave.at);
  if (!waiting.ok) return waiting;
  const { waves, remindedAt, revision } = waiting.value;
  const { reminds, widens, told, nextAt, at } = wave;
  return accept({
    ...waiting.value,
    remindedAt: reminds ? at : remindedAt,
    waves: {
      nextAt,
      told: [...new Set([...waves.told, ...told])],
      widenedAt: widens ? at : waves.widenedAt,
    },
    revision: revision + 1,
  });
}

/** Notes since when too few people are left who could approve; null: there are enough again. */
export function noteReach(
  record: PlanRecord,
  since: Instant | null,
  at: Instant,
): Move<AwaitingPlan> {
  const waiting = waitingAt(record, at);
  if (!waiting.ok) return waiting;
  const { revision } = waiting.value;
  return accept({ ...waiting.value, unreachableSince: since, revision: revision + 1 });
}

/** The requester asks again. At most once in this long after anybody was reminded, in milliseconds. */
export const NUDGE_EVERY_MS = 600_000;

/** Notes that the requester had those who could approve reminded. */
export function nudgePlan(record: PlanRecord, at: Instant): Move<AwaitingPlan> {
  const waiting = waitingAt(record, at);
  if (!waiting.ok) return waiting;
  const { nudgedAt, remindedAt } = waiting.value;
  const again = Math.max(nudgedAt ?? -Infinity, remindedAt ?? -Infinity) + NUDGE_EVERY_MS;
  if (at < again) return refuse({ code: "nudged-lately", again });
  return accept({ ...waiting.value, nudgedAt: at, revision: record.revision + 1 });
}

/**
 * Another plan takes this one's place: it is withdrawn. One that has started, or whose time is over, stays what it is
 * and only says so.
 */
export function supersedePlan(
  record: PlanRecord,
  by: { readonly planId: string; readonly userId: string; readonly at: Instant },
): Move<WithdrawnPlan | ExpiredPlan | SpentPlan> {
  const { planId: supersededBy, userId, at } = by;
  if (record.supersededBy !== null)
    return refuse({ code: "superseded", planId: record.id, byPlanId: record.supersededBy });
  if (record.status === "spent" || record.status === "expired")
    return accept({ ...record, supersededBy, revision: record.revision + 1 });
  const withdrawn = withdraw(record, { userId, reason: null, at });
  return withdrawn.ok ? accept({ ...withdrawn.value, supersededBy }) : withdrawn;
}

/** The approval is used up: the run has started. */
export function spendPlan(record: PlanRecord, at: Instant): Move<SpentPlan> {
  const open = openAt(record, at);
  if (open !== null) return refuse(open);
  if (record.status !== "approved") return refuse(decided(record));
  const { startBy: _startBy, ...kept } = record;
  return accept({ ...kept, status: "spent", spentAt: at, revision: record.revision + 1 });
}

/** Whoever's word settled it: approvers counted, rejecters, or who withdrew it. */
export function decidedBy(record: PlanRecord): readonly string[] {
  switch (record.status) {
    case "approved":
    case "spent":
      return record.verdict.counted.map(({ userId }) => userId);
    case "rejected":
      return record.votes.filter(({ choice }) => choice === "reject").map(({ userId }) => userId);
    case "withdrawn":
      return [record.withdrawnBy];
    case "awaiting-approval":
    case "expired":
      return [];
  }
}

function decided(record: PlanRecord): Refusal {
  return { code: "already-decided", status: record.status, byUserIds: decidedBy(record) };
}

/** Why the plan can't be decided or withdrawn any more, or null. */
function openAt(record: PlanRecord, at: Instant): Refusal | null {
  if (effectiveStatus(record, at) !== "expired") return null;
  if (record.status === "expired") return { code: "expired", clock: record.clock };
  return { code: "expired", clock: record.status === "approved" ? "start-by" : "approve-by" };
}

/** The plan if it still waits for votes at this moment, else why it does not. */
export function waitingAt(record: PlanRecord, at: Instant): Move<AwaitingPlan> {
  if (record.status === "approved") return refuse(decided(record));
  const open = openAt(record, at);
  if (open !== null) return refuse(open);
  return record.status === "awaiting-approval" ? accept(record) : refuse(decided(record));
}

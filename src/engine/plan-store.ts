// The port that keeps plans. One transaction with the plan's row locked per change: whoever comes second
// sees what the first did.

import type { AuditEntry } from "./audit-event.ts";
import type { Notice } from "./notice.ts";
import type { AwaitingPlan, ApprovedPlan, Plan, PlanRecord } from "./plan.ts";
import type { Refusal } from "./refusal.ts";
import type { Result } from "./result.ts";
import type { ControlRequest, RunStatus } from "./run.ts";
import type { SpentStepUp, StepUp } from "./step-up.ts";
import type { Instant } from "./time.ts";

/** What a decision changes, written in one transaction or not at all. */
export type PlanChange = {
  /** The record in its new state; absent when only events are written (a refusal). */
  readonly record?: PlanRecord;
  /** Queues this run in the same transaction. */
  readonly queueRun?: { readonly runId: string };
  /** The step-up whose proof a vote spent. Only where `decide` was handed it. */
  readonly stepUp?: SpentStepUp;
  readonly events: readonly AuditEntry[];
  readonly notices: readonly Notice[];
};

/** Nothing is written. */
export const NO_CHANGE: PlanChange = { events: [], notices: [] };

/** A run as it is while its row is locked. */
export type LockedRun = { readonly runId: string; readonly status: RunStatus };

/** What giving way to another plan changes of a plan, and of its run. */
export type Superseding = PlanChange & {
  /** Has the run canceled in the same transaction: the request, and its entry in the log. */
  readonly cancelRun: {
    readonly runId: string;
    readonly request: ControlRequest;
    readonly entry: AuditEntry;
  } | null;
};

export type PlanVersion = {
  readonly planId: string;
  readonly version: number;
  readonly hash: string;
  readonly plan: Plan;
  readonly source: string;
  readonly authorId: string;
  readonly at: Instant;
};

/** Nothing was written: the same person has broken the glass before, and nobody has looked at it yet. */
export class ReviewOpen extends Error {
  override readonly name = "ReviewOpen";
}

export type FileAnswer =
  | { readonly kind: "filed" }
  | { readonly kind: "already-filed"; readonly planId: string }
  | { readonly kind: "same-plan-waits"; readonly planId: string }
  | { readonly kind: "too-many-pending"; readonly pending: number }
  /** It takes back a run for which such a plan waits already, or is approved and has not been started. */
  | { readonly kind: "rollback-pending"; readonly planId: string };

export type PlanStore = {
  /**
   * Files a new plan. The cap on the requester's pending plans is enforced in the transaction.
   * Filing the same `requestId` again writes nothing and answers the plan filed first. A plan that would wait for
   * approval writes nothing, too, while one with its hash waits in its workspace, whoever asked for that: two at
   * once give one. What takes back or puts back (`origin`) stands by itself.
   */
  file(
    record: AwaitingPlan | ApprovedPlan,
    change: PlanChange,
    pendingCap: number,
  ): Promise<FileAnswer>;

  /**
   * Reads the plan with its row locked, lets `decide` look at it, and writes what it answers, all in one
   * transaction. `decide` is called once and must be pure. Null: no such plan.
   * @param proofId of a step-up that is read with its row locked, too; `decide` is handed null where there is none.
   * @throws {ReviewOpen} when it would break the glass while a review of the same person is open.
   */
  change<T>(
    planId: string,
    decide: (
      record: PlanRecord,
      stepUp: StepUp | null,
    ) => { readonly change: PlanChange; readonly answer: T },
    proofId?: string,
  ): Promise<T | null>;

  /**
   * Files `successor` and lets the plan in whose place it is filed give way, all in one transaction or not at all.
   * `giveWay` is called once, with the old plan and its run locked, and must be pure. The old plan has given way
   * before the cap is looked at.
   */
  supersede(
    planId: string,
    giveWay: (record: PlanRecord, run: LockedRun | null) => Result<Superseding, Refusal>,
    successor: { readonly record: AwaitingPlan | ApprovedPlan; readonly change: PlanChange },
    pendingCap: number,
  ): Promise<FileAnswer | { readonly kind: "refused"; readonly refusal: Refusal }>;

  get(planId: string): Promise<PlanRecord | null>;
  version(planId: string, version: number): Promise<PlanVersion | null>;
  /** The plan whose card or thread this is: the newest one for (team, channel, thread). */
  byThread(teamId: string, channelId: string, threadTs: string): Promise<PlanRecord | null>;
  /** Plans that take this run back, whatever became of them, newest first. */
  rollbacksOf(runId: string): Promise<readonly PlanRecord[]>;
  /** Plans whose glass was broken and not reviewed, oldest first. Null: of every workspace. */
  openReviews(teamId: string | null): Promise<readonly PlanRecord[]>;
  /** Plans awaiting approval, oldest clock first. */
  awaiting(teamId: string): Promise<readonly AwaitingPlan[]>;
  /** Newest first; plans a person asked for. */
  recentOf(teamId: string, userId: string, limit: number): Promise<readonly PlanRecord[]>;
  /** Plans whose approve-by or start-by has passed without having been announced, or whose reminder is due. */
  overdue(now: Instant, limit: number): Promise<readonly PlanRecord[]>;
  /** Records where the card of a plan was posted, which opens the thread of a slash command's conversation. */
  threadOpened(planId: string, threadTs: string, permalink: string | null): Promise<void>;
};

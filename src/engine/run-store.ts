// The port that keeps runs as events under a lease with a fencing number (the epoch). Every write names
// its epoch; a worker that lost its lease can't write.

import type { AuditEntry } from "./audit-event.ts";
import type { Notice } from "./notice.ts";
import type { Plan } from "./plan.ts";
import type { LockAnswer, LockWait } from "./run-locks.ts";
import type { Conversation } from "./identity.ts";
import type { ControlRequest, RecordedRunEvent, RunEvent, RunStatus } from "./run.ts";
import type { Actor } from "./identity.ts";
import type { Instant } from "./time.ts";

/** What a run is made of, apart from its events. Never changes. */
export type RunHeader = {
  readonly runId: string;
  readonly planId: string;
  readonly planVersion: number;
  /** The hash that was approved; compared with the plan's in each drive, at the start and before destructive stages. */
  readonly planHash: string;
  readonly plan: Plan;
  readonly teamId: string;
  readonly requesterId: string;
  readonly conversation: Conversation;
  readonly queuedAt: Instant;
};

/** A run that this worker owns until `leaseUntil`. */
export type ClaimedRun = RunHeader & {
  readonly epoch: number;
  readonly leaseUntil: Instant;
  readonly events: readonly RecordedRunEvent[];
  /** Number of the last control request that the events account for; 0: none. */
  readonly controlSeen: number;
  /** Control requests not yet carried out, in order. */
  readonly controls: readonly NumberedControl[];
};

export type NumberedControl = { readonly number: number; readonly request: ControlRequest };

/** One write of a run. Many runs' flushes share one statement and one commit. */
export type RunFlush = {
  readonly runId: string;
  readonly epoch: number;
  /**
   * Grows from flush to flush of a claim, from 1. A number that was written is answered so and not written again:
   * a flush whose answer was lost is sent again as it is.
   */
  readonly number: number;
  readonly at: Instant;
  readonly events: readonly { readonly actor: Actor; readonly event: RunEvent }[];
  /** The status after these events, for lists and claims. */
  readonly status: RunStatus;
  /** When a timer (retry, poll) is due; null: none. */
  readonly wakeAt: Instant | null;
  /** Number of the last control request these events account for. */
  readonly controlSeen: number;
  /** Gives the lease back: the run is done, or blocked on a person or a timer. */
  readonly release: boolean;
  /** Marks the approved plan spent in the same commit; refused when it is not approved with this hash. */
  readonly spendPlan: boolean;
  readonly notices: readonly Notice[];
};

export type FlushAnswer =
  | { readonly kind: "written" }
  /** Another worker owns the run, or the lease ran out: stop at once and write nothing more. */
  | { readonly kind: "fenced" }
  /** Nothing was written, because an `attempt.started` would have passed unseen control requests. */
  | { readonly kind: "control"; readonly controls: readonly NumberedControl[] }
  /** Nothing was written: the plan is not approved, has another hash, or was spent. */
  | { readonly kind: "not-approved" };

export type OutputChunk = {
  readonly runId: string;
  /** `callKey` of the call. */
  readonly call: string;
  readonly attempt: number;
  readonly at: Instant;
  readonly text: string;
};

export type RunView = RunHeader & {
  /** It has ended, and its first events at least were taken off the log with their month. */
  readonly detached?: true;
  /** The glass was broken for it. */
  readonly emergency: boolean;
  readonly status: RunStatus;
  readonly owner: string | null;
  readonly events: readonly RecordedRunEvent[];
};

/**
 * A run stands in the line of each of its plan's lock keys from the moment it is queued until it ends or its
 * approval is gone, in the order of the queue. While another stands before it in one of them it is not claimable,
 * except for a control request; when the last of them leaves, it is at once.
 */
export type RunStore = {
  /**
   * Claims runs in the order they were queued: queued ones, ones whose timer or control request is due, and
   * ones whose owner's lease ran out. The same owner may claim its own runs again at once after a restart.
   * @throws when `now` is too far from the store's own clock: another worker's lease would seem to be over.
   */
  claim(
    owner: string,
    limit: number,
    leaseMs: number,
    now: Instant,
  ): Promise<readonly ClaimedRun[]>;
  /** Resolves after the commit. Safe to call for many runs at once: flushes are grouped. */
  flush(flush: RunFlush): Promise<FlushAnswer>;
  /**
   * Prolongs all leases of this owner in one statement; answers the run ids it still owns.
   * @throws when `now` is too far from the store's own clock.
   */
  renew(
    owner: string,
    runIds: readonly string[],
    leaseMs: number,
    now: Instant,
  ): Promise<readonly string[]>;
  /** Gives leases back without a change, on an orderly stop. */
  release(owner: string, runIds: readonly string[]): Promise<void>;

  /** Records a control request and its audit entry; the run's owner sees it within a second. Null: no such run or it has ended. */
  requestControl(runId: string, request: ControlRequest, audit: AuditEntry): Promise<number | null>;
  /** Control requests after `after`, for a running owner. */
  controls(runId: string, after: number): Promise<readonly NumberedControl[]>;
  /** Calls back when a control request is recorded anywhere. A notification may be lost: the owner also polls. */
  onControl(listener: (runId: string) => void): Promise<() => Promise<void>>;

  /** What a queued run waits for; null: nothing, it may start. Whoever may start still may until it ends. */
  lockWait(runId: string): Promise<LockWait | null>;
  /**
   * Takes keys that became known while the run is driven, all or none, and keeps them until it ends. Never waits,
   * and takes nothing from a run that may have started. Keys it has already are taken again without effect.
   */
  takeLocks(runId: string, epoch: number, keys: readonly string[]): Promise<LockAnswer>;

  /** Keeps output. Grouped like flushes; bounded per call by the caller. */
  appendOutput(chunks: readonly OutputChunk[]): Promise<void>;
  output(runId: string, call?: string): Promise<readonly OutputChunk[]>;
  /** The last `lines` lines of output over all calls. */
  outputTail(
    runId: string,
    lines: number,
  ): Promise<readonly { readonly call: string; readonly text: string }[]>;

  view(runId: string): Promise<RunView | null>;
  byPlan(planId: string): Promise<RunView | null>;
  /** Runs that a person (null: anybody) asked for and have not ended, the oldest first. */
  activeOf(teamId: string, userId: string | null, limit: number): Promise<readonly RunView[]>;
  /** Ids of runs that could be claimed now and were not for `olderThanMs`: the sweeper rings for them. */
  ringable(now: Instant, olderThanMs: number, limit: number): Promise<readonly string[]>;
  /** The earliest timer, for the sweeper's next look. */
  nextWake(): Promise<Instant | null>;
};

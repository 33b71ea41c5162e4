// A run told for people: what each step did, what was taken back, what is left. Pure; the bot renders it.

import type { Failure } from "./failure.ts";
import type { Conversation } from "./identity.ts";
import type { Plan } from "./plan.ts";
import type { CallRef, RunStatus, StepStatus } from "./run.ts";
import type { RunView } from "./run-store.ts";
import type { Instant } from "./time.ts";

export type StepReport = {
  readonly stepId: string;
  readonly status: StepStatus;
  /** Tries of the step itself so far; 0: it was never started. */
  readonly attempt: number;
  readonly startedAt: Instant | null;
  readonly endedAt: Instant | null;
  /** When it will be tried again. */
  readonly retryAt: Instant | null;
  /** Why it failed, or why taking it back failed. */
  readonly failure: Failure | null;
  /** Why it was skipped. */
  readonly reason: string | null;
};

export type RunReport = {
  readonly runId: string;
  readonly planId: string;
  readonly plan: Plan;
  readonly requesterId: string;
  readonly conversation: Conversation;
  readonly status: RunStatus;
  readonly queuedAt: Instant;
  readonly startedAt: Instant | null;
  readonly endedAt: Instant | null;
  /** How long it has taken so far, or took, in milliseconds; 0 before the start. */
  readonly elapsedMs: number;
  /** Steps that have ended, of all, 0 to 100, rounded down: 100 only when all have. */
  readonly percent: number;
  /** Why it is going back, or ended as it did. */
  readonly reason: string | null;
  /** In plan order. */
  readonly steps: readonly StepReport[];
  /** The first open question; null: none. */
  readonly question: {
    readonly call: CallRef;
    readonly attempt: number;
    readonly failure: Failure;
  } | null;
  readonly heldReasons: readonly string[];
  /** Step ids that failed and were not taken as fatal, or that ended the run. */
  readonly failedSteps: readonly string[];
  /** Complete sentences: what is left, and how to finish by hand. */
  readonly leftovers: readonly string[];
};

/** @throws {Error} when the run's log is corrupt. */
export function reportRun(view: RunView, now: Instant): RunReport {
  throw new Error(`${view.runId} ${now}`);
}

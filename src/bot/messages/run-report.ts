// What a rendering of a run needs to know. Stands until the engine's own report lands.

import type { Conversation } from "#engine/identity.ts";
import type { Failure } from "#engine/failure.ts";
import type { Plan } from "#engine/plan.ts";
import type { CallRef, RunStatus, StepStatus } from "#engine/run.ts";
import type { Instant } from "#engine/time.ts";

export type StepReport = {
  readonly stepId: string;
  readonly status: StepStatus;
  readonly attempt: number;
  readonly startedAt: Instant | null;
  readonly endedAt: Instant | null;
  readonly retryAt: Instant | null;
  readonly failure: Failure | null;
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
  readonly reason: string | null;
  readonly steps: readonly StepReport[];
  readonly question: {
    readonly call: CallRef;
    readonly attempt: number;
    readonly failure: Failure;
  } | null;
  readonly heldReasons: readonly string[];
  readonly leftovers: readonly string[];
};

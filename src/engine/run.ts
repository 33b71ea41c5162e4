// A run: one execution of one approved plan version, told as events. The state is a fold of them
// (run-state.ts) and what comes next is decided from the state (next-moves.ts).

import type { Actor } from "./identity.ts";
import type { Failure } from "./failure.ts";
import type { Json, JsonObject } from "./json.ts";
import type { Captured } from "./operation.ts";
import type { Instant } from "./time.ts";

export const RUN_STATUSES = [
  "queued",
  "running",
  "paused",
  "waiting-answer",
  "held",
  "rolling-back",
  "completed",
  "failed",
  "canceled",
  "rolled-back",
] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

export const FINAL_RUN_STATUSES = [
  "completed",
  "failed",
  "canceled",
  "rolled-back",
] as const satisfies readonly RunStatus[];

export const STEP_STATUSES = [
  "pending",
  "running",
  "waiting-answer",
  "succeeded",
  "failed",
  "skipped",
  "unknown",
  "rolling-back",
  "rolled-back",
  "rollback-failed",
] as const;
export type StepStatus = (typeof STEP_STATUSES)[number];

/** Which of a step's calls an attempt tries: the step itself, or the n-th call of its rollback. */
export type CallRef =
  | { readonly phase: "forward"; readonly stepId: string }
  | { readonly phase: "rollback"; readonly stepId: string; readonly index: number };

/** How a person answered "did it happen?" for an attempt whose outcome is unknown. */
export type UnknownAnswer = "it-happened" | "it-did-not-happen" | "try-again" | "give-up";

/** One fact about a run, appended under the run's lease and never changed. */
export type RunEvent =
  | { readonly kind: "run.queued"; readonly planVersion: number; readonly planHash: string }
  | { readonly kind: "run.started" }
  /** A check just before the start or a destructive stage failed; `reasons` are complete sentences. */
  | { readonly kind: "run.held"; readonly reasons: readonly string[] }
  | { readonly kind: "run.paused"; readonly by: Actor }
  | { readonly kind: "run.resumed"; readonly by: Actor }
  | { readonly kind: "run.cancel-requested"; readonly by: Actor }
  | { readonly kind: "run.rollback-started"; readonly reason: string; readonly by: Actor }
  | { readonly kind: "step.skipped"; readonly stepId: string; readonly reason: string }
  /** The intent, written before the side effect. */
  | {
      readonly kind: "attempt.started";
      readonly call: CallRef;
      /** 1-based, counted per call. */
      readonly attempt: number;
      readonly idempotencyKey: string;
      readonly uses: string;
      readonly input: JsonObject;
      readonly captured: Captured | null;
      /** The same attempt once more, with the same key, because its worker was lost: 1 for the first repeat. */
      readonly repeat?: number;
    }
  | {
      readonly kind: "attempt.succeeded";
      readonly call: CallRef;
      readonly attempt: number;
      readonly result: Json;
      readonly durationMs: number;
    }
  /** Without its `started`: it failed before anything was sent. */
  | {
      readonly kind: "attempt.failed";
      readonly call: CallRef;
      readonly attempt: number;
      readonly failure: Failure;
      /** When the next attempt may start; null: final. */
      readonly retryAt: Instant | null;
      readonly durationMs: number;
    }
  /** It may have acted. Nothing is tried again until a probe or a person says what happened. */
  | {
      readonly kind: "attempt.unknown";
      readonly call: CallRef;
      readonly attempt: number;
      readonly failure: Failure;
    }
  | {
      readonly kind: "attempt.answered";
      readonly call: CallRef;
      readonly attempt: number;
      readonly answer: UnknownAnswer;
      readonly by: Actor;
    }
  /** All calls of a step's rollback are done, or it had nothing to take back (`calls` 0). */
  | { readonly kind: "step.rolled-back"; readonly stepId: string; readonly calls: number }
  | { readonly kind: "step.rollback-failed"; readonly stepId: string; readonly failure: Failure }
  | { readonly kind: "run.completed"; readonly failedSteps: readonly string[] }
  | {
      readonly kind: "run.failed";
      readonly reason: string;
      readonly failedSteps: readonly string[];
      readonly leftovers: readonly string[];
    }
  | {
      readonly kind: "run.canceled";
      readonly reason: string;
      readonly leftovers: readonly string[];
    }
  | { readonly kind: "run.rolled-back"; readonly reason: string };

/** A run event as it was recorded. */
export type RecordedRunEvent = {
  readonly at: Instant;
  readonly actor: Actor;
  readonly event: RunEvent;
};

/** What a person asks of a run. Any process records it; the run's owner carries it out. */
export type ControlRequest =
  | { readonly kind: "pause"; readonly by: Actor }
  | { readonly kind: "resume"; readonly by: Actor }
  /** Aborts what runs. Nothing new starts; what was done stays unless a rollback is asked for. */
  | { readonly kind: "cancel"; readonly by: Actor; readonly rollback: boolean }
  /** Stops what runs and takes back what was done. */
  | { readonly kind: "rollback"; readonly by: Actor }
  | {
      readonly kind: "answer";
      readonly by: Actor;
      readonly call: CallRef;
      readonly attempt: number;
      readonly answer: UnknownAnswer;
    };

// One step of a run as its events leave it: the step's own call, and what became of taking it back.

import { IDLE } from "./call-state.ts";
import type { CallState } from "./call-state.ts";
import type { Failure } from "./failure.ts";
import type { Json } from "./json.ts";
import type { CallRef, StepStatus } from "./run.ts";
import type { Instant } from "./time.ts";

/** `broken`: a step it needs failed, so whatever needs this one is skipped too. */
export type SkippedStep = {
  readonly status: "skipped";
  readonly reason: string;
  readonly broken: boolean;
};

export type RollbackState =
  | { readonly status: "none" }
  | { readonly status: "running"; readonly calls: ReadonlyMap<number, CallState> }
  | { readonly status: "done"; readonly calls: number }
  | {
      readonly status: "failed";
      readonly failure: Failure;
      readonly calls: ReadonlyMap<number, CallState>;
    };

export type StepState = {
  readonly stepId: string;
  readonly forward: CallState | SkippedStep;
  readonly rollback: RollbackState;
  readonly startedAt: Instant | null;
  /** When the step itself ended; taking it back does not move it. */
  readonly endedAt: Instant | null;
};

export function newStep(stepId: string): StepState {
  return { stepId, forward: IDLE, rollback: { status: "none" }, startedAt: null, endedAt: null };
}

/** The step itself is over, whatever comes of its rollback. */
export function hasEnded({ forward }: StepState): boolean {
  return ["succeeded", "failed", "unknown", "skipped"].includes(forward.status);
}

/** What needs this step may run: it succeeded, or its own condition left it out. */
export function holdsForOthers({ forward }: StepState): boolean {
  return forward.status === "succeeded" || (forward.status === "skipped" && !forward.broken);
}

/** It changed something, or may have. */
export function mayHaveActed({ forward }: StepState): boolean {
  return forward.status !== "skipped" && forward.acted;
}

/** The call an event names; IDLE when nothing was tried yet, null for the call of a skipped step. */
export function callOf(step: StepState, call: CallRef): CallState | null {
  if (call.phase === "forward") return step.forward.status === "skipped" ? null : step.forward;
  const { rollback } = step;
  if (rollback.status === "none") return IDLE;
  return rollback.status === "running" ? (rollback.calls.get(call.index) ?? IDLE) : null;
}

export function withCall(step: StepState, call: CallRef, state: CallState, at: Instant): StepState {
  if (call.phase === "forward") {
    const next = { ...step, forward: state, startedAt: step.startedAt ?? at };
    return { ...next, endedAt: hasEnded(next) ? at : null };
  }
  const calls =
    step.rollback.status === "running" ? step.rollback.calls : new Map<number, CallState>();
  return { ...step, rollback: { status: "running", calls: new Map(calls).set(call.index, state) } };
}

/** The step's result for expressions; null while there is none. */
export function resultOf({ forward }: StepState): Json | null {
  return forward.status === "succeeded" ? forward.result : null;
}

/** The one word for where a step stands. */
export function stepStatus(step: StepState): StepStatus {
  switch (step.rollback.status) {
    case "done":
      return "rolled-back";
    case "failed":
      return "rollback-failed";
    case "running":
      return [...step.rollback.calls.values()].some((call) => call.status === "asking")
        ? "waiting-answer"
        : "rolling-back";
    case "none":
      return forwardStatus(step.forward);
  }
}

function forwardStatus(forward: StepState["forward"]): StepStatus {
  switch (forward.status) {
    case "idle":
      return "pending";
    case "running":
    case "retrying":
      return "running";
    case "asking":
      return "waiting-answer";
    case "succeeded":
    case "failed":
    case "unknown":
    case "skipped":
      return forward.status;
  }
}

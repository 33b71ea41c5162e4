// One step of a run as its events leave it: what people were asked, its checks, the step's own call, and what
// became of taking it back.

import { IDLE, isOpen } from "./call-state.ts";
import type { CallState } from "./call-state.ts";
import type { Failure } from "./failure.ts";
import type { Actor } from "./identity.ts";
import type { Json, JsonObject } from "./json.ts";
import type { PlanStep } from "./plan.ts";
import type { ApprovalOutcome, CallRef, StepStatus, StepVote } from "./run.ts";
import type { Instant } from "./time.ts";

/** `broken`: a step it needs failed, so whatever needs this one is skipped too. */
export type SkippedStep = {
  readonly status: "skipped";
  readonly reason: string;
  readonly broken: boolean;
  /** Who left it out; null: the plan did. */
  readonly by: Actor | null;
  /** What had been tried before a person left it out. */
  readonly tried: CallState;
};

export type InquiryState =
  | { readonly status: "none" }
  | { readonly status: "open"; readonly openedAt: Instant; readonly closesAt: Instant }
  /** `by` null: nobody, the time was over and the defaults stand. */
  | { readonly status: "answered"; readonly answers: JsonObject; readonly by: Actor | null }
  | { readonly status: "expired" };

export type ApprovalState =
  | { readonly status: "none" }
  | {
      readonly status: "open";
      readonly openedAt: Instant;
      readonly closesAt: Instant;
      /** The newest word of each person, in the order in which they came. */
      readonly votes: readonly StepVote[];
    }
  | {
      readonly status: "closed";
      readonly outcome: ApprovalOutcome;
      readonly counted: readonly string[];
      readonly explanation: string;
      readonly votes: readonly StepVote[];
    };

/** The calls of one list of checks, by their place in it. */
export type CheckStates = ReadonlyMap<number, CallState>;

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
  /** Its conditions were asked and hold. */
  readonly admitted: boolean;
  readonly inquiry: InquiryState;
  readonly approval: ApprovalState;
  /** How often its inquiry was asked, and its approval. */
  readonly openings: { readonly inquiry: number; readonly approval: number };
  readonly checksBefore: CheckStates;
  readonly forward: CallState | SkippedStep;
  readonly checksAfter: CheckStates;
  /** How many checks the plan asks for after the step. */
  readonly checksToPass: number;
  readonly rollback: RollbackState;
  readonly startedAt: Instant | null;
  /** When its time is over, without what the run waits for people after `waitedMs`; null: it has not begun, or has no limit. */
  readonly deadline: { readonly at: Instant; readonly waitedMs: number } | null;
  /** When the step itself ended; taking it back does not move it. */
  readonly endedAt: Instant | null;
};

const NEVER_ASKED = { inquiry: 0, approval: 0 } as const;
const NO_CHECKS: CheckStates = new Map();

export function newStep(step: Pick<PlanStep, "id" | "checksAfter">): StepState {
  return {
    stepId: step.id,
    admitted: false,
    inquiry: { status: "none" },
    approval: { status: "none" },
    openings: NEVER_ASKED,
    checksBefore: NO_CHECKS,
    forward: IDLE,
    checksAfter: NO_CHECKS,
    checksToPass: step.checksAfter.length,
    rollback: { status: "none" },
    startedAt: null,
    deadline: null,
    endedAt: null,
  };
}

export type StepOutcome = "open" | "succeeded" | "failed" | "unknown" | "skipped";

/** What came of the step itself, its checks included; `open`: it has not ended. */
export function outcomeOf({ forward, checksAfter, checksToPass }: StepState): StepOutcome {
  switch (forward.status) {
    case "failed":
    case "unknown":
    case "skipped":
      return forward.status;
    case "succeeded": {
      if (failedCheck(checksAfter) !== null) return "failed";
      return passed(checksAfter) === checksToPass ? "succeeded" : "open";
    }
    default:
      return "open";
  }
}

/** The check that ended badly; null: none has. */
export function failedCheck(
  checks: CheckStates,
): (CallState & { readonly failure: Failure }) | null {
  for (const call of checks.values())
    if (call.status === "failed" || call.status === "unknown") return call;
  return null;
}

/** How many checks of the list hold. */
export function passed(checks: CheckStates): number {
  let count = 0;
  for (const call of checks.values()) if (call.status === "succeeded") count += 1;
  return count;
}

/** The step itself is over, whatever comes of its rollback. */
export function hasEnded(step: StepState): boolean {
  return outcomeOf(step) !== "open";
}

/** What needs this step may run: it succeeded, or its own condition or a person left it out. */
export function holdsForOthers(step: StepState): boolean {
  const outcome = outcomeOf(step);
  if (outcome === "succeeded") return true;
  return step.forward.status === "skipped" && !step.forward.broken;
}

/** The newest call of the step itself, also of one that a person left out after it was tried. */
export function triedCall({ forward }: StepState): CallState {
  return forward.status === "skipped" ? forward.tried : forward;
}

/** It changed something, or may have. */
export function mayHaveActed(step: StepState): boolean {
  return triedCall(step).acted;
}

/** The call an event names; IDLE when nothing was tried yet, null where there can be none any more. */
export function callOf(step: StepState, call: CallRef): CallState | null {
  switch (call.phase) {
    case "forward":
      return step.forward.status === "skipped" ? null : step.forward;
    case "before":
      return step.forward.status === "skipped" ? null : (step.checksBefore.get(call.index) ?? IDLE);
    case "after":
      return step.forward.status === "succeeded"
        ? (step.checksAfter.get(call.index) ?? IDLE)
        : null;
    case "rollback": {
      const { rollback } = step;
      if (rollback.status === "none") return IDLE;
      return rollback.status === "running" ? (rollback.calls.get(call.index) ?? IDLE) : null;
    }
  }
}

export function withCall(step: StepState, call: CallRef, state: CallState, at: Instant): StepState {
  const next = { ...step, startedAt: step.startedAt ?? at };
  switch (call.phase) {
    case "forward":
      return ending({ ...next, forward: state }, at);
    case "before":
      return { ...next, checksBefore: new Map(step.checksBefore).set(call.index, state) };
    case "after":
      return ending({ ...next, checksAfter: new Map(step.checksAfter).set(call.index, state) }, at);
    case "rollback": {
      const calls = step.rollback.status === "running" ? step.rollback.calls : [];
      return {
        ...step,
        rollback: { status: "running", calls: new Map(calls).set(call.index, state) },
      };
    }
  }
}

function ending(step: StepState, at: Instant): StepState {
  return { ...step, endedAt: hasEnded(step) ? (step.endedAt ?? at) : null };
}

/** The step that failed, or of which nobody knows, as it was before it was tried: checks that failed are asked anew, the call is tried once more. */
export function readied(step: StepState, at: Instant): StepState {
  const { forward } = step;
  const checksAfter = failedAgain(step.checksAfter, at);
  if (forward.status !== "failed" && forward.status !== "unknown")
    return { ...step, checksAfter, startedAt: null, deadline: null, endedAt: null };
  const { attempt, intent, acted, failure } = forward;
  return {
    ...askedAnew(step),
    startedAt: null,
    deadline: null,
    checksBefore: NO_CHECKS,
    forward:
      intent === null
        ? { status: "idle", attempt, intent, acted: false }
        : { status: "retrying", attempt, intent, acted, failure, retryAt: at },
    endedAt: null,
  };
}

/** Whoever refused or did not answer is asked once more. */
function askedAnew(step: StepState): StepState {
  const { inquiry, approval } = step;
  const granted =
    approval.status === "closed" &&
    (approval.outcome === "approved" || approval.outcome === "approved-by-timeout");
  return {
    ...step,
    inquiry: inquiry.status === "expired" ? { status: "none" } : inquiry,
    approval: granted ? approval : { status: "none" },
  };
}

function failedAgain(checks: CheckStates, at: Instant): CheckStates {
  return new Map(
    [...checks].map(([index, call]) => {
      if (call.status !== "failed" && call.status !== "unknown") return [index, call];
      const { attempt, intent, acted, failure } = call;
      return [index, { status: "retrying", attempt, intent, acted, failure, retryAt: at }];
    }),
  );
}

/** The step's result for expressions; null while there is none. */
export function resultOf(step: StepState): Json | null {
  const call = triedCall(step);
  return call.status === "succeeded" ? call.result : null;
}

/** Why the step failed; null when it did not. */
export function failureOf(step: StepState): Failure | null {
  const { forward } = step;
  if ("failure" in forward) return forward.failure;
  return failedCheck(step.checksAfter)?.failure ?? failedCheck(step.checksBefore)?.failure ?? null;
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
      return forwardStatus(step);
  }
}

function forwardStatus(step: StepState): StepStatus {
  const outcome = outcomeOf(step);
  if (outcome !== "open") return outcome;
  if (step.inquiry.status === "open") return "waiting-answer";
  if (step.approval.status === "open") return "waiting-approval";
  if (step.forward.status === "asking") return "waiting-answer";
  const begun = step.forward.status !== "idle" || [...step.checksBefore.values()].some(isOpen);
  return begun ? "running" : "pending";
}

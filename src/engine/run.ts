// A run: one execution of one approved plan version, told as events. The state is a fold of them
// (run-fold.ts) and what comes next is decided from the state (next-moves.ts).

import type { Actor } from "./identity.ts";
import type { Failure } from "./failure.ts";
import type { Hold } from "./hold.ts";
import type { Json, JsonObject } from "./json.ts";
import type { Captured } from "./operation.ts";
import type { Instant } from "./time.ts";

export const RUN_STATUSES = [
  "queued",
  "running",
  "paused",
  "waiting-approval",
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

/** Nothing follows: the run has ended. */
export function isFinal(status: RunStatus): boolean {
  return FINAL_RUN_STATUSES.some((final) => final === status);
}

/** The event ends its run. */
export function endsRun(kind: RunEvent["kind"]): boolean {
  return FINAL_RUN_STATUSES.some((status) => kind === `run.${status}`);
}

export const STEP_STATUSES = [
  "pending",
  "running",
  "waiting-approval",
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

/** Which of a step's calls an attempt tries: the step itself, its n-th check, or the n-th call of its rollback. */
export type CallRef =
  | { readonly phase: "forward"; readonly stepId: string }
  | { readonly phase: "before" | "after"; readonly stepId: string; readonly index: number }
  | { readonly phase: "rollback"; readonly stepId: string; readonly index: number };

/** How a person answered "did it happen?" for an attempt whose outcome is unknown. */
export type UnknownAnswer = "it-happened" | "it-did-not-happen" | "try-again" | "give-up";

/** One person's newest word on a step's approval. */
export type StepVote = {
  readonly userId: string;
  readonly choice: "approve" | "reject";
  /** A rejection's reason, untrusted. */
  readonly reason: string | null;
  /** Groups of the policy the voter was in when voting. */
  readonly groups: readonly string[];
  /** Digest of what was rendered to the voter, null where nothing was. */
  readonly viewHash: string | null;
  /** How it was drawn, so that it can be drawn again. */
  readonly viewFormat?: number;
  /** Slack's id of the request that carried the vote. */
  readonly requestId: string;
  readonly at: Instant;
};

/** How a step's approval came to its end. */
export type ApprovalOutcome = "approved" | "approved-by-timeout" | "rejected" | "expired";

/** One fact about a run, appended under the run's lease and never changed. */
export type RunEvent =
  | { readonly kind: "run.queued"; readonly planVersion: number; readonly planHash: string }
  | { readonly kind: "run.started" }
  /** Nothing may start: a check failed, a step failed, another run has what is needed. */
  | (Hold & {
      readonly kind: "run.held";
      /** Steps that failed under `on_failure: stop`: somebody may retry or skip them. */
      readonly failedSteps?: readonly string[];
    })
  /** Its worker met a defect and gave it up; it is driven again after a pause, or held. `defect` names the kind of error. */
  | { readonly kind: "run.drive-failed"; readonly defect: string }
  /** A request that was taken and then did not fit the run where it stood; nothing of it was carried out. */
  | {
      readonly kind: "run.control-refused";
      readonly request: ControlRequest["kind"];
      readonly reason: string;
      readonly by: Actor;
    }
  | { readonly kind: "run.paused"; readonly by: Actor }
  | { readonly kind: "run.resumed"; readonly by: Actor }
  | { readonly kind: "run.cancel-requested"; readonly by: Actor }
  | {
      readonly kind: "run.rollback-started";
      readonly reason: string;
      readonly by: Actor;
      /** What runs is stopped for it, too; without it only a person's request stops what runs. */
      readonly stops?: true;
    }
  /** Somebody who may lets calls through to a target whose circuit breaker is open, in this run. */
  | { readonly kind: "run.breaker-overridden"; readonly target: string; readonly by: Actor }
  | {
      readonly kind: "step.skipped";
      readonly stepId: string;
      readonly reason: string;
      /** A person left it out; without it the plan did. */
      readonly by?: Actor;
    }
  /** The step's conditions hold: it is not left out by them any more, whatever they would answer later. */
  | {
      readonly kind: "step.admitted";
      readonly stepId: string;
      /** As written, those of the playbooks around it first. */
      readonly conditions: readonly string[];
    }
  /** A person has a failed step tried again, its checks first. */
  | { readonly kind: "step.retried"; readonly stepId: string; readonly by: Actor }
  /** Its target's circuit breaker is open; the call is looked at again at `until`. */
  | {
      readonly kind: "step.delayed";
      readonly call: CallRef;
      readonly target: string;
      readonly until: Instant;
      /** Since when it is open. */
      readonly openedAt: Instant;
    }
  | { readonly kind: "step.inquiry-opened"; readonly stepId: string; readonly closesAt: Instant }
  | {
      readonly kind: "step.inquiry-answered";
      readonly stepId: string;
      /** By field. A secret is a reference that is resolved only inside an attempt. */
      readonly answers: JsonObject;
      /** Nobody: the time was over and the defaults stand. */
      readonly by: Actor | null;
    }
  | { readonly kind: "step.inquiry-expired"; readonly stepId: string }
  | { readonly kind: "step.approval-opened"; readonly stepId: string; readonly closesAt: Instant }
  | { readonly kind: "step.approval-voted"; readonly stepId: string; readonly vote: StepVote }
  | {
      readonly kind: "step.approval-closed";
      readonly stepId: string;
      readonly outcome: ApprovalOutcome;
      /** User ids whose approvals count. */
      readonly counted: readonly string[];
      readonly explanation: string;
    }
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
      /** The state after, where the operation can read it and take the step back: what a later rollback expects to find. */
      readonly after?: Captured;
      /** The end of what it wrote, where an expression of the plan may use it. */
      readonly output?: string;
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
  | { readonly kind: "retry"; readonly by: Actor; readonly stepId: string }
  | { readonly kind: "skip"; readonly by: Actor; readonly stepId: string; readonly reason: string }
  | { readonly kind: "override-breaker"; readonly by: Actor; readonly target: string }
  | {
      readonly kind: "vote";
      readonly by: Actor;
      readonly stepId: string;
      /** Which of the step's askings was voted on, 1 for the first. Left out: recorded before that was said. */
      readonly opening?: number;
      readonly vote: StepVote;
    }
  | {
      readonly kind: "answer-inquiry";
      readonly by: Actor;
      readonly stepId: string;
      /** Which of the step's askings was answered, 1 for the first. Left out: recorded before that was said. */
      readonly opening?: number;
      readonly answers: JsonObject;
      /** Slack's id of the request that carried the answer. */
      readonly requestId?: string;
    }
  | {
      readonly kind: "answer";
      readonly by: Actor;
      readonly call: CallRef;
      readonly attempt: number;
      readonly answer: UnknownAnswer;
    };

/** Whether a vote or an answer is about the step's newest asking: asked again meanwhile, it is not what the person spoke to. */
export function speaksTo({ opening }: { readonly opening?: number }, newest: number): boolean {
  return opening === undefined || opening === newest;
}

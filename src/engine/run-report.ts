// A run told for people: what each step did, what was taken back, what is left. Pure; the bot renders it.

import type { Failure } from "./failure.ts";
import type { Conversation } from "./identity.ts";
import type { Plan } from "./plan.ts";
import type { CallRef, RunStatus, StepStatus } from "./run.ts";
import { foldRun } from "./run-fold.ts";
import { questionOf } from "./run-state.ts";
import type { Delay } from "./run-state.ts";
import type { RunView } from "./run-store.ts";
import { failureOf, newStep, outcomeOf, stepStatus } from "./step-state.ts";
import type { StepState } from "./step-state.ts";
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
  /** The open circuit breaker that keeps it from starting a call; null: none. */
  readonly delay: Omit<Delay, "call"> | null;
};

export type RunReport = {
  readonly runId: string;
  readonly planId: string;
  readonly plan: Plan;
  readonly requesterId: string;
  readonly conversation: Conversation;
  /** The glass was broken for it. */
  readonly emergency: boolean;
  /** What its steps did is no longer in the log: `steps` is empty, and when it started and ended is not known. */
  readonly detached: boolean;
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
  /** People whom `reason` may name as `@U123`, because they turned the run back or canceled it. */
  readonly steeredBy: readonly string[];
  /** In plan order. */
  readonly steps: readonly StepReport[];
  /** The first open question; null: none. */
  readonly question: {
    readonly call: CallRef;
    readonly attempt: number;
    readonly failure: Failure;
  } | null;
  readonly heldReasons: readonly string[];
  /** Steps that failed under `on_failure: stop` and that the run is held for. */
  readonly heldFor: readonly string[];
  /** When the run ends by itself because nobody did anything; null: it is not held. */
  readonly heldUntil: Instant | null;
  /** The cause of the hold may pass, and is looked at again by itself. */
  readonly looksAgain: boolean;
  /** The run that has what this one is held for. */
  readonly waitsFor: string | null;
  /** Step ids that failed and were not taken as fatal, or that ended the run. */
  readonly failedSteps: readonly string[];
  /** Complete sentences: what is left, and how to finish by hand. */
  readonly leftovers: readonly string[];
};

/** @throws {CorruptLog} when the run's log holds what cannot have happened. */
export function reportRun(view: RunView, now: Instant): RunReport {
  if (view.detached === true) return detachedReport(view);
  const state = foldRun(view.plan, view.events);
  const question = questionOf(state);
  const { runId, planId, plan, requesterId, conversation, queuedAt } = view;
  const { status, startedAt, endedAt, reason, heldReasons, leftovers } = state;
  const delays = new Map([...state.delayed.values()].map((delay) => [delay.call.stepId, delay]));
  const steps = plan.steps.map((step) =>
    stepReport(state.steps.get(step.id) ?? newStep(step), delays.get(step.id)),
  );
  const ended = plan.steps.length - state.unended;
  return {
    runId,
    planId,
    plan,
    requesterId,
    conversation,
    emergency: view.emergency,
    detached: false,
    status,
    queuedAt,
    startedAt,
    endedAt,
    elapsedMs: startedAt === null ? 0 : Math.max(0, (endedAt ?? now) - startedAt),
    percent: plan.steps.length === 0 ? 100 : Math.floor((100 * ended) / plan.steps.length),
    reason,
    steeredBy: [state.canceledBy, state.turnedBackBy].flatMap((actor) =>
      actor?.kind === "person" ? [actor.userId] : [],
    ),
    steps,
    question: question && {
      call: question.call,
      attempt: question.attempt,
      failure: question.failure,
    },
    heldReasons,
    heldFor: state.heldFor,
    heldUntil:
      state.heldSince === null || status !== "held" ? null : state.heldSince + plan.holdTimeMs,
    looksAgain: state.lookAgainAt !== null,
    waitsFor: state.waitsFor,
    failedSteps: steps
      .filter((step) => failed(state.steps.get(step.stepId)))
      .map(({ stepId }) => stepId),
    leftovers,
  };
}

function detachedReport(view: RunView): RunReport {
  const { runId, planId, plan, requesterId, conversation, emergency, status, queuedAt } = view;
  return {
    runId,
    planId,
    plan,
    requesterId,
    conversation,
    emergency,
    detached: true,
    status,
    queuedAt,
    startedAt: null,
    endedAt: null,
    elapsedMs: 0,
    percent: 100,
    reason: "Its month was taken off the audit log. What it did is in the file of that month.",
    steeredBy: [],
    steps: [],
    question: null,
    heldReasons: [],
    heldFor: [],
    heldUntil: null,
    looksAgain: false,
    waitsFor: null,
    failedSteps: [],
    leftovers: [],
  };
}

function stepReport(step: StepState, delay: Delay | undefined): StepReport {
  const { forward, rollback } = step;
  const current = rollback.status === "running" ? [...rollback.calls.values()].at(-1) : forward;
  return {
    stepId: step.stepId,
    status: stepStatus(step),
    attempt: forward.status === "skipped" ? 0 : forward.attempt,
    startedAt: step.startedAt,
    endedAt: step.endedAt,
    retryAt: current?.status === "retrying" ? current.retryAt : null,
    failure:
      rollback.status === "failed" ? rollback.failure : (failureIn(current) ?? failureOf(step)),
    reason: forward.status === "skipped" ? forward.reason : null,
    delay: delay === undefined ? null : delayOf(delay),
  };
}

function delayOf({ target, until, openedAt }: Delay): StepReport["delay"] {
  return { target, until, openedAt };
}

function failureIn(call: StepState["forward"] | undefined): Failure | null {
  return call !== undefined && "failure" in call ? call.failure : null;
}

function failed(step: StepState | undefined): boolean {
  if (step === undefined) return false;
  const outcome = outcomeOf(step);
  return outcome === "failed" || outcome === "unknown";
}

// How a run's steps stand: the part of the fold (run-fold.ts) that moves single steps and their calls. It changes the
// run's state in place, in time that depends on the event alone.

import { isOpen, moveCall, settleCall } from "./call-state.ts";
import type { AttemptEvent, CallState } from "./call-state.ts";
import { CorruptLog, refuseEvent, requireAllowed } from "./corrupt-log.ts";
import { callKey } from "./notice.ts";
import type { Plan, PlanStep } from "./plan.ts";
import { callsMayStart, isUnderWay } from "./run-state.ts";
import type { CallRef, RunEvent } from "./run.ts";
import {
  callOf,
  hasEnded,
  holdsForOthers,
  outcomeOf,
  passed,
  readied,
  triedCall,
  withCall,
} from "./step-state.ts";
import type { StepState } from "./step-state.ts";
import { answerInquiry, closeLater, closeWaiting, moveApproval } from "./step-waiting.ts";
import type { WaitingEvent } from "./step-waiting.ts";
import type { Instant } from "./time.ts";
import type { WritableRunState } from "./writable-run-state.ts";

export class StepsFold {
  readonly #plan: ReadonlyMap<string, PlanStep>;
  readonly #state: WritableRunState;

  constructor(plan: Plan, state: WritableRunState) {
    this.#plan = new Map(plan.steps.map((step) => [step.id, step]));
    this.#state = state;
  }

  attempt(event: AttemptEvent, at: Instant): void {
    const state = this.#state;
    const step = this.#step(event.call.stepId, event);
    const before = callOf(step, event.call);
    const back = event.call.phase === "rollback";
    const thisWay = back === (state.direction === "back");
    requireAllowed(state, event, before !== null && state.startedAt !== null);
    if (event.kind === "attempt.started") {
      requireAllowed(state, event, callsMayStart(state) || isRepeat(event));
      requireAllowed(state, event, thisWay && state.canceledBy === null);
    }
    let after = before === null ? null : moveCall(before, event, at);
    if (after === null)
      refuseEvent(
        state,
        event,
        `the call is ${before?.status ?? "over"}, attempt ${before?.attempt ?? 0}`,
      );
    // Something went on: what holds the run after that is another hold.
    if (event.kind === "attempt.started") state.passing = null;
    if (event.kind === "attempt.started" || event.kind === "attempt.failed")
      state.delayed.delete(callKey(event.call));
    if (event.kind === "attempt.succeeded" || event.kind === "attempt.failed")
      state.failedDrives = 0;
    // Nobody is asked and nothing tried again once the run goes the other way or is being canceled.
    const lastCheck = !thisWay || state.canceledBy !== null;
    if (lastCheck) after = settleCall(after);
    this.#put(step, { key: callKey(event.call), call: event.call, after, at, lastCheck });
  }

  /** A step's inquiry or approval is opened, hears somebody, or comes to its end. */
  wait(event: WaitingEvent, at: Instant): void {
    const state = this.#state;
    const step = this.#step(event.stepId, event);
    requireAllowed(
      state,
      event,
      this.#goesForward() && step.forward.status === "idle" && state.canceledBy === null,
    );
    const next = event.kind.startsWith("step.inquiry-")
      ? answerInquiry(step, event, at)
      : moveApproval(step, event, at);
    if (next === null) refuseEvent(state, event, "its step does not wait for that");
    state.steps.set(step.stepId, { ...next, openings: openingsAfter(step, event) });
    if (next.inquiry.status === "open") state.waiting.set(step.stepId, "inquiry");
    else if (next.approval.status === "open") state.waiting.set(step.stepId, "approval");
    else state.waiting.delete(step.stepId);
  }

  admit(event: Extract<RunEvent, { kind: "step.admitted" }>): void {
    const step = this.#step(event.stepId, event);
    requireAllowed(this.#state, event, this.#goesForward() && !step.admitted && !hasEnded(step));
    this.#state.steps.set(event.stepId, { ...step, admitted: true });
  }

  delay(event: Extract<RunEvent, { kind: "step.delayed" }>): void {
    const { call, target, until, openedAt } = event;
    const found = callOf(this.#step(call.stepId, event), call);
    requireAllowed(this.#state, event, found?.status === "idle" || found?.status === "retrying");
    this.#state.delayed.set(callKey(call), { call, target, until, openedAt });
  }

  override(event: Extract<RunEvent, { kind: "run.breaker-overridden" }>): void {
    this.#state.overridden.add(event.target);
    for (const [key, { target }] of this.#state.delayed)
      if (target === event.target) this.#state.delayed.delete(key);
  }

  retry(event: Extract<RunEvent, { kind: "step.retried" }>, at: Instant): void {
    const state = this.#state;
    const step = this.#step(event.stepId, event);
    requireAllowed(state, event, this.#goesForward() && hasFailed(step));
    const next = readied(step, at);
    state.steps.set(step.stepId, next);
    state.loops.forget(step.stepId);
    state.ended = state.ended.filter((stepId) => stepId !== step.stepId);
    state.unended += 1;
    state.heldFor = state.heldFor.filter((stepId) => stepId !== step.stepId);
    if (isOpen(triedCall(next)))
      state.open.set(step.stepId, { phase: "forward", stepId: step.stepId });
    else if (next.forward.status === "succeeded") state.checking.add(step.stepId);
    for (const [index, check] of next.checksAfter) {
      const call: CallRef = { phase: "after", stepId: step.stepId, index };
      if (isOpen(check)) state.open.set(callKey(call), call);
    }
  }

  /** A person may leave out what has failed, or has not ended while no call of it is under way; the plan only what has not acted. */
  skip(event: Extract<RunEvent, { kind: "step.skipped" }>, at: Instant): void {
    const state = this.#state;
    const step = this.#step(event.stepId, event);
    const by = event.by ?? null;
    const failed = hasFailed(step);
    const isLeft = by === null ? step.forward.status === "idle" : !hasEnded(step);
    const allowed = (isLeft && !isUnderWay(step)) || (failed && by !== null);
    // A person need not wait for the start to say so.
    const goesForward = this.#goesForward() || (by !== null && state.direction === "forward");
    requireAllowed(state, event, goesForward && allowed);
    const plan = this.#plan.get(event.stepId);
    const broken =
      by === null &&
      ((plan?.needs ?? []).some((need) => !this.#holds(this.#step(need, event))) ||
        (plan !== undefined && plan.loop !== null && state.loops.spoiled(plan.loop.id)));
    state.waiting.delete(event.stepId);
    state.checking.delete(event.stepId);
    this.#dropWaiting(event.stepId);
    state.loops.forget(event.stepId);
    state.heldFor = state.heldFor.filter((stepId) => stepId !== event.stepId);
    const tried = triedCall(step);
    if (!failed) {
      state.unended -= 1;
      // What it did before it was left out is taken back in its turn.
      if (tried.acted) state.ended.push(event.stepId);
    }
    state.steps.set(event.stepId, {
      ...closeWaiting(step),
      forward: { status: "skipped", reason: event.reason, broken, by, tried },
      endedAt: step.endedAt ?? at,
    });
  }

  /** Calls of the step that waited for another try or for their target are not made any more. */
  #dropWaiting(stepId: string): void {
    const state = this.#state;
    for (const [key, call] of state.open) if (call.stepId === stepId) state.open.delete(key);
    for (const [key, { call }] of state.delayed)
      if (call.stepId === stepId) state.delayed.delete(key);
  }

  /** What needs the step may go on: it holds, or it is one of the failures that its `for_each` tolerates. */
  #holds(step: StepState): boolean {
    return holdsForOthers(step) || this.#state.loops.tolerates(step.stepId);
  }

  endRollback(
    event: Extract<RunEvent, { kind: "step.rolled-back" | "step.rollback-failed" }>,
  ): void {
    const state = this.#state;
    const step = this.#step(event.stepId, event);
    const { rollback } = step;
    requireAllowed(
      state,
      event,
      state.direction === "back" && (rollback.status === "none" || rollback.status === "running"),
    );
    const calls = rollback.status === "running" ? rollback.calls : new Map<number, never>();
    requireAllowed(
      state,
      event,
      [...calls.values()].every((call) => !isOpen(call)),
    );
    state.steps.set(event.stepId, {
      ...step,
      rollback:
        event.kind === "step.rolled-back"
          ? { status: "done", calls: event.calls }
          : { status: "failed", failure: event.failure, calls },
    });
  }

  /** The clock of what people are asked stood. */
  postpone(byMs: number): void {
    const { steps, waiting } = this.#state;
    for (const stepId of waiting.keys()) steps.set(stepId, closeLater(this.#step(stepId), byMs));
  }

  anyRuns(): boolean {
    const calls = [...this.#state.open.values()];
    return calls.some((call) => callOf(this.#step(call.stepId), call)?.status === "running");
  }

  /** What only waited is over; calls that run still have their outcome coming. */
  settle(at: Instant): void {
    const state = this.#state;
    for (const stepId of state.waiting.keys())
      state.steps.set(stepId, closeWaiting(this.#step(stepId)));
    state.waiting.clear();
    state.delayed.clear();
    for (const [key, call] of state.open) {
      const step = this.#step(call.stepId);
      const found = callOf(step, call);
      if (found !== null && found.status !== "running")
        this.#put(step, { key, call, after: settleCall(found), at, lastCheck: true });
    }
    for (const stepId of state.checking) {
      const busy = [...this.#step(stepId).checksAfter.values()].some(isOpen);
      if (!busy) this.#endChecks(stepId, at);
    }
  }

  /** The checks that were not made any more are not missed. */
  #endChecks(stepId: string, at: Instant): void {
    const step = this.#step(stepId);
    this.#replace(step, { ...step, checksToPass: passed(step.checksAfter), endedAt: at });
  }

  /** @param put.lastCheck no further check of the step will be made. */
  #put(
    step: StepState,
    put: {
      readonly key: string;
      readonly call: CallRef;
      readonly after: CallState;
      readonly at: Instant;
      readonly lastCheck: boolean;
    },
  ): void {
    const state = this.#state;
    const { key, call, after, at } = put;
    const next = this.#timed(step, withCall(step, call, after, at), at);
    if (isOpen(after)) state.open.set(key, call);
    else state.open.delete(key);
    if (after.status === "asking") {
      state.questions.set(key, {
        call,
        attempt: after.attempt,
        failure: after.failure,
        askedAt: at,
      });
    } else state.questions.delete(key);
    this.#replace(step, next);
    if (put.lastCheck && state.checking.has(step.stepId) && !isOpen(after))
      this.#endChecks(step.stepId, at);
  }

  /** Its time runs from its first call on. */
  #timed(before: StepState, after: StepState, at: Instant): StepState {
    const deadlineMs = this.#plan.get(after.stepId)?.deadlineMs ?? null;
    if (deadlineMs === null || before.startedAt !== null || after.startedAt === null) return after;
    const { waitedMs, waitingSince } = this.#state;
    const waited = waitingSince === null ? waitedMs : waitedMs + at - waitingSince;
    return { ...after, deadline: { at: at + deadlineMs, waitedMs: waited } };
  }

  #replace(before: StepState, after: StepState): void {
    const state = this.#state;
    const { stepId } = after;
    state.steps.set(stepId, after);
    const ended = hasEnded(after);
    if (after.forward.status === "succeeded" && !ended) state.checking.add(stepId);
    else state.checking.delete(stepId);
    if (!ended || hasEnded(before)) return;
    state.ended.push(stepId);
    state.unended -= 1;
    if (!holdsForOthers(after)) state.loops.failed(stepId);
  }

  #goesForward(): boolean {
    return this.#state.startedAt !== null && this.#state.direction === "forward";
  }

  #step(stepId: string, event?: RunEvent): StepState {
    const step = this.#state.steps.get(stepId);
    if (step === undefined)
      throw new CorruptLog(
        `${event?.kind ?? "a need"} names the step "${stepId}", which the plan does not have`,
      );
    return step;
  }
}

function openingsAfter({ openings }: StepState, { kind }: WaitingEvent): StepState["openings"] {
  if (kind === "step.inquiry-opened") return { ...openings, inquiry: openings.inquiry + 1 };
  if (kind === "step.approval-opened") return { ...openings, approval: openings.approval + 1 };
  return openings;
}

/** It failed, or nobody could say what became of it. */
function hasFailed(step: StepState): boolean {
  const outcome = outcomeOf(step);
  return outcome === "failed" || outcome === "unknown";
}

function isRepeat(event: Extract<RunEvent, { kind: "attempt.started" }>): boolean {
  return (event.repeat ?? 0) > 0;
}

// The fold of a run's recorded events into its state. An event that is not allowed where the run stands means a corrupt
// log and is thrown as a defect. Knows nothing of what comes next (next-moves.ts) or of stores.

import { isOpen, moveCall, settleCall } from "./call-state.ts";
import type { AttemptEvent, CallState } from "./call-state.ts";
import { nextLook } from "./hold.ts";
import { clockAfter, GOING } from "./asking-clock.ts";
import { callKey } from "./notice.ts";
import type { Plan, PlanStep } from "./plan.ts";
import type { CallRef, RecordedRunEvent, RunEvent, RunStatus } from "./run.ts";
import { Loops } from "./loops.ts";
import { answerInquiry, closeLater, closeWaiting, moveApproval } from "./step-waiting.ts";
import type { WaitingEvent } from "./step-waiting.ts";
import {
  callOf,
  hasEnded,
  holdsForOthers,
  newStep,
  outcomeOf,
  passed,
  readied,
  triedCall,
  withCall,
} from "./step-state.ts";
import type { StepState } from "./step-state.ts";
import type { Instant } from "./time.ts";
import { callsMayStart, isUnderWay } from "./run-state.ts";
import type { Delay, OpenQuestion, RunState } from "./run-state.ts";

/** A run's log holds something that cannot have happened: a defect of what wrote it. */
export class CorruptLog extends Error {
  override readonly name = "CorruptLog";
}

/** The state after all events. @throws {CorruptLog} naming the first illegal event and the state it met. */
export function foldRun(plan: Plan, events: readonly RecordedRunEvent[]): RunState {
  const fold = new RunFold(plan);
  for (const recorded of events) fold.apply(recorded);
  return fold.state;
}

type Writable = { -readonly [K in keyof RunState]: RunState[K] } & {
  readonly steps: Map<string, StepState>;
  readonly open: Map<string, CallRef>;
  readonly questions: Map<string, OpenQuestion>;
  readonly waiting: Map<string, "approval" | "inquiry">;
  readonly checking: Set<string>;
  readonly delayed: Map<string, Delay>;
  readonly overridden: Set<string>;
  ended: string[];
};

const WAITS_FOR_PEOPLE: readonly RunStatus[] = [
  "paused",
  "held",
  "waiting-approval",
  "waiting-answer",
];

/**
 * Applies events one by one, each in time that depends on the event alone.
 *
 *     queued                --run.started-->          running
 *     any but the last four --run.held-->             held              (the engine resumes it to look again where the cause may pass)
 *     held, paused          --run.resumed-->          where it was
 *     any but the last four --run.drive-failed, run.control-refused--> where it was
 *     any but those two     --run.paused-->           paused            (not while it is being canceled)
 *     any but the last four --run.cancel-requested--> where it was, and nothing new starts (ends a pause, a hold, a question)
 *     started, forward      --run.rollback-started--> rolling-back      (also ends a pause, a hold, a question)
 *     running, rolling-back <--attempt.unknown, attempt.answered--> waiting-answer
 *     running               <--step.approval-..., step.inquiry-...--> waiting-approval, waiting-answer (nothing else is under way)
 *     held                  --step.retried, step.skipped (by a person)--> held: a failed step is ready again, or left out
 *     running               --run.completed-->        completed         (no step is left)
 *     any but the last four --run.failed, run.canceled--> failed, canceled   (nothing runs)
 *     rolling-back          --run.rolled-back-->      rolled-back       (nothing runs)
 *
 * The last four are completed, failed, canceled and rolled-back: nothing follows them.
 */
export class RunFold {
  readonly #plan: ReadonlyMap<string, PlanStep>;
  readonly #state: Writable;
  #paused = false;

  constructor(plan: Plan) {
    this.#plan = new Map(plan.steps.map((step) => [step.id, step]));
    this.#state = {
      status: "queued",
      direction: "forward",
      startedAt: null,
      endedAt: null,
      reason: null,
      turnedBackBy: null,
      stopsForward: false,
      canceledBy: null,
      heldReasons: [],
      heldFor: [],
      heldSince: null,
      lookAgainAt: null,
      waitsFor: null,
      passing: null,
      failedDrives: 0,
      steps: new Map(plan.steps.map((step) => [step.id, newStep(step)])),
      open: new Map(),
      questions: new Map(),
      waiting: new Map(),
      clock: GOING,
      checking: new Set(),
      delayed: new Map(),
      overridden: new Set(),
      loops: new Loops(plan),
      ended: [],
      unended: plan.steps.length,
      failedSteps: [],
      leftovers: [],
      waitedMs: 0,
      waitingSince: null,
    };
  }

  get state(): RunState {
    return this.#state;
  }

  /** @throws {CorruptLog} when the event is not allowed here; the state is then as it was. */
  apply(recorded: RecordedRunEvent): void {
    const { at, event } = recorded;
    if (this.#state.endedAt !== null) this.#refuse(event, "the run has ended");
    this.#move(event, at);
    this.#moveClock(recorded);
    this.#state.status = this.#status();
    this.#countWaiting(at);
  }

  #move(event: RunEvent, at: Instant): void {
    const state = this.#state;
    switch (event.kind) {
      case "run.queued":
        this.#require(event, state.startedAt === null && state.status === "queued");
        return;
      case "run.started":
        this.#require(event, state.startedAt === null && state.status === "queued");
        state.startedAt = at;
        state.passing = null;
        return;
      case "run.held":
        this.#require(event, event.reasons.length > 0);
        return this.#hold(event, at);
      case "run.drive-failed":
        state.failedDrives += 1;
        return;
      case "run.control-refused":
        return;
      case "run.paused":
        this.#require(
          event,
          !this.#paused && state.heldReasons.length === 0 && state.canceledBy === null,
        );
        this.#paused = true;
        return;
      case "run.resumed":
        this.#require(event, this.#paused || state.heldReasons.length > 0);
        this.#resume();
        if (isLook(event)) return;
        state.failedDrives = 0;
        state.passing = null;
        return;
      case "run.cancel-requested":
        this.#require(event, state.canceledBy === null);
        state.canceledBy = event.by;
        this.#resume();
        this.#settle(at);
        return;
      case "run.rollback-started":
        this.#require(event, state.startedAt !== null && state.direction === "forward");
        this.#turnBack(event, at);
        return;
      case "step.skipped":
        this.#skip(event, at);
        return;
      case "step.rolled-back":
      case "step.rollback-failed":
        this.#endRollback(event);
        return;
      case "run.completed":
      case "run.failed":
      case "run.canceled":
      case "run.rolled-back":
        this.#end(event, at);
        return;
      case "run.breaker-overridden":
        return this.#override(event);
      case "step.admitted":
        return this.#admit(event);
      case "step.retried":
        return this.#retry(event, at);
      case "step.delayed":
        return this.#delay(event);
      case "step.inquiry-opened":
      case "step.inquiry-answered":
      case "step.inquiry-expired":
      case "step.approval-opened":
      case "step.approval-voted":
      case "step.approval-closed":
        return this.#wait(event, at);
      default:
        this.#attempt(event, at);
    }
  }

  /** What people are asked closes later by as long as its clock stood. */
  #moveClock(recorded: RecordedRunEvent): void {
    const state = this.#state;
    const before = state.clock;
    state.clock = clockAfter(before, recorded);
    const stoodMs = state.clock.stoodMs - before.stoodMs;
    if (stoodMs === 0) return;
    for (const stepId of state.waiting.keys())
      state.steps.set(stepId, closeLater(this.#step(stepId), stoodMs));
  }

  #hold(event: Extract<RunEvent, { kind: "run.held" }>, at: Instant): void {
    const state = this.#state;
    const { reasons, failedSteps, mayPass, waitsFor } = event;
    const since = mayPass === true ? (state.passing?.since ?? at) : at;
    state.heldReasons = reasons;
    state.heldFor = failedSteps ?? [];
    state.heldSince = since;
    state.waitsFor = waitsFor ?? null;
    state.lookAgainAt = mayPass === true ? nextLook(at, since) : null;
    state.passing = mayPass === true ? { since, reasons } : null;
  }

  #resume(): void {
    this.#paused = false;
    this.#state.lookAgainAt = null;
    this.#state.waitsFor = null;
    this.#state.heldReasons = [];
    this.#state.heldFor = [];
    this.#state.heldSince = null;
  }

  #override(event: Extract<RunEvent, { kind: "run.breaker-overridden" }>): void {
    this.#state.overridden.add(event.target);
    for (const [key, { target }] of this.#state.delayed)
      if (target === event.target) this.#state.delayed.delete(key);
  }

  #delay(event: Extract<RunEvent, { kind: "step.delayed" }>): void {
    const { call, target, until, openedAt } = event;
    const found = callOf(this.#step(call.stepId, event), call);
    this.#require(event, found?.status === "idle" || found?.status === "retrying");
    this.#state.delayed.set(callKey(call), { call, target, until, openedAt });
  }

  #admit(event: Extract<RunEvent, { kind: "step.admitted" }>): void {
    const step = this.#step(event.stepId, event);
    this.#require(event, this.#goesForward() && !step.admitted && !hasEnded(step));
    this.#state.steps.set(event.stepId, { ...step, admitted: true });
  }

  #retry(event: Extract<RunEvent, { kind: "step.retried" }>, at: Instant): void {
    const state = this.#state;
    const step = this.#step(event.stepId, event);
    this.#require(event, this.#goesForward() && hasFailed(step));
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

  /** A step's inquiry or approval is opened, hears somebody, or comes to its end. */
  #wait(event: WaitingEvent, at: Instant): void {
    const state = this.#state;
    const step = this.#step(event.stepId, event);
    this.#require(
      event,
      this.#goesForward() && step.forward.status === "idle" && state.canceledBy === null,
    );
    const next = event.kind.startsWith("step.inquiry-")
      ? answerInquiry(step, event, at)
      : moveApproval(step, event, at);
    if (next === null) this.#refuse(event, "its step does not wait for that");
    state.steps.set(step.stepId, next);
    if (next.inquiry.status === "open") state.waiting.set(step.stepId, "inquiry");
    else if (next.approval.status === "open") state.waiting.set(step.stepId, "approval");
    else state.waiting.delete(step.stepId);
  }

  #goesForward(): boolean {
    return this.#state.startedAt !== null && this.#state.direction === "forward";
  }

  #turnBack(event: Extract<RunEvent, { kind: "run.rollback-started" }>, at: Instant): void {
    const state = this.#state;
    state.direction = "back";
    state.reason = event.reason;
    state.turnedBackBy = event.by;
    state.stopsForward = event.stops === true || event.by.kind === "person";
    state.canceledBy = null;
    state.passing = null;
    this.#resume();
    this.#settle(at);
  }

  /** What only waited is over; calls that run still have their outcome coming. */
  #settle(at: Instant): void {
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

  #attempt(event: AttemptEvent, at: Instant): void {
    const state = this.#state;
    const step = this.#step(event.call.stepId, event);
    const before = callOf(step, event.call);
    const back = event.call.phase === "rollback";
    const thisWay = back === (state.direction === "back");
    this.#require(event, before !== null && state.startedAt !== null);
    if (event.kind === "attempt.started") {
      this.#require(event, callsMayStart(state) || isRepeat(event));
      this.#require(event, thisWay && state.canceledBy === null);
      // Something went on: what holds the run after that is another hold.
      state.passing = null;
    }
    if (event.kind === "attempt.started" || event.kind === "attempt.failed")
      state.delayed.delete(callKey(event.call));
    let after = before === null ? null : moveCall(before, event, at);
    if (after === null)
      this.#refuse(
        event,
        `the call is ${before?.status ?? "over"}, attempt ${before?.attempt ?? 0}`,
      );
    if (event.kind === "attempt.succeeded" || event.kind === "attempt.failed")
      state.failedDrives = 0;
    // Nobody is asked and nothing tried again once the run goes the other way or is being canceled.
    const lastCheck = !thisWay || state.canceledBy !== null;
    if (lastCheck) after = settleCall(after);
    this.#put(step, { key: callKey(event.call), call: event.call, after, at, lastCheck });
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

  /** A person may leave out what has failed, or has not ended while no call of it is under way; the plan only what has not acted. */
  #skip(event: Extract<RunEvent, { kind: "step.skipped" }>, at: Instant): void {
    const state = this.#state;
    const step = this.#step(event.stepId, event);
    const by = event.by ?? null;
    const failed = hasFailed(step);
    const isLeft = by === null ? step.forward.status === "idle" : !hasEnded(step);
    const allowed = (isLeft && !isUnderWay(step)) || (failed && by !== null);
    // A person need not wait for the start to say so.
    const goesForward = this.#goesForward() || (by !== null && state.direction === "forward");
    this.#require(event, goesForward && allowed);
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

  #endRollback(
    event: Extract<RunEvent, { kind: "step.rolled-back" | "step.rollback-failed" }>,
  ): void {
    const state = this.#state;
    const step = this.#step(event.stepId, event);
    const { rollback } = step;
    this.#require(
      event,
      state.direction === "back" && (rollback.status === "none" || rollback.status === "running"),
    );
    const calls = rollback.status === "running" ? rollback.calls : new Map<number, never>();
    this.#require(
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

  #end(
    event: Extract<
      RunEvent,
      { kind: "run.completed" | "run.failed" | "run.canceled" | "run.rolled-back" }
    >,
    at: Instant,
  ): void {
    const state = this.#state;
    for (const call of state.open.values()) {
      this.#require(event, callOf(this.#step(call.stepId), call)?.status !== "running");
    }
    if (event.kind === "run.completed") {
      this.#require(
        event,
        state.startedAt !== null && state.direction === "forward" && state.unended === 0,
      );
    }
    if (event.kind === "run.rolled-back") this.#require(event, state.direction === "back");
    this.#settle(at);
    this.#resume();
    state.endedAt = at;
    if (event.kind !== "run.completed") state.reason = event.reason;
    if ("failedSteps" in event) state.failedSteps = event.failedSteps;
    if ("leftovers" in event) state.leftovers = event.leftovers;
    this.#final = FINAL[event.kind];
  }

  #final: RunStatus | null = null;

  #status(): RunStatus {
    const state = this.#state;
    if (this.#final !== null) return this.#final;
    if (state.heldReasons.length > 0) return "held";
    if (this.#paused) return "paused";
    if (state.startedAt === null) return "queued";
    if (state.questions.size > 0) return "waiting-answer";
    if (state.direction === "back") return "rolling-back";
    if (state.open.size === 0 && state.checking.size === 0 && state.delayed.size === 0) {
      const kinds = [...state.waiting.values()];
      if (kinds.includes("approval")) return "waiting-approval";
      if (kinds.includes("inquiry")) return "waiting-answer";
    }
    return "running";
  }

  #countWaiting(at: Instant): void {
    const state = this.#state;
    const waits = state.startedAt !== null && WAITS_FOR_PEOPLE.includes(state.status);
    if (waits) state.waitingSince ??= at;
    else if (state.waitingSince !== null) {
      state.waitedMs += at - state.waitingSince;
      state.waitingSince = null;
    }
  }

  #step(stepId: string, event?: RunEvent): StepState {
    const step = this.#state.steps.get(stepId);
    if (step === undefined)
      throw new CorruptLog(
        `${event?.kind ?? "a need"} names the step "${stepId}", which the plan does not have`,
      );
    return step;
  }

  #require(event: RunEvent, allowed: boolean): void {
    if (!allowed) this.#refuse(event, null);
  }

  #refuse(event: RunEvent, detail: string | null): never {
    const { status, direction } = this.#state;
    const where =
      "attempt" in event ? ` of "${callKey(event.call)}", attempt ${event.attempt},` : "";
    const state = `the run is ${status}${direction === "back" ? ", going back" : ""}`;
    throw new CorruptLog(
      `${event.kind}${where} is not allowed here: ${state}${detail === null ? "" : ` and ${detail}`}`,
    );
  }
}

const FINAL = {
  "run.completed": "completed",
  "run.failed": "failed",
  "run.canceled": "canceled",
  "run.rolled-back": "rolled-back",
} as const satisfies Record<string, RunStatus>;

/** It failed, or nobody could say what became of it. */
function hasFailed(step: StepState): boolean {
  const outcome = outcomeOf(step);
  return outcome === "failed" || outcome === "unknown";
}

/** Nobody has it go on: the cause of a hold is looked at again. */
function isLook({ by }: Extract<RunEvent, { kind: "run.resumed" }>): boolean {
  return by.kind === "system" && by.part === "engine";
}

function isRepeat(event: Extract<RunEvent, { kind: "attempt.started" }>): boolean {
  return (event.repeat ?? 0) > 0;
}

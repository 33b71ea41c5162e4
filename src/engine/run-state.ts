// A run's state: the fold of its recorded events. An event that is not allowed where the run stands means a
// corrupt log and is thrown as a defect. Knows nothing of what comes next (next-moves.ts) or of stores.

import { isOpen, moveCall, settleCall } from "./call-state.ts";
import type { AttemptEvent } from "./call-state.ts";
import type { Failure } from "./failure.ts";
import type { Actor } from "./identity.ts";
import { callKey } from "./notice.ts";
import type { Plan, PlanStep } from "./plan.ts";
import type { CallRef, RecordedRunEvent, RunEvent, RunStatus } from "./run.ts";
import { callOf, hasEnded, holdsForOthers, newStep, withCall } from "./step-state.ts";
import type { StepState } from "./step-state.ts";
import type { Instant } from "./time.ts";

export type OpenQuestion = {
  readonly call: CallRef;
  readonly attempt: number;
  readonly failure: Failure;
  readonly askedAt: Instant;
};

/** Where a run stands. A live view: the fold that made it changes it in place, in proportion to the event. */
export type RunState = {
  readonly status: RunStatus;
  /** `back` once a rollback was started. */
  readonly direction: "forward" | "back";
  readonly startedAt: Instant | null;
  readonly endedAt: Instant | null;
  /** Why it goes back, or ended as it did. */
  readonly reason: string | null;
  /** Who started the rollback; null: nobody did. */
  readonly turnedBackBy: Actor | null;
  /** Who asked to cancel, until it has ended or turned back. */
  readonly canceledBy: Actor | null;
  readonly heldReasons: readonly string[];
  readonly steps: ReadonlyMap<string, StepState>;
  /** Calls that run, wait for another try or for an answer, by `callKey`. */
  readonly open: ReadonlyMap<string, CallRef>;
  readonly questions: ReadonlyMap<string, OpenQuestion>;
  /** Ids of the steps that were tried, in the order in which they ended. */
  readonly ended: readonly string[];
  /** Steps that have neither ended nor been skipped. */
  readonly unended: number;
  readonly failedSteps: readonly string[];
  readonly leftovers: readonly string[];
  /** Time spent waiting for people, which the run's time limit leaves out, in milliseconds. */
  readonly waitedMs: number;
  /** Since when it waits for a person. */
  readonly waitingSince: Instant | null;
};

/** The first open question; null: none. */
export function questionOf(state: RunState): OpenQuestion | null {
  for (const question of state.questions.values()) return question;
  return null;
}

/** When the run's time limit passes; null: before the start, after the end, going back or waiting for a person. */
export function deadlineOf(state: RunState, plan: Plan): Instant | null {
  if (state.startedAt === null || state.endedAt !== null) return null;
  if (state.direction === "back" || state.waitingSince !== null) return null;
  return state.startedAt + plan.runTimeMs + state.waitedMs;
}

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
  ended: string[];
};

const WAITS_FOR_PEOPLE: readonly RunStatus[] = ["paused", "held", "waiting-answer"];

/**
 * Applies events one by one, each in time that depends on the event alone.
 *
 *     queued                --run.started-->          running
 *     any but the last four --run.held-->             held
 *     held, paused          --run.resumed-->          where it was
 *     any but those two     --run.paused-->           paused            (not while it is being canceled)
 *     any but the last four --run.cancel-requested--> where it was, and nothing new starts (ends a pause, a hold, a question)
 *     started, forward      --run.rollback-started--> rolling-back      (also ends a pause, a hold, a question)
 *     running, rolling-back <--attempt.unknown, attempt.answered--> waiting-answer
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
      canceledBy: null,
      heldReasons: [],
      steps: new Map(plan.steps.map((step) => [step.id, newStep(step.id)])),
      open: new Map(),
      questions: new Map(),
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
  apply({ at, event }: RecordedRunEvent): void {
    if (this.#state.endedAt !== null) this.#refuse(event, "the run has ended");
    this.#move(event, at);
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
        return;
      case "run.held":
        this.#require(event, event.reasons.length > 0);
        state.heldReasons = event.reasons;
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
      case "step.retried":
      case "step.delayed":
      case "step.inquiry-opened":
      case "step.inquiry-answered":
      case "step.inquiry-expired":
      case "step.approval-opened":
      case "step.approval-voted":
      case "step.approval-closed":
        return this.#refuse(event, "nothing asks for it yet");
      default:
        this.#attempt(event, at);
    }
  }

  #resume(): void {
    this.#paused = false;
    this.#state.heldReasons = [];
  }

  #turnBack(event: Extract<RunEvent, { kind: "run.rollback-started" }>, at: Instant): void {
    const state = this.#state;
    state.direction = "back";
    state.reason = event.reason;
    state.turnedBackBy = event.by;
    state.canceledBy = null;
    this.#resume();
    this.#settle(at);
  }

  /** Calls that only waited are over; those that run still have their outcome coming. */
  #settle(at: Instant): void {
    for (const [key, call] of this.#state.open) {
      const step = this.#step(call.stepId);
      const found = callOf(step, call);
      if (found !== null && found.status !== "running")
        this.#put(step, key, call, settleCall(found), at);
    }
  }

  #attempt(event: AttemptEvent, at: Instant): void {
    const state = this.#state;
    const step = this.#step(event.call.stepId, event);
    const before = callOf(step, event.call);
    const phase = state.direction === "forward" ? "forward" : "rollback";
    this.#require(event, before !== null && state.startedAt !== null);
    if (event.kind === "attempt.started") {
      this.#require(
        event,
        state.status === "running" || state.status === "rolling-back" || isRepeat(event),
      );
      this.#require(event, event.call.phase === phase && state.canceledBy === null);
    }
    let after = before === null ? null : moveCall(before, event, at);
    if (after === null)
      this.#refuse(
        event,
        `the call is ${before?.status ?? "over"}, attempt ${before?.attempt ?? 0}`,
      );
    // Nobody is asked and nothing tried again once the run goes the other way or is being canceled.
    if (event.call.phase !== phase || state.canceledBy !== null) after = settleCall(after);
    this.#put(step, callKey(event.call), event.call, after, at);
  }

  #put(
    step: StepState,
    key: string,
    call: CallRef,
    after: ReturnType<typeof settleCall>,
    at: Instant,
  ): void {
    const state = this.#state;
    const next = withCall(step, call, after, at);
    state.steps.set(step.stepId, next);
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
    if (call.phase === "forward" && hasEnded(next) && !hasEnded(step)) {
      state.ended.push(step.stepId);
      state.unended -= 1;
    }
  }

  #skip(event: Extract<RunEvent, { kind: "step.skipped" }>, at: Instant): void {
    const state = this.#state;
    const step = this.#step(event.stepId, event);
    this.#require(
      event,
      step.forward.status === "idle" && state.direction === "forward" && state.startedAt !== null,
    );
    const needs = this.#plan.get(event.stepId)?.needs ?? [];
    const broken = needs.some((need) => !holdsForOthers(this.#step(need, event)));
    state.steps.set(event.stepId, {
      ...step,
      forward: { status: "skipped", reason: event.reason, broken },
      endedAt: at,
    });
    state.unended -= 1;
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
    return state.direction === "back" ? "rolling-back" : "running";
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

function isRepeat(event: Extract<RunEvent, { kind: "attempt.started" }>): boolean {
  return (event.repeat ?? 0) > 0;
}

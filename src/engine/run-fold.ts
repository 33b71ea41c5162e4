// The fold of a run's recorded events into its state. An event that is not allowed where the run stands means a corrupt
// log and is thrown as a defect. Knows nothing of what comes next (next-moves.ts) or of stores.

import { clockAfter } from "./asking-clock.ts";
import { refuseEvent, requireAllowed } from "./corrupt-log.ts";
import { nextLook } from "./hold.ts";
import type { Plan } from "./plan.ts";
import type { RunState } from "./run-state.ts";
import type { RecordedRunEvent, RunEvent, RunStatus } from "./run.ts";
import { StepsFold } from "./steps-fold.ts";
import type { Instant } from "./time.ts";
import { newRunState } from "./writable-run-state.ts";
import type { WritableRunState } from "./writable-run-state.ts";

/** The state after all events. @throws {CorruptLog} naming the first illegal event and the state it met. */
export function foldRun(plan: Plan, events: readonly RecordedRunEvent[]): RunState {
  const fold = new RunFold(plan);
  for (const recorded of events) fold.apply(recorded);
  return fold.state;
}

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
  readonly #state: WritableRunState;
  readonly #steps: StepsFold;
  #paused = false;
  #final: RunStatus | null = null;

  constructor(plan: Plan) {
    this.#state = newRunState(plan);
    this.#steps = new StepsFold(plan, this.#state);
  }

  get state(): RunState {
    return this.#state;
  }

  /** @throws {CorruptLog} when the event is not allowed here; the state is then as it was. */
  apply(recorded: RecordedRunEvent): void {
    const { at, event } = recorded;
    if (this.#state.endedAt !== null) refuseEvent(this.#state, event, "the run has ended");
    this.#move(event, at);
    this.#moveClock(recorded);
    this.#state.status = this.#status();
    this.#countWaiting(at);
  }

  #move(event: RunEvent, at: Instant): void {
    const state = this.#state;
    switch (event.kind) {
      case "run.queued":
        requireAllowed(state, event, state.startedAt === null && state.status === "queued");
        return;
      case "run.started":
        requireAllowed(state, event, state.startedAt === null && state.status === "queued");
        state.startedAt = at;
        state.passing = null;
        return;
      case "run.held":
        requireAllowed(state, event, event.reasons.length > 0);
        return this.#hold(event, at);
      case "run.drive-failed":
        state.failedDrives += 1;
        return;
      case "run.control-refused":
        return;
      case "run.paused":
        requireAllowed(
          state,
          event,
          !this.#paused && state.heldReasons.length === 0 && state.canceledBy === null,
        );
        this.#paused = true;
        return;
      case "run.resumed":
        requireAllowed(state, event, this.#paused || state.heldReasons.length > 0);
        this.#resume();
        if (isLook(event)) return;
        state.failedDrives = 0;
        state.passing = null;
        return;
      case "run.cancel-requested":
        requireAllowed(state, event, state.canceledBy === null);
        state.canceledBy = event.by;
        this.#resume();
        this.#steps.settle(at);
        return;
      case "run.rollback-started":
        requireAllowed(state, event, state.startedAt !== null && state.direction === "forward");
        this.#turnBack(event, at);
        return;
      case "step.skipped":
        this.#steps.skip(event, at);
        return;
      case "step.rolled-back":
      case "step.rollback-failed":
        this.#steps.endRollback(event);
        return;
      case "run.completed":
      case "run.failed":
      case "run.canceled":
      case "run.rolled-back":
        this.#end(event, at);
        return;
      case "run.breaker-overridden":
        return this.#steps.override(event);
      case "step.admitted":
        return this.#steps.admit(event);
      case "step.retried":
        return this.#steps.retry(event, at);
      case "step.delayed":
        return this.#steps.delay(event);
      case "step.inquiry-opened":
      case "step.inquiry-answered":
      case "step.inquiry-expired":
      case "step.approval-opened":
      case "step.approval-voted":
      case "step.approval-closed":
        return this.#steps.wait(event, at);
      default:
        this.#steps.attempt(event, at);
    }
  }

  /** What people are asked closes later by as long as its clock stood. */
  #moveClock(recorded: RecordedRunEvent): void {
    const state = this.#state;
    const before = state.clock;
    state.clock = clockAfter(before, recorded);
    const stoodMs = state.clock.stoodMs - before.stoodMs;
    if (stoodMs > 0) this.#steps.postpone(stoodMs);
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

  #turnBack(event: Extract<RunEvent, { kind: "run.rollback-started" }>, at: Instant): void {
    const state = this.#state;
    state.direction = "back";
    state.reason = event.reason;
    state.turnedBackBy = event.by;
    state.stopsForward = event.stops === true || event.by.kind === "person";
    state.canceledBy = null;
    state.passing = null;
    this.#resume();
    this.#steps.settle(at);
  }

  #end(
    event: Extract<
      RunEvent,
      { kind: "run.completed" | "run.failed" | "run.canceled" | "run.rolled-back" }
    >,
    at: Instant,
  ): void {
    const state = this.#state;
    requireAllowed(state, event, !this.#steps.anyRuns());
    if (event.kind === "run.completed") {
      requireAllowed(
        state,
        event,
        state.startedAt !== null && state.direction === "forward" && state.unended === 0,
      );
    }
    if (event.kind === "run.rolled-back") requireAllowed(state, event, state.direction === "back");
    this.#steps.settle(at);
    this.#resume();
    state.endedAt = at;
    if (event.kind !== "run.completed") state.reason = event.reason;
    if ("failedSteps" in event) state.failedSteps = event.failedSteps;
    if ("leftovers" in event) state.leftovers = event.leftovers;
    this.#final = FINAL[event.kind];
  }

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
}

const FINAL = {
  "run.completed": "completed",
  "run.failed": "failed",
  "run.canceled": "canceled",
  "run.rolled-back": "rolled-back",
} as const satisfies Record<string, RunStatus>;

/** Nobody has it go on: the cause of a hold is looked at again. */
function isLook({ by }: Extract<RunEvent, { kind: "run.resumed" }>): boolean {
  return by.kind === "system" && by.part === "engine";
}

// What a run does next, decided from its state alone: which calls may start, whom to ask, what must be recorded,
// how long nothing will happen. Acts on nothing and knows no worker.

import { IDLE, isOpen } from "./call-state.ts";
import type { CallState } from "./call-state.ts";
import { leftoversOf } from "./leftovers.ts";
import { record } from "./move.ts";
import type { Move } from "./move.ts";
import { nextOfHold } from "./next-of-hold.ts";
import { nextOfRollback } from "./next-of-rollback.ts";
import { nextOfStep } from "./next-of-step.ts";
import { callKey, stepIdOf } from "./notice.ts";
import { Places } from "./places.ts";
import type { Plan, PlanStep } from "./plan.ts";
import {
  actorName,
  cancelRun,
  failRun,
  failureReason,
  holdRun,
  overtimeReason,
  turnBack,
} from "./run-endings.ts";
import { RunFold } from "./run-fold.ts";
import { deadlineOf } from "./run-state.ts";
import type { RunState } from "./run-state.ts";
import type { CallRef, RecordedRunEvent } from "./run.ts";
import { overdue, stepDeadlineOf } from "./step-deadline.ts";
import { StepFailures } from "./step-failures.ts";
import { callOf, hasEnded, holdsForOthers, passed } from "./step-state.ts";
import type { Instant } from "./time.ts";
import { Waves } from "./waves.ts";
import { nextDue } from "./when-due.ts";

const NONE: ReadonlySet<string> = new Set();

type Look = {
  readonly now: Instant;
  readonly busy: ReadonlySet<string>;
  readonly undecided: ReadonlySet<string>;
};

/** What comes next where the events end, with nothing being started. See {@link Schedule}. */
export function nextMoves(
  plan: Plan,
  events: readonly RecordedRunEvent[],
  now: Instant,
): readonly Move[] {
  const schedule = new Schedule(plan);
  for (const recorded of events) schedule.apply(recorded);
  return schedule.next(now, new Set());
}

/**
 * A run's state with what is needed to answer "what next" without looking at all steps: applying an event costs
 * what the event changes, asking costs what can start.
 */
export class Schedule {
  readonly #plan: Plan;
  readonly #fold: RunFold;
  #waves: Waves;
  readonly #stepOf: ReadonlyMap<string, PlanStep>;
  #failures = new StepFailures();
  /** Steps of `state.ended` from the end that need no more looking at while going back. */
  #takenBack = 0;

  constructor(plan: Plan) {
    this.#plan = plan;
    this.#fold = new RunFold(plan);
    this.#waves = new Waves(plan);
    this.#stepOf = new Map(plan.steps.map((step) => [step.id, step]));
  }

  get state(): RunState {
    return this.#fold.state;
  }

  /** @throws {CorruptLog} */
  apply(recorded: RecordedRunEvent): void {
    const known = this.state.ended.length;
    this.#fold.apply(recorded);
    const { event } = recorded;
    if (event.kind === "step.retried" || (event.kind === "step.skipped" && event.by !== undefined))
      return this.#recount();
    if (event.kind === "step.skipped") this.#waves.end(event.stepId);
    if (event.kind === "attempt.started" && event.call.phase === "forward")
      this.#waves.take(event.call.stepId);
    for (const stepId of this.state.ended.slice(known)) this.#stepEnded(stepId);
  }

  /**
   * @param busy `callKey`s of calls that are being started already: they take a place and are not named again.
   * @param undecided steps whose votes are being decided: their approval does not run out meanwhile.
   */
  next(
    now: Instant,
    busy: ReadonlySet<string>,
    undecided: ReadonlySet<string> = NONE,
  ): readonly Move[] {
    const { state } = this;
    if (state.endedAt !== null) return [];
    const runs = this.#runs(busy);
    if (state.canceledBy !== null)
      return runs ? [] : [cancelRun(this.#plan, state, actorName(state.canceledBy))];
    const waits = this.#moves({ now, busy, undecided }, runs);
    return waits.length === 0 && !runs ? [{ kind: "wait", until: null }] : waits;
  }

  /** Why everything that runs now must be stopped; null: it may finish. */
  mustStop(now: Instant): string | null {
    const { canceledBy, direction, turnedBackBy, stopsForward, reason } = this.state;
    if (canceledBy !== null) return `${actorName(canceledBy)} canceled the run`;
    if (direction === "back") {
      // A failed step lets its neighbours finish: what ended for certain is easier to take back.
      if (!stopsForward || !this.#forwardRuns()) return null;
      if (turnedBackBy?.kind !== "person") return reason;
      return `${actorName(turnedBackBy)} asked for a rollback`;
    }
    return this.#overtime(now) ? overtimeReason(this.#plan) : null;
  }

  #moves(look: Look, runs: boolean): readonly Move[] {
    const { state } = this;
    if (state.status === "held")
      return nextOfHold({ plan: this.#plan, state, failed: this.#failures.all, runs }, look.now);
    if (state.status === "paused") return [];
    if (state.startedAt === null) return [{ kind: "begin" }];
    if (state.questions.size > 0) return [];
    return state.direction === "back" ? this.#back(look.now, runs) : this.#forward(look, runs);
  }

  #forward(look: Look, runs: boolean): readonly Move[] {
    const { now, busy } = look;
    const { fatal, all: failed } = this.#failures;
    if (fatal?.ending === "rollback") return [turnBack(failureReason(this.state, fatal.stepId))];
    if (this.#overtime(now)) {
      const reason = overtimeReason(this.#plan);
      if (this.#plan.onFailure === "rollback") return [turnBack(reason, { stops: true })];
      return runs ? [] : [failRun(this.#plan, this.state, failed, reason)];
    }
    // What is under way comes to its end, its own tries and checks included, before the run is held.
    const moves = fatal === null ? this.#starts(look) : this.#goingOn(now, busy);
    if (moves.length > 0) return moves;
    if (fatal !== null)
      return runs || this.#isUnderWay()
        ? this.#wait(now, runs)
        : [
            record(
              holdRun(
                this.state,
                failed.filter((stepId) => !this.#isTolerated(stepId)),
              ),
            ),
          ];
    if (this.state.unended === 0 && !runs)
      return [record({ kind: "run.completed", failedSteps: [...failed] })];
    return this.#wait(now, runs);
  }

  /** The next tries and checks of steps that have begun. */
  #goingOn(now: Instant, busy: ReadonlySet<string>): Move[] {
    const moves: Move[] = [];
    // Many steps that failed may be tried again at once: they had given their places back.
    const places = this.#places(busy, false);
    const start = (move: Move): void => {
      const step = move.kind === "start" ? this.#stepOf.get(move.call.stepId) : undefined;
      if (step === undefined || places.take(step)) moves.push(move);
    };
    for (const [key, call] of this.state.open) {
      const found = this.#call(call);
      if (found?.status !== "retrying" || busy.has(key)) continue;
      if (this.#isLate(call, now)) return [this.#tooLate(call, found)];
      if (found.retryAt > now) continue;
      if (call.phase === "forward" && !this.#waves.isTurnOf(call.stepId)) continue;
      const move = this.#nextTry(call, found.attempt + 1, now);
      const next = move.kind === "start" ? callKey(move.call) : key;
      // Its checks may have to be asked first, and may be under way.
      if (
        this.#delayed(next, now) ||
        (next !== key && (busy.has(next) || this.state.open.has(next)))
      )
        continue;
      start(move);
    }
    for (const stepId of this.state.checking) {
      const step = this.state.steps.get(stepId);
      if (step === undefined) continue;
      const call: CallRef = { phase: "after", stepId, index: passed(step.checksAfter) };
      const key = callKey(call);
      if (this.state.open.has(key) || busy.has(key)) continue;
      if (this.#isLate(call, now)) return [this.#tooLate(call, IDLE)];
      if (this.#delayed(key, now)) continue;
      start({ kind: "start", call, attempt: 1 });
    }
    return moves;
  }

  #starts({ now, busy, undecided }: Look): readonly Move[] {
    const moves = this.#goingOn(now, busy);
    if (moves[0]?.kind === "record") return moves;
    const places = this.#places(busy, true);
    for (const stepId of this.#waves.ready()) {
      const step = this.#stepOf.get(stepId);
      const state = this.state.steps.get(stepId);
      if (step === undefined || state === undefined) continue;
      const broken = this.#brokenNeed(step);
      if (broken !== null) {
        // What has begun is not called back.
        if (this.#begins(stepId, busy)) continue;
        return [record({ kind: "step.skipped", stepId, reason: broken })];
      }
      if (undecided.has(stepId)) continue;
      const next = nextOfStep(step, state, now);
      if (next.kind === "record") return [next];
      if (next.kind === "wait") continue;
      if (next.kind === "ask") {
        moves.push(next);
        continue;
      }
      const key = callKey(next.call);
      if (busy.has(key) || this.state.open.has(key)) continue;
      if (this.#isLate(next.call, now))
        return [this.#tooLate(next.call, this.#call(next.call) ?? IDLE)];
      if (this.#delayed(key, now)) continue;
      if (places.take(step)) moves.push(next);
    }
    return moves;
  }

  /** The time of the call's step is over. What it is checked by ends first. */
  #isLate(call: CallRef, now: Instant): boolean {
    const step = this.state.steps.get(call.stepId);
    const deadline = stepDeadlineOf(this.state, step);
    if (step === undefined || deadline === null || now < deadline) return false;
    return call.phase !== "forward" || ![...step.checksBefore.values()].some(isOpen);
  }

  /** It is not tried any more: nothing is sent that has no time to be answered. */
  #tooLate(call: CallRef, found: CallState): Move {
    const deadlineMs = this.#stepOf.get(call.stepId)?.deadlineMs ?? 0;
    const last = "failure" in found ? found.failure.message : null;
    const failure = overdue(deadlineMs, last);
    const attempt = found.attempt + 1;
    return record({ kind: "attempt.failed", call, attempt, failure, retryAt: null, durationMs: 0 });
  }

  /** A call of the step runs or is about to. */
  #begins(stepId: string, busy: ReadonlySet<string>): boolean {
    for (const call of this.state.open.values())
      if (call.stepId === stepId && this.#call(call)?.status === "running") return true;
    for (const key of busy) if (stepIdOf(key) === stepId) return true;
    return false;
  }

  /** A step that a person has tried again is checked before it acts, as at first. */
  #nextTry(call: CallRef, attempt: number, now: Instant): Move {
    const step = this.#stepOf.get(call.stepId);
    const state = this.state.steps.get(call.stepId);
    if (call.phase === "forward" && step !== undefined && state !== undefined)
      return nextOfStep(step, state, now);
    return { kind: "start", call, attempt };
  }

  /** Places of calls that run or are about to, and, with `begun`, of steps that wait for another call of theirs. */
  #places(busy: ReadonlySet<string>, begun: boolean): Places {
    const ids = new Set([...busy].map(stepIdOf));
    for (const call of this.state.open.values())
      if (begun || this.#call(call)?.status === "running") ids.add(call.stepId);
    if (begun) for (const stepId of this.state.checking) ids.add(stepId);
    return new Places(
      this.#plan,
      [...ids].flatMap((stepId) => this.#stepOf.get(stepId) ?? []),
    );
  }

  #delayed(key: string, now: Instant): boolean {
    const delay = this.state.delayed.get(key);
    return delay !== undefined && delay.until > now;
  }

  /** Something has begun that will go on by itself. */
  #isUnderWay(): boolean {
    return this.state.open.size > 0 || this.state.checking.size > 0;
  }

  /** One step after the other, the last that ended first. */
  #back(now: Instant, runs: boolean): readonly Move[] {
    if (runs) return [];
    const { ended } = this.state;
    for (; this.#takenBack < ended.length; this.#takenBack += 1) {
      const state = this.state.steps.get(ended[ended.length - 1 - this.#takenBack] ?? "");
      const step = state && this.#stepOf.get(state.stepId);
      if (state === undefined || step === undefined)
        throw new Error("a step that ended is not in the plan");
      const move = nextOfRollback(step, state, now);
      if (move !== null) return [move];
    }
    const leftovers = leftoversOf(this.#plan, this.state);
    const reason = this.state.reason ?? "";
    if (leftovers.length === 0) return [record({ kind: "run.rolled-back", reason })];
    return [failRun(this.#plan, this.state, this.#failures.all, reason)];
  }

  /** @param now nothing can be started: what is past waits for something else. */
  #wait(now: Instant, runs: boolean): readonly Move[] {
    return runs ? [] : [{ kind: "wait", until: nextDue(this.state, this.#plan, now) }];
  }

  /** Somebody changed what had ended: counted anew, which is rare. */
  #recount(): void {
    this.#waves = new Waves(this.#plan);
    this.#failures = new StepFailures();
    this.#takenBack = 0;
    for (const [stepId, step] of this.state.steps) {
      if (step.forward.status !== "idle") this.#waves.take(stepId);
      if (step.forward.status === "skipped") this.#waves.end(stepId);
    }
    for (const stepId of this.state.ended) this.#stepEnded(stepId);
  }

  #stepEnded(stepId: string): void {
    this.#waves.end(stepId);
    const step = this.#stepOf.get(stepId);
    const state = this.state.steps.get(stepId);
    if (step === undefined || state === undefined || holdsForOthers(state)) return;
    this.#failures.add(step, this.state.loops);
  }

  #isTolerated(stepId: string): boolean {
    const onFailure = this.#stepOf.get(stepId)?.onFailure;
    return onFailure === "continue" || this.state.loops.tolerates(stepId);
  }

  /** A sentence when a step that this one needs did not succeed, or its `for_each` has failed. */
  #brokenNeed({ needs, loop }: PlanStep): string | null {
    if (loop !== null && this.state.loops.spoiled(loop.id))
      return `Too many items of "${loop.id}" failed.`;
    for (const need of needs) {
      const state = this.state.steps.get(need);
      if (state === undefined || !hasEnded(state) || holdsForOthers(state)) continue;
      if (this.state.loops.tolerates(need)) continue;
      return `It needs "${need}", which ${state.forward.status === "skipped" ? "was skipped" : "did not succeed"}.`;
    }
    return null;
  }

  #overtime(now: Instant): boolean {
    const deadline = deadlineOf(this.state, this.#plan);
    return deadline !== null && now >= deadline;
  }

  #runs(busy: ReadonlySet<string>): boolean {
    if (busy.size > 0) return true;
    for (const call of this.state.open.values())
      if (this.#call(call)?.status === "running") return true;
    return false;
  }

  #forwardRuns(): boolean {
    for (const call of this.state.open.values()) if (call.phase !== "rollback") return true;
    return false;
  }

  #call(call: CallRef): ReturnType<typeof callOf> {
    const step = this.state.steps.get(call.stepId);
    return step === undefined ? null : callOf(step, call);
  }
}

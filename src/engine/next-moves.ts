// What a run does next, decided from its state alone: which calls may start, whom to ask, what must be recorded,
// how long nothing will happen. Acts on nothing and knows no worker.

import { formatDuration } from "./duration.ts";
import type { Failure } from "./failure.ts";
import { leftoversOf, sentence } from "./leftovers.ts";
import { IDLE, isOpen } from "./call-state.ts";
import type { CallState } from "./call-state.ts";
import { callKey, stepIdOf } from "./notice.ts";
import type { OnFailure, Plan, PlanStep } from "./plan.ts";
import { RunFold } from "./run-fold.ts";
import { deadlineOf } from "./run-state.ts";
import type { RunState } from "./run-state.ts";
import type { CallRef, RecordedRunEvent, RunEvent } from "./run.ts";
import { nextOfStep } from "./next-of-step.ts";
import { Places } from "./places.ts";
import { callOf, failureOf, hasEnded, holdsForOthers, mayHaveActed, passed } from "./step-state.ts";
import { overdue, stepDeadlineOf } from "./step-deadline.ts";
import type { StepState } from "./step-state.ts";
import type { Instant } from "./time.ts";
import { Waves } from "./waves.ts";

export type Move =
  /** Check the start once more, then record `run.started`. */
  | { readonly kind: "begin" }
  /** Try this call; `attempt` is its number. */
  | { readonly kind: "start"; readonly call: CallRef; readonly attempt: number }
  /** Ask the step's inquiry or for its approval, unless its condition leaves it out. */
  | { readonly kind: "ask"; readonly stepId: string; readonly what: "inquiry" | "approval" }
  /** Nothing but this fact has to be written down; ask again after it was applied. */
  | { readonly kind: "record"; readonly event: RunEvent }
  /** Nothing happens before `until`; null: before a person says something. */
  | { readonly kind: "wait"; readonly until: Instant | null };

/** Calls whose failure is their step's, by themselves. */
const ITS_OWN: readonly CallRef["phase"][] = ["forward", "after"];

const ENGINE = { kind: "system", part: "engine" } as const;

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
  /** The failed step that ends the forward run, and what then happens. */
  #fatal: { readonly stepId: string; readonly ending: Exclude<OnFailure, "continue"> } | null =
    null;
  #failed: string[] = [];
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
      return runs ? [] : [record(this.#cancel(actorName(state.canceledBy)))];
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
    return this.#overtime(now) ? this.#overtimeReason() : null;
  }

  #moves(look: Look, runs: boolean): readonly Move[] {
    const { state } = this;
    if (state.status === "held") return this.#held(look.now, runs);
    if (state.status === "paused") return [];
    if (state.startedAt === null) return [{ kind: "begin" }];
    if (state.questions.size > 0) return [];
    return state.direction === "back" ? this.#back(look.now, runs) : this.#forward(look, runs);
  }

  #forward(look: Look, runs: boolean): readonly Move[] {
    const { now, busy } = look;
    const fatal = this.#fatal;
    if (fatal?.ending === "rollback") return [this.#turnBack(this.#failureReason(fatal.stepId))];
    if (this.#overtime(now)) {
      if (this.#plan.onFailure === "rollback")
        return [this.#turnBack(this.#overtimeReason(), { stops: true })];
      return runs ? [] : [record(this.#failedEvent(this.#overtimeReason()))];
    }
    // What is under way comes to its end, its own tries and checks included, before the run is held.
    const moves = fatal === null ? this.#starts(look) : this.#goingOn(now, busy);
    if (moves.length > 0) return moves;
    if (fatal !== null)
      return runs || this.#isUnderWay() ? this.#wait(now, runs) : [record(this.#holdEvent())];
    if (this.state.unended === 0 && !runs)
      return [record({ kind: "run.completed", failedSteps: [...this.#failed] })];
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
      const move = this.#takeBack(step, state, now);
      if (move !== null) return [move];
    }
    const leftovers = leftoversOf(this.#plan, this.state);
    const reason = this.state.reason ?? "";
    if (leftovers.length === 0) return [record({ kind: "run.rolled-back", reason })];
    return [record(this.#failedEvent(reason))];
  }

  /** Null: nothing is left to do for this step. */
  #takeBack(step: PlanStep, state: StepState, now: Instant): Move | null {
    if (state.rollback.status === "done" || state.rollback.status === "failed") return null;
    const { kind } = step.rollback;
    if (kind === "none" || kind === "not-needed" || !mayHaveActed(state)) return null;
    const count = step.rollback.kind === "captured" ? 1 : step.rollback.calls.length;
    for (let index = 0; index < count; index += 1) {
      const call = { phase: "rollback", stepId: step.id, index } as const;
      const found = callOf(state, call);
      switch (found?.status) {
        case "succeeded":
          continue;
        case "retrying":
          if (found.retryAt > now) return { kind: "wait", until: found.retryAt };
          return { kind: "start", call, attempt: found.attempt + 1 };
        case "failed":
        case "unknown":
          // The commands of one rollback build on each other; the next step's do not.
          return record({ kind: "step.rollback-failed", stepId: step.id, failure: found.failure });
        default:
          return { kind: "start", call, attempt: 1 };
      }
    }
    return record({ kind: "step.rolled-back", stepId: step.id, calls: count });
  }

  /** @param now nothing can be started: what is past waits for something else. */
  #wait(now: Instant, runs: boolean): readonly Move[] {
    return runs ? [] : [{ kind: "wait", until: nextDue(this.state, this.#plan, now) }];
  }

  /** What may pass by itself is looked at again; and no run is held, with what it has to itself, for ever. */
  #held(now: Instant, runs: boolean): readonly Move[] {
    const { heldSince, lookAgainAt } = this.state;
    if (heldSince === null) return [];
    if (lookAgainAt !== null && now >= lookAgainAt)
      return [record({ kind: "run.resumed", by: ENGINE })];
    if (now >= heldSince + this.#plan.holdTimeMs) return [this.#holdOver(runs)];
    return runs ? [] : [{ kind: "wait", until: holdDue(this.state, this.#plan) }];
  }

  /** Nobody put it right in time. What a lost worker left running is not waited for either. */
  #holdOver(runs: boolean): Move {
    const { heldFor, heldReasons, startedAt, direction } = this.state;
    const [failed] = heldFor;
    const within = `within ${formatDuration(this.#plan.holdTimeMs)}.`;
    const back = direction === "forward" && this.#plan.onFailure === "rollback";
    if (runs && (failed !== undefined || !back))
      return record({ kind: "run.cancel-requested", by: ENGINE });
    if (failed !== undefined) {
      const waited = `Nobody retried or skipped it ${within}`;
      return record(this.#failedEvent(`${this.#failureReason(failed)} ${waited}`));
    }
    const reason = `${sentence(heldReasons[0] ?? "It was held")} Nothing had changed about that ${within}`;
    if (startedAt === null) return record({ kind: "run.canceled", reason, leftovers: [] });
    return back ? this.#turnBack(reason) : record(this.#failedEvent(reason));
  }

  #holdEvent(): RunEvent {
    const failedSteps = this.#failed.filter((stepId) => {
      const onFailure = this.#stepOf.get(stepId)?.onFailure;
      return onFailure !== "continue" && !this.state.loops.tolerates(stepId);
    });
    const reasons = failedSteps.map((stepId) => this.#failureReason(stepId));
    return { kind: "run.held", reasons, failedSteps };
  }

  /** Somebody changed what had ended: counted anew, which is rare. */
  #recount(): void {
    this.#waves = new Waves(this.#plan);
    this.#failed = [];
    this.#fatal = null;
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
    this.#failed.push(stepId);
    if (this.state.loops.tolerates(stepId)) return;
    if (step.onFailure === "continue" || this.#fatal?.ending === "rollback") return;
    if (this.#fatal === null || step.onFailure === "rollback")
      this.#fatal = { stepId, ending: step.onFailure };
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

  #turnBack(reason: string, how: { readonly stops?: true } = {}): Move {
    return record({ kind: "run.rollback-started", reason, by: ENGINE, ...how });
  }

  #failedEvent(reason: string): RunEvent {
    const failedSteps = [...this.#failed];
    // What waits for another try has failed, too, when the run ends first.
    for (const call of this.state.open.values())
      if (ITS_OWN.includes(call.phase) && !failedSteps.includes(call.stepId))
        failedSteps.push(call.stepId);
    return {
      kind: "run.failed",
      reason,
      failedSteps,
      leftovers: leftoversOf(this.#plan, this.state),
    };
  }

  /** A rollback that was begun is closed first. */
  #cancel(who: string): RunEvent {
    for (const stepId of this.state.ended) {
      if (this.state.steps.get(stepId)?.rollback.status !== "running") continue;
      const failure: Failure = {
        category: "permanent",
        code: "CANCELED",
        message: `${who} canceled it.`,
      };
      return { kind: "step.rollback-failed", stepId, failure };
    }
    return {
      kind: "run.canceled",
      reason: `${who} canceled the run.`,
      leftovers: leftoversOf(this.#plan, this.state),
    };
  }

  #failureReason(stepId: string): string {
    const step = this.state.steps.get(stepId);
    const failure = step === undefined ? null : failureOf(step);
    return failure === null
      ? `Step "${stepId}" failed.`
      : `Step "${stepId}" failed: ${sentence(failure.message)}`;
  }

  #overtime(now: Instant): boolean {
    const deadline = deadlineOf(this.state, this.#plan);
    return deadline !== null && now >= deadline;
  }

  #overtimeReason(): string {
    return `The run's time limit of ${formatDuration(this.#plan.runTimeMs)} has passed.`;
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

/** How a sentence names who acted; the bot turns `@U123` into a mention. */
export function actorName(actor: { readonly kind: string; readonly userId?: string }): string {
  return actor.userId === undefined ? "Countersign" : `@${actor.userId}`;
}

/** When a held run does something by itself: it looks again, or ends. Null: it is not held. */
export function holdDue(
  { status, heldSince, lookAgainAt }: RunState,
  { holdTimeMs }: Plan,
): Instant | null {
  if (status !== "held" || heldSince === null) return null;
  return Math.min(heldSince + holdTimeMs, lookAgainAt ?? Infinity);
}

/** When something after `now` is due by itself; null: only a person moves the run on. */
export function nextDue(state: RunState, plan: Plan, now: Instant): Instant | null {
  const dues: Instant[] = [];
  const deadline = deadlineOf(state, plan);
  if (deadline !== null) dues.push(deadline);
  const hold = holdDue(state, plan);
  if (hold !== null) dues.push(hold);
  for (const call of state.open.values()) {
    const step = state.steps.get(call.stepId);
    const found = step === undefined ? null : callOf(step, call);
    if (found?.status !== "retrying") continue;
    dues.push(Math.max(found.retryAt, state.delayed.get(callKey(call))?.until ?? 0));
  }
  for (const [key, { until }] of state.delayed) if (!state.open.has(key)) dues.push(until);
  for (const stepId of state.waiting.keys()) {
    const step = state.steps.get(stepId);
    if (step?.inquiry.status === "open") dues.push(step.inquiry.closesAt);
    if (step?.approval.status === "open") dues.push(step.approval.closesAt);
  }
  const waiting = [...state.delayed.values()].map(({ call }) => call);
  for (const { stepId } of [...state.open.values(), ...waiting]) {
    const due = stepDeadlineOf(state, state.steps.get(stepId));
    if (due !== null) dues.push(due);
  }
  const coming = dues.filter((due) => due > now);
  return coming.length === 0 ? null : Math.min(...coming);
}

function record(event: RunEvent): Move {
  return { kind: "record", event };
}

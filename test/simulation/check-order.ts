// What may follow what in a run's log: nothing starts before what it needs, its answers, its approval and its checks,
// while the run is held or paused, or beyond a limit of parallel steps; and wherever the log is cut, somebody or
// something moves the run on.

import { conditionsOf } from "#engine/prepare-attempt.ts";
import { callKey } from "#engine/notice.ts";
import { Schedule } from "#engine/next-moves.ts";
import type { Plan, PlanStep } from "#engine/plan.ts";
import type { CallRef, RecordedRunEvent, RunEvent } from "#engine/run.ts";
import type { RunState } from "#engine/run-state.ts";
import { hasEnded, outcomeOf } from "#engine/step-state.ts";
import type { StepState } from "#engine/step-state.ts";
import type { Instant } from "#engine/time.ts";
import { NEVER } from "./random-step.ts";
import type { RunBench } from "./run-bench.ts";

export function orderViolations(bench: RunBench, plan: Plan, runId: string): readonly string[] {
  const { events } = bench.database.view(runId);
  const watch = new LogWatch(plan, bench);
  const found: string[] = [];
  for (const [index, recorded] of events.entries()) {
    try {
      for (const violation of watch.see(recorded)) found.push(`event ${index}: ${violation}`);
    } catch (error) {
      return [...found, `event ${index} can't be read: ${String(error)}`];
    }
  }
  return found;
}

type Started = Extract<RunEvent, { kind: "attempt.started" }>;

class LogWatch {
  readonly #plan: Plan;
  readonly #clocks: { readonly wentBack: boolean };
  readonly #schedule: Schedule;
  readonly #stepOf: ReadonlyMap<string, PlanStep>;
  readonly #items = new Map<string, PlanStep[]>();
  /** Keys of calls that were started and have no outcome. */
  readonly #running = new Map<string, CallRef>();
  #stands: "held" | "paused" | null = null;

  constructor(plan: Plan, clocks: { readonly wentBack: boolean }) {
    this.#plan = plan;
    this.#clocks = clocks;
    this.#schedule = new Schedule(plan);
    this.#stepOf = new Map(plan.steps.map((step) => [step.id, step]));
    for (const step of plan.steps) {
      if (step.loop === null) continue;
      const { id } = step.loop;
      this.#items.set(id, [...(this.#items.get(id) ?? []), step]);
    }
  }

  /** @throws {CorruptLog} */
  *see(recorded: RecordedRunEvent): Iterable<string> {
    const { event } = recorded;
    yield* this.#before(recorded);
    this.#schedule.apply(recorded);
    this.#follow(event);
    yield* this.#deadEnd(recorded);
  }

  *#before({ at, event }: RecordedRunEvent): Iterable<string> {
    switch (event.kind) {
      case "attempt.started":
        return yield* this.#start(event, at);
      case "step.inquiry-opened":
        return yield* this.#turn(event.stepId, "its question is put");
      case "step.approval-opened":
        yield* this.#turn(event.stepId, "its approval is asked for");
        return yield* this.#answered(event.stepId, "its approval is asked for");
      case "step.approval-closed":
        if (
          event.outcome === "approved-by-timeout" &&
          this.#step(event.stepId).risk === "destructive"
        )
          yield `${event.stepId} is destructive and passed because nobody objected`;
        return;
      case "step.skipped":
        return yield* this.#skip(event);
      default:
    }
  }

  #follow(event: RunEvent): void {
    if (event.kind === "run.held") this.#stands = "held";
    if (event.kind === "run.paused") this.#stands = "paused";
    if (["run.resumed", "run.cancel-requested", "run.rollback-started"].includes(event.kind))
      this.#stands = null;
    if (!("call" in event) || !("attempt" in event)) return;
    if (event.kind === "attempt.started") this.#running.set(callKey(event.call), event.call);
    else this.#running.delete(callKey(event.call));
  }

  *#start(event: Started, at: Instant): Iterable<string> {
    const { call, attempt } = event;
    const { stepId } = call;
    const key = callKey(call);
    if (this.#stands !== null) yield `${key} starts while the run is ${this.#stands}`;
    if ((event.repeat ?? 0) === 0 && this.#running.has(key)) yield `${key} starts while it runs`;
    if (call.phase === "rollback") return;
    yield* this.#delayed(key, at);
    yield* this.#places(stepId, key);
    if (call.phase === "after") {
      if (this.#stateOf(stepId).forward.status !== "succeeded")
        yield `${key} checks what was not done`;
      return;
    }
    if (conditionsOf(this.#step(stepId)).length > 0 && !this.#stateOf(stepId).admitted)
      yield `${key} starts and its conditions were not asked`;
    yield* this.#turn(stepId, `${key} starts`);
    yield* this.#answered(stepId, `${key} starts`);
    yield* this.#approved(stepId, `${key} starts`);
    if (call.phase !== "forward" || attempt < 1) return;
    yield* this.#checked(stepId);
    if (this.#step(stepId).preconditions.some(({ captured }) => captured["was"] === NEVER))
      yield `${stepId} acts though the state it was planned for never was`;
  }

  /** Looked at again at its time, unless somebody lets the run through. The log has no better clock than its own. */
  *#delayed(key: string, at: Instant): Iterable<string> {
    const delay = this.#state.delayed.get(key);
    if (delay === undefined || this.#clocks.wentBack) return;
    if (this.#state.overridden.has(delay.target))
      yield `${key} still waits for ${delay.target}, whose breaker does not count any more`;
    if (at < delay.until)
      yield `${key} starts ${delay.until - at} ms before ${delay.target} is to be tried again`;
  }

  *#places(stepId: string, key: string): Iterable<string> {
    const steps = new Set([stepId]);
    for (const call of this.#running.values())
      if (call.phase !== "rollback") steps.add(call.stepId);
    if (steps.size > this.#plan.parallelism)
      yield `${key} makes ${steps.size} steps at once; at most ${this.#plan.parallelism} may be`;
    for (const [group, most] of Object.entries(this.#plan.groups)) {
      const inGroup = [...steps].filter((id) => this.#step(id).groups.includes(group));
      if (inGroup.length > most && inGroup.includes(stepId))
        yield `${key} makes ${inGroup.length} of group ${group} at once; at most ${most} may be`;
    }
  }

  /** It is the step's turn: what it needs holds, what it comes after has ended. */
  *#turn(stepId: string, what: string): Iterable<string> {
    const step = this.#step(stepId);
    for (const need of step.needs)
      if (!this.#holds(need)) yield `${what} though ${need}, which it needs, ${this.#word(need)}`;
    for (const before of [...step.after, ...this.#behindBarrier(step)])
      if (!hasEnded(this.#stateOf(before)))
        yield `${what} though ${before}, after which it comes, ${this.#word(before)}`;
    const { loop } = step;
    if (loop === null || loop.canary) return;
    for (const { id, loop: place } of this.#items.get(loop.id) ?? [])
      if (place?.canary === true && !this.#fine(id))
        yield `${what} though the canary ${id} ${this.#word(id)}`;
  }

  #behindBarrier(step: PlanStep): readonly string[] {
    const { mode, steps } = this.#plan;
    if (mode === "graph") return [];
    if (mode === "stages")
      return steps.filter(({ stage }) => stage < step.stage).map(({ id }) => id);
    return steps.slice(0, steps.indexOf(step)).map(({ id }) => id);
  }

  *#answered(stepId: string, what: string): Iterable<string> {
    const { inquiry } = this.#stateOf(stepId);
    if (this.#step(stepId).inquiry !== null && inquiry.status !== "answered")
      yield `${what} though its question is ${inquiry.status}`;
  }

  *#approved(stepId: string, what: string): Iterable<string> {
    const { approval: wanted } = this.#step(stepId);
    const { approval } = this.#stateOf(stepId);
    if (wanted === null) return;
    if (approval.status !== "closed")
      return yield `${what} though its approval is ${approval.status}`;
    const { outcome, counted } = approval;
    if (outcome === "approved-by-timeout" && wanted.onTimeout === "approve") return;
    const needed = wanted.require.reduce((sum, { count }) => sum + count, 0);
    if (outcome !== "approved" || new Set(counted).size < needed)
      yield `${what} though its approval is ${outcome} by ${counted.length} of ${needed}`;
  }

  *#checked(stepId: string): Iterable<string> {
    const { checksBefore } = this.#stateOf(stepId);
    for (const [index] of this.#step(stepId).checksBefore.entries()) {
      const status = checksBefore.get(index)?.status ?? "not made";
      if (status !== "succeeded") yield `${stepId} acts though its check ${index} is ${status}`;
    }
  }

  *#skip(event: Extract<RunEvent, { kind: "step.skipped" }>): Iterable<string> {
    if (event.by !== undefined) return;
    const need = /^It needs "([^"]+)"/.exec(event.reason)?.[1];
    if (need !== undefined && this.#holds(need))
      yield `${event.stepId} is left out because of ${need}, which ${this.#word(need)}`;
  }

  /** What needs the step may go on. */
  #holds(stepId: string): boolean {
    if (this.#fine(stepId)) return true;
    const { loop } = this.#step(stepId);
    if (loop === null || !this.#failed(stepId)) return false;
    const failed = (this.#items.get(loop.id) ?? []).filter(({ id }) => this.#failed(id));
    return failed.every((item) => item.loop?.canary === false) && failed.length <= loop.maxFailures;
  }

  #fine(stepId: string): boolean {
    const state = this.#stateOf(stepId);
    return (
      outcomeOf(state) === "succeeded" ||
      (state.forward.status === "skipped" && !state.forward.broken)
    );
  }

  #failed(stepId: string): boolean {
    const outcome = outcomeOf(this.#stateOf(stepId));
    return outcome === "failed" || outcome === "unknown";
  }

  /** A run that has not ended and that nobody and nothing moves on is lost. */
  *#deadEnd({ at, event }: RecordedRunEvent): Iterable<string> {
    const { endedAt, status, questions } = this.#state;
    if (endedAt !== null || this.#running.size > 0 || questions.size > 0) return;
    if (status === "paused" || status === "held") return;
    if (this.#schedule.next(at, new Set()).length === 0)
      yield `after ${event.kind} the run is ${status} and nothing moves it on`;
  }

  #word(stepId: string): string {
    const state = this.#stateOf(stepId);
    return `is ${outcomeOf(state)}${state.forward.status === "skipped" && state.forward.broken ? " as well" : ""}`;
  }

  #step(stepId: string): PlanStep {
    const step = this.#stepOf.get(stepId);
    if (step === undefined) throw new Error(`the plan has no step ${stepId}`);
    return step;
  }

  #stateOf(stepId: string): StepState {
    const state = this.#state.steps.get(stepId);
    if (state === undefined) throw new Error(`the run has no step ${stepId}`);
    return state;
  }

  get #state(): RunState {
    return this.#schedule.state;
  }
}

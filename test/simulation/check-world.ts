// Whether what a run says is what the world looks like: nothing done twice, nothing lost, whatever stands is named.

import { callKey } from "#engine/notice.ts";
import type { Plan, PlanStep } from "#engine/plan.ts";
import type { RunEvent } from "#engine/run.ts";
import { foldRun } from "#engine/run-fold.ts";
import type { RunState } from "#engine/run-state.ts";
import { outcomeOf, stepStatus, triedCall } from "#engine/step-state.ts";
import type { RunBench } from "./run-bench.ts";

export function* worldViolations(bench: RunBench, plan: Plan, runId: string): Iterable<string> {
  const { events: recorded } = bench.database.view(runId);
  const events = bench.events(runId);
  const state = foldRun(plan, recorded);
  yield* lostAttempts(events);
  yield* failuresNamed(state, events);
  for (const step of plan.steps) {
    yield* twice(bench, events, step);
    yield* truth(bench, step, state);
    yield* afterChecks(events, step, state);
  }
}

/** Every attempt that was written down has an outcome. */
function* lostAttempts(events: readonly RunEvent[]): Iterable<string> {
  const open = new Set<string>();
  for (const event of events) {
    if (!("call" in event) || !("attempt" in event)) continue;
    const name = `${callKey(event.call)}#${event.attempt}`;
    if (event.kind === "attempt.started") open.add(name);
    else open.delete(name);
  }
  for (const name of open) yield `${name} was begun and nothing says what became of it`;
}

/**
 * One call never acts more than once, unless its repeats are recognised by their key. Only a person may have a step
 * whose failure is certain tried again.
 */
function* twice(
  { world }: RunBench,
  events: readonly RunEvent[],
  step: PlanStep,
): Iterable<string> {
  const { id, uses } = step;
  if (uses === "world.set" || leavesNothing(uses)) return;
  const retried = events.filter((event) => event.kind === "step.retried" && event.stepId === id);
  const on = world.acts(switchOf(step), "on");
  if (on > 1 + retried.length)
    yield `${id} was done ${on} times, ${retried.length} of them asked for`;
  const off = world.acts(switchOf(step), "off");
  if (off > 1) yield `${id} was taken back ${off} times`;
}

/** What the run says about a step is what the world looks like. */
function* truth({ world }: RunBench, step: PlanStep, state: RunState): Iterable<string> {
  const { id, uses, rollback } = step;
  const found = state.steps.get(id);
  if (leavesNothing(uses) || found === undefined) return;
  const stands = world.state(switchOf(step)) === "on";
  const status = stepStatus(found);
  const outcome = outcomeOf(found);
  if (outcome === "succeeded" && found.rollback.status === "none" && !stands)
    yield `${id} is said to be done and is not`;
  if (found.rollback.status === "done" && found.rollback.calls > 0 && stands)
    yield `${id} is said to be taken back and stands`;
  const { acted } = triedCall(found);
  if (!acted && stands) yield `${id} stands, and the run (step ${status}) says that it did not act`;
  const sentences = state.leftovers.filter((sentence) => sentence.startsWith(`Step "${id}" `));
  if (sentences.length > 1) yield `${id} is named ${sentences.length} times in what is left`;
  const [sentence] = sentences;
  if (sentence?.startsWith(`Step "${id}" was done: `) === true && !stands)
    yield `what is left names ${id} as done, and it does not stand`;
  if (!stands || rollback.kind === "not-needed" || state.status === "completed") return;
  if (sentence === undefined)
    yield `${id} stands after a run that is ${state.status} and is not named`;
}

/** The steps named as failed are those that failed. */
function* failuresNamed(state: RunState, events: readonly RunEvent[]): Iterable<string> {
  const failed = [...state.steps.values()]
    .filter((step) => ["failed", "unknown"].includes(outcomeOf(step)))
    .map(({ stepId }) => stepId);
  const last = events.at(-1);
  if (last?.kind !== "run.completed" && last?.kind !== "run.failed") return;
  const named = last.failedSteps;
  for (const stepId of failed)
    if (!named.includes(stepId)) yield `${stepId} failed and is not named`;
  for (const stepId of named)
    if (!failed.includes(stepId)) yield `${stepId} is named as failed and is not`;
}

/** A step whose check afterwards failed has failed. */
function* afterChecks(
  events: readonly RunEvent[],
  step: PlanStep,
  state: RunState,
): Iterable<string> {
  if (step.checksAfter.length === 0) return;
  let failed = false;
  for (const event of events) {
    if (event.kind === "step.retried" && event.stepId === step.id) failed = false;
    if (!("call" in event) || event.call.stepId !== step.id || event.call.phase !== "after")
      continue;
    if (event.kind === "attempt.failed") failed = event.retryAt === null;
    if (event.kind === "attempt.succeeded") failed = false;
  }
  const found = state.steps.get(step.id);
  const outcome = found === undefined ? "open" : outcomeOf(found);
  if (failed && outcome !== "failed" && outcome !== "skipped")
    yield `a check after ${step.id} failed, and the step is ${outcome}`;
}

/** The switch that a step sets. */
function switchOf({ id, with: { switch: name } }: PlanStep): string {
  return typeof name === "string" ? name : id;
}

function leavesNothing(uses: string): boolean {
  return uses === "world.read" || uses === "flow.outputs";
}

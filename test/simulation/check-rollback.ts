// What is taken back, and in which order: one step after the other, the last that ended first, and never before what
// was built on it.

import type { Plan } from "#engine/plan.ts";
import type { RunEvent } from "#engine/run.ts";
import { foldRun } from "#engine/run-fold.ts";
import { triedCall } from "#engine/step-state.ts";
import type { RunBench } from "./run-bench.ts";

export function* rollbackViolations(bench: RunBench, plan: Plan, runId: string): Iterable<string> {
  const { events: recorded } = bench.database.view(runId);
  const events = bench.events(runId);
  const state = foldRun(plan, recorded);
  const back = takenBack(events);
  const order = state.ended.toReversed().filter((stepId) => back.includes(stepId));
  if (order.join() !== back.join())
    yield `taken back in the order ${back.join()}, and they ended in reverse as ${order.join()}`;
  // What a person had tried again ended after the items that came after it.
  const again = new Set(
    events.flatMap((event) => (event.kind === "step.retried" ? [event.stepId] : [])),
  );
  for (const { id, needs, after } of plan.steps) {
    if (!back.includes(id)) continue;
    const earlier = [...needs, ...after.filter((stepId) => !again.has(stepId))];
    for (const need of earlier.filter((stepId) => back.includes(stepId)))
      if (back.indexOf(id) > back.indexOf(need)) yield `${need} is taken back before ${id}`;
  }
  yield* oneByOne(events);
  if (state.status !== "rolled-back" && state.direction !== "back") return;
  for (const step of plan.steps) {
    const found = state.steps.get(step.id);
    if (found === undefined || step.rollback.kind === "none" || step.rollback.kind === "not-needed")
      continue;
    const { status } = found.rollback;
    if (state.status === "rolled-back" && triedCall(found).acted && status !== "done")
      yield `the run is rolled back and ${step.id}, which acted, is not (${status})`;
  }
}

function takenBack(events: readonly RunEvent[]): readonly string[] {
  const back = new Set<string>();
  for (const event of events)
    if (event.kind === "attempt.started" && event.call.phase === "rollback")
      back.add(event.call.stepId);
  return [...back];
}

/** The rollback of one step is over before that of the next begins. */
function* oneByOne(events: readonly RunEvent[]): Iterable<string> {
  let current: string | null = null;
  for (const event of events) {
    if (event.kind === "step.rolled-back" || event.kind === "step.rollback-failed") current = null;
    if (event.kind !== "attempt.started" || event.call.phase !== "rollback") continue;
    const { stepId } = event.call;
    if (current !== null && current !== stepId)
      yield `${stepId} is taken back while ${current} still is`;
    current = stepId;
  }
}

// What must be true of every run that has ended, however often its workers died on the way.

import { expect } from "vitest";
import { callKey } from "#engine/notice.ts";
import type { Plan, PlanStep } from "#engine/plan.ts";
import { foldRun } from "#engine/run-state.ts";
import type { RunEvent } from "#engine/run.ts";
import type { StepReport } from "#engine/run-report.ts";
import type { RunBench } from "./run-bench.ts";

export function checkHistory(bench: RunBench, plan: Plan): void {
  expect(bench.reports, "no worker met a defect").toEqual([]);
  const { status, events } = bench.database.view("run-1");
  expect(foldRun(plan, events).status, "the stored status is the folded one").toBe(status);
  const report = bench.report();
  const stepOf = new Map(report.steps.map((step) => [step.stepId, step]));
  for (const step of plan.steps) {
    checkNothingTwice(bench, step);
    checkNothingLost(
      bench,
      step,
      stepOf.get(step.id),
      status === "completed" ? null : report.leftovers,
    );
  }
  checkRollbackOrder(plan, { events: bench.events(), ended: foldRun(plan, events).ended });
  if (status !== "completed") expect(report.reason, "the end is explained").toMatch(/\S.*[.]$/);
  if (status === "rolled-back") {
    for (const { id } of plan.steps)
      expect(bench.world.state(id), `${id} is as it was`).toBe("off");
  }
}

/** One call never acts more than once, unless its repeats are recognised by their key. */
function checkNothingTwice({ world }: RunBench, { id, uses }: PlanStep): void {
  if (uses === "world.set" || uses === "world.read") return;
  expect(world.acts(id, "on"), `${id} is not done twice`).toBeLessThanOrEqual(1);
  expect(world.acts(id, "off"), `${id} is not taken back twice`).toBeLessThanOrEqual(1);
}

/** What the run says about a step is what the world looks like. */
function checkNothingLost(
  { world }: RunBench,
  { id, uses }: PlanStep,
  step: StepReport | undefined,
  leftovers: readonly string[] | null,
): void {
  if (uses === "world.read") return;
  // A run that goes on past a failure names the step, not what it may have left.
  const named = leftovers === null || leftovers.some((sentence) => sentence.includes(`"${id}"`));
  switch (step?.status) {
    case "succeeded":
      expect(world.state(id), `${id} was done`).toBe("on");
      return;
    case "rolled-back":
    case "skipped":
    case "pending":
      expect(world.state(id), `${id} is as it was`).toBe("off");
      return;
    case "failed":
    case "unknown":
    case "rollback-failed":
      if (world.state(id) === "on") expect(named, `${id} stands and is named`).toBe(true);
      return;
    default:
      expect(step?.status, `${id} has come to an end`).toBe("at an end");
  }
}

/** Steps are taken back in the reverse of the order in which they ended, and never before what was built on them. */
function checkRollbackOrder(
  plan: Plan,
  { events, ended }: { readonly events: readonly RunEvent[]; readonly ended: readonly string[] },
): void {
  const back: string[] = [];
  for (const event of events) {
    if (event.kind !== "attempt.started" || event.call.phase !== "rollback") continue;
    if (!back.includes(event.call.stepId)) back.push(event.call.stepId);
  }
  expect(back, "taken back in reverse order").toEqual(
    ended.toReversed().filter((stepId) => back.includes(stepId)),
  );
  for (const { id, needs } of plan.steps) {
    for (const need of needs.filter((stepId) => back.includes(stepId))) {
      expect(back.indexOf(id), `${id} is taken back before ${need}`).toBeLessThan(
        back.indexOf(need),
      );
    }
  }
}

/** Every attempt that was written down has exactly one outcome. */
export function openAttempts(events: readonly RunEvent[]): readonly string[] {
  const open = new Set<string>();
  for (const event of events) {
    if (event.kind === "attempt.started") open.add(`${callKey(event.call)}#${event.attempt}`);
    else if ("call" in event && "attempt" in event)
      open.delete(`${callKey(event.call)}#${event.attempt}`);
  }
  return [...open];
}

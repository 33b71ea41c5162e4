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
    checkNothingLost(bench, step, stepOf.get(step.id), report.leftovers);
  }
  checkRollbackOrder(bench.events());
  if (status !== "completed") expect(report.reason, "the end is explained").toMatch(/\S.*[.]$/);
  if (status === "rolled-back") {
    for (const { id } of plan.steps) expect(bench.world.state(id), `${id} is as it was`).toBe("off");
  }
}

/** One call never acts more than once, unless its repeats are recognised by their key. */
function checkNothingTwice({ world }: RunBench, { id, uses }: PlanStep): void {
  if (uses === "world.set" || uses === "world.read") return;
  expect(world.acts(id, "on"), `${id} is not done twice`).toBeLessThanOrEqual(1);
  expect(world.acts(id, "off"), `${id} is not taken back twice`).toBeLessThanOrEqual(1);
}

/** What the run says about a step is what the world looks like. */
function checkNothingLost({ world }: RunBench, { id, uses }: PlanStep, step: StepReport | undefined, leftovers: readonly string[]): void {
  if (uses === "world.read") return;
  const named = leftovers.some((sentence) => sentence.includes(`"${id}"`));
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

/** Steps are taken back in the reverse of the order in which they ended, one after the other. */
function checkRollbackOrder(events: readonly RunEvent[]): void {
  const ended: string[] = [];
  const back: string[] = [];
  for (const event of events) {
    if (event.kind === "attempt.started" && event.call.phase === "rollback") {
      if (!back.includes(event.call.stepId)) back.push(event.call.stepId);
    } else if ("call" in event && event.call.phase === "forward" && event.kind !== "attempt.started") {
      // A later event for the same call moves it to the end.
      const { stepId } = event.call;
      if (ended.includes(stepId)) ended.splice(ended.indexOf(stepId), 1);
      ended.push(stepId);
    }
  }
  const order = ended.toReversed().filter((stepId) => back.includes(stepId));
  expect(back, "taken back in reverse order").toEqual(order);
}

/** Every attempt that was written down has exactly one outcome. */
export function openAttempts(events: readonly RunEvent[]): readonly string[] {
  const open = new Set<string>();
  for (const event of events) {
    if (event.kind === "attempt.started") open.add(`${callKey(event.call)}#${event.attempt}`);
    else if ("call" in event) open.delete(`${callKey(event.call)}#${event.attempt}`);
  }
  return [...open];
}

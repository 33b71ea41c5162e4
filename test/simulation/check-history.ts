// What must be true of every run that has ended, however often its workers died on the way. Each check answers
// sentences about what is not as it must be.

import { planHash } from "#engine/plan-hash.ts";
import type { Plan } from "#engine/plan.ts";
import { FINAL_RUN_STATUSES } from "#engine/run.ts";
import { foldRun } from "#engine/run-state.ts";
import { sha256 } from "#adapters/system/sha256.ts";
import { orderViolations } from "./check-order.ts";
import { rollbackViolations } from "./check-rollback.ts";
import { worldViolations } from "./check-world.ts";
import type { RunBench } from "./run-bench.ts";

/** Every invariant that does not hold, in sentences. */
export function violationsOf(bench: RunBench, plan: Plan): readonly string[] {
  return [
    ...bench.violations,
    // Whatever follows reads the log, so one that can't be read is the whole answer.
    ...(orderViolations(bench, plan) ?? []),
    ...endViolations(bench, plan),
    ...rollbackViolations(bench, plan),
    ...worldViolations(bench, plan),
  ];
}

/** @throws {Error} naming each invariant that does not hold, with the run's log. */
export function checkHistory(bench: RunBench, plan: Plan): void {
  const found = [
    ...bench.reports.map((report) => `a worker met a defect: ${String(report)}`),
    ...violationsOf(bench, plan),
  ];
  if (found.length > 0) throw new Error([...found, ...historyLog(bench)].join("\n"));
}

/** Everything that is known of a history, to find out what went wrong in it. */
export function historyLog(bench: RunBench): readonly string[] {
  const { plan, events } = bench.database.view("run-1");
  const world = bench.world.calls.map(
    (call) => `${call.switch} ${call.to}${call.acted ? "" : " (did not act)"}`,
  );
  return [
    JSON.stringify(plan),
    ...bench.reports.map(String),
    ...events.map(({ at, event }) => `${at} ${JSON.stringify(event)}`),
    `world: ${world.join(", ")}`,
  ];
}

function* endViolations(bench: RunBench, plan: Plan): Iterable<string> {
  const view = bench.database.view("run-1");
  const state = foldRun(plan, view.events);
  if (state.status !== view.status)
    yield `the stored status is ${view.status} and the log's is ${state.status}`;
  if (!FINAL_RUN_STATUSES.some((status) => status === state.status))
    yield `the run is ${state.status}, not at an end`;
  if (state.status !== "completed" && !/\S.*[.!?]$/.test(state.reason ?? ""))
    yield `its end as ${state.status} is explained by ${JSON.stringify(state.reason)}, not by a sentence`;
  if (state.open.size > 0 && state.status === "completed")
    yield `it completed with calls under way: ${[...state.open.keys()].join(", ")}`;
  if (planHash(plan, sha256) !== view.planHash) yield "the plan is not the one that was approved";
  const finished = bench.database.notices.filter(({ kind }) => kind === "run-finished");
  if (finished.length === 0) yield "nobody was told of its end";
  const report = bench.report();
  if (report.status !== state.status) yield `it is reported as ${report.status}`;
}

// What must be true of every run that has ended, however often its workers died on the way. Each check answers
// sentences about what is not as it must be.

import { planHash } from "#engine/plan-hash.ts";
import type { Plan } from "#engine/plan.ts";
import { FINAL_RUN_STATUSES } from "#engine/run.ts";
import { foldRun } from "#engine/run-fold.ts";
import { sha256 } from "#adapters/system/sha256.ts";
import { orderViolations } from "./check-order.ts";
import { rollbackViolations } from "./check-rollback.ts";
import { worldViolations } from "./check-world.ts";
import type { RunBench } from "./run-bench.ts";

/** Every invariant that does not hold, in sentences. */
export function violationsOf(bench: RunBench, plan: Plan, runId = "run-1"): readonly string[] {
  return [
    ...orderViolations(bench, plan, runId),
    ...endViolations(bench, plan, runId),
    ...rollbackViolations(bench, plan, runId),
    ...worldViolations(bench, plan, runId),
  ];
}

/** @throws {Error} naming each invariant that does not hold, with the run's log. */
export function checkHistory(bench: RunBench, plan: Plan): void {
  const found = [
    ...bench.reports.map((report) => `a worker met a defect: ${String(report)}`),
    ...bench.violations,
    ...violationsOf(bench, plan),
  ];
  if (found.length > 0) throw new Error([...found, ...historyLog(bench)].join("\n"));
}

/** Everything that is known of a history, to find out what went wrong in it. */
export function historyLog(bench: RunBench): readonly string[] {
  const runs = bench.database.runIds().flatMap((runId) => {
    const { plan, events } = bench.database.view(runId);
    const log = events.map(({ at, event }) => `${at} ${JSON.stringify(event)}`);
    return [`${runId}: ${JSON.stringify(plan)}`, ...log];
  });
  const world = bench.world.calls.map(
    (call) => `${call.switch} ${call.to}${call.acted ? "" : " (did not act)"}`,
  );
  return [...bench.reports.map(String), ...runs, `world: ${world.join(", ")}`];
}

function* endViolations(bench: RunBench, plan: Plan, runId: string): Iterable<string> {
  const view = bench.database.view(runId);
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
  const finished = bench.database.notices.filter(
    (notice) => notice.kind === "run-finished" && notice.runId === runId,
  );
  if (finished.length === 0) yield "nobody was told of its end";
  const report = bench.report(runId);
  if (report.status !== state.status) yield `it is reported as ${report.status}`;
}

// Estimates as they are when a message is drawn. What was not timed often enough is left out.

import { estimatePlan, estimateRest, timedOperations } from "#engine/estimate.ts";
import type { Estimate, PlanEstimate } from "#engine/estimate.ts";
import type { Plan } from "#engine/plan.ts";
import type { RunReport } from "#engine/run-report.ts";
import type { TimingStore } from "#engine/timings.ts";
import type { Instant } from "#engine/time.ts";

export async function estimateOf(timings: TimingStore, plan: Plan): Promise<PlanEstimate | null> {
  return estimatePlan(plan, await timings.samples(timedOperations(plan)));
}

/** Null, too, for a run that is not under way. */
export async function restOf(
  timings: TimingStore,
  { plan, status, steps }: RunReport,
  now: Instant,
): Promise<Estimate | null> {
  if (status !== "running") return null;
  return estimateRest(plan, steps, await timings.samples(timedOperations(plan)), now);
}

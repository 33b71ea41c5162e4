// Stores that tell the metrics what is written, at the one place where it is. Change nothing of it.

import type { PlanStore } from "#engine/plan-store.ts";
import { FINAL_RUN_STATUSES } from "#engine/run.ts";
import type { RunStatus } from "#engine/run.ts";
import type { RunStore } from "#engine/run-store.ts";
import type { Metrics } from "#web/metrics.ts";

/** Counts broken glasses where each is written. */
export function countedPlans(plans: PlanStore, metrics: Metrics): PlanStore {
  return {
    ...plans,
    change: async (planId, decide, proofId) => {
      let environment: string | null = null;
      const answer = await plans.change(
        planId,
        (record, stepUp) => {
          const decided = decide(record, stepUp);
          const after = decided.change.record?.emergency ?? null;
          if (record.emergency === null && after !== null) environment = record.plan.environment;
          return decided;
        },
        proofId,
      );
      if (environment !== null) metrics.glassBroken(environment);
      return answer;
    },
  };
}

/** Counts runs as they end, at the one place where every end is written. */
export function countedRuns(runs: RunStore, metrics: Metrics): RunStore {
  const final: readonly RunStatus[] = FINAL_RUN_STATUSES;
  return {
    ...runs,
    flush: async (flush) => {
      const answer = await runs.flush(flush);
      if (answer.kind === "written" && final.includes(flush.status)) metrics.runEnded(flush.status);
      return answer;
    },
  };
}

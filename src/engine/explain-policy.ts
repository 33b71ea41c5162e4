// The verdict on a plan as it stands now, for its card and for `/ops policy`. Gathers facts, then decides.

import type { PlanRecord } from "./plan.ts";
import type { EnginePorts } from "./use-case-ports.ts";
import type { Verdict } from "./verdict.ts";

/**
 * Decides over facts asked now. What can't be asked never counts toward approval.
 * @param freshness `cached` for display, `fresh` to decide.
 */
export async function verdictOf(
  ports: Pick<EnginePorts, "directory" | "policy" | "clock">,
  record: PlanRecord,
  freshness: "fresh" | "cached",
): Promise<Verdict> {
  throw new Error(`${ports.policy.version} ${record.id} ${freshness}`);
}

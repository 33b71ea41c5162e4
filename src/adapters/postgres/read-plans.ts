// Plans as Postgres has them now. Changes nothing.

import type { PlanRecord } from "#engine/plan.ts";
import type { Parameter, Queries } from "./database.ts";
import type { PlanRow } from "./plan-row.ts";
import { readPlan, selectPlans } from "./plan-row.ts";

/** @param clause a where clause over `p` and `c`, and what follows it. */
export async function plansWhere(
  queries: Queries,
  clause: string,
  parameters: readonly Parameter[],
): Promise<PlanRecord[]> {
  return (await queries.query<PlanRow>(`${selectPlans} ${clause}`, parameters)).map(readPlan);
}

/** The run a plan takes back, as the indexes have it. */
export const rollsBack = "p.state #>> '{origin,runId}' = $1";

/** Nobody else changes it until the transaction ends. */
export async function lockedPlan(queries: Queries, planId: string): Promise<PlanRecord | null> {
  await queries.query("select 1 from plans where id = $1 for update", [planId]);
  // Read by a statement that begins with the lock had: an earlier snapshot would miss the last change.
  const [record] = await plansWhere(queries, "where p.id = $1", [planId]);
  return record ?? null;
}

// What became of plans: asked of one plan, and the other way round, which plans ended so.

import { and, eq, inArray, sql } from "drizzle-orm";
import type { SQL } from "drizzle-orm";
import { planHistory, plans, runs } from "./schema.ts";
import type { TypedQueries } from "./typed-queries.ts";

/** Of `plans` with their `runs` beside them: the run's status once a plan has one that counts, else the plan's own. */
export const outcome = sql<string>`case when ${plans.status} in ('approved', 'spent')
  then coalesce(${runs.status}, ${plans.status}) else ${plans.status} end`;

/** As a value and not as a join: it is worked out for the rows of `plan_history` that are met, and for no others. */
export function hasOutcome(wanted: string): SQL {
  return sql`(select ${outcome} from ${plans} left join ${runs} on ${runs.planId} = ${plans.id}
    where ${plans.id} = ${planHistory.planId}) = ${wanted}`;
}

/** By the index of what came to nothing and that of notable runs; of runs that only begin and complete there is none. */
export function plansWithOutcome(queries: TypedQueries, teamId: string, wanted: string) {
  const ofPlans = queries
    .select({ id: plans.id })
    .from(plans)
    .where(
      and(
        eq(plans.teamId, teamId),
        eq(plans.status, wanted),
        sql`${plans.status} not in ('approved', 'spent')`,
      ),
    );
  const unremarkable = ["queued", "running", "completed"].includes(wanted);
  const ofRuns = queries
    .select({ id: runs.planId })
    .from(runs)
    .innerJoin(plans, eq(plans.id, runs.planId))
    .where(
      and(
        eq(runs.teamId, teamId),
        inArray(plans.status, ["approved", "spent"]),
        eq(unremarkable ? runs.status : runs.notable, wanted),
      ),
    );
  return ofPlans.unionAll(ofRuns);
}

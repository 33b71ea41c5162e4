// The history of plans: found in `plan_history`, which is narrow and indexed, and told from the plans' own rows. Each
// search is planned for the values it names, because a plan made for any value fits none: what is rare in one
// workspace is everything in another.

import { and, desc, eq, gte, inArray, lt, sql } from "drizzle-orm";
import type { SQL } from "drizzle-orm";
import type { HistoryFilter, HistoryItem } from "#engine/audit-event.ts";
import type { Database } from "./database.ts";
import { conversations, planHistory, planPeople, plans, runs } from "./schema.ts";
import type { TypedQueries } from "./typed-queries.ts";
import { typedQueries } from "./typed-queries.ts";

/** Newest first. */
export function searchHistory(
  database: Database,
  filter: HistoryFilter,
): Promise<readonly HistoryItem[]> {
  return database.transaction(async (connection) => {
    // Compiling a statement takes longer than any of these.
    await connection.query(
      "select set_config('plan_cache_mode', 'force_custom_plan', true), set_config('jit', 'off', true)",
    );
    const queries = typedQueries(connection);
    const before = filter.before === undefined ? null : await filedAt(queries, filter.before);
    if (filter.before !== undefined && before === null) return [];
    const found = queries
      .select({ planId: planHistory.planId, filedAt: planHistory.filedAt })
      .from(planHistory)
      .where(
        and(
          eq(planHistory.teamId, filter.teamId),
          ...historyFilters(queries, filter),
          before === null
            ? undefined
            : sql`(${planHistory.filedAt}, ${planHistory.planId}) < (${before}, ${filter.before})`,
        ),
      )
      .orderBy(desc(planHistory.filedAt), desc(planHistory.planId))
      .limit(filter.limit)
      .as("found");
    return queries
      .select({
        planId: plans.id,
        runId: runs.id,
        title: plans.title,
        environment: plans.environment,
        risk: plans.risk,
        requesterId: plans.requesterId,
        outcome,
        emergency: sql<boolean>`${plans.state} #>> '{emergency,userId}' is not null`,
        filedAt: plans.filedAt,
        permalink: conversations.permalink,
      })
      .from(found)
      .innerJoin(plans, eq(plans.id, found.planId))
      .innerJoin(conversations, eq(conversations.id, plans.conversationId))
      .leftJoin(runs, eq(runs.planId, plans.id))
      .orderBy(desc(found.filedAt), desc(found.planId));
  });
}

/** The ids of the plans that events are to belong to; null: of any plan or none. */
export function plansOfEvents(
  queries: TypedQueries,
  filter: Pick<HistoryFilter, "teamId" | "environment" | "operation" | "outcome">,
) {
  const { environment, operation, outcome: ending } = filter;
  if (environment === undefined && operation === undefined && ending === undefined) return null;
  return queries
    .select({ id: planHistory.planId })
    .from(planHistory)
    .where(and(eq(planHistory.teamId, filter.teamId), ...planFilters(queries, filter)));
}

function historyFilters(queries: TypedQueries, filter: HistoryFilter): SQL[] {
  const { person, text, planId, runId, since, until } = filter;
  return [
    ...planFilters(queries, filter),
    ...(person === undefined
      ? []
      : [inArray(planHistory.planId, plansOf(queries, filter, person))]),
    // `words` as people type them in search boxes: all of them, "a phrase", or, -not. Nothing in it is an error.
    ...(text === undefined
      ? []
      : [sql`${planHistory.words} @@ websearch_to_tsquery('simple', ${text})`]),
    ...(planId === undefined ? [] : [eq(planHistory.planId, planId)]),
    ...(runId === undefined
      ? []
      : [
          inArray(
            planHistory.planId,
            queries.select({ id: runs.planId }).from(runs).where(eq(runs.id, runId)),
          ),
        ]),
    ...(since === undefined ? [] : [gte(planHistory.filedAt, since)]),
    ...(until === undefined ? [] : [lt(planHistory.filedAt, until)]),
  ];
}

/** Those a person asked for, edited or voted on, within the time looked at. */
function plansOf(queries: TypedQueries, { teamId, since, until }: HistoryFilter, person: string) {
  return queries
    .select({ id: planPeople.planId })
    .from(planPeople)
    .where(
      and(
        eq(planPeople.teamId, teamId),
        eq(planPeople.userId, person),
        since === undefined ? undefined : gte(planPeople.filedAt, since),
        until === undefined ? undefined : lt(planPeople.filedAt, until),
      ),
    );
}

/** The filters on what a plan is, alike for plans and for the events that belong to them. */
function planFilters(
  queries: TypedQueries,
  filter: Pick<HistoryFilter, "teamId" | "environment" | "operation" | "outcome">,
): SQL[] {
  const { teamId, environment, operation, outcome: ending } = filter;
  return [
    ...(environment === undefined ? [] : [eq(planHistory.environment, environment)]),
    ...(operation === undefined
      ? []
      : [sql`${planHistory.operations} @> array[${operation}]::text[]`]),
    ...(ending === undefined
      ? []
      : [inArray(planHistory.planId, plansThatEnded(queries, teamId, ending))]),
  ];
}

/** What became of a plan: its run's status once it has one that counts, else its own. */
const outcome = sql<string>`case when ${plans.status} in ('approved', 'spent')
  then coalesce(${runs.status}, ${plans.status}) else ${plans.status} end`;

/** By the index of what came to nothing, that of notable runs, or that of runs that can be claimed. */
function plansThatEnded(queries: TypedQueries, teamId: string, ending: string) {
  const ofPlans = queries
    .select({ id: plans.id })
    .from(plans)
    .where(
      and(
        eq(plans.teamId, teamId),
        eq(plans.status, ending),
        sql`${plans.status} not in ('approved', 'spent')`,
      ),
    );
  const ofRuns = queries
    .select({ id: runs.planId })
    .from(runs)
    .innerJoin(plans, eq(plans.id, runs.planId))
    .where(
      and(
        eq(runs.teamId, teamId),
        inArray(plans.status, ["approved", "spent"]),
        withStatus(ending),
      ),
    );
  return ofPlans.unionAll(ofRuns);
}

function withStatus(status: string): SQL | undefined {
  if (status === "completed") return eq(runs.status, status);
  const underWay = status === "queued" || status === "running";
  return underWay ? and(eq(runs.status, status), runs.claimable) : eq(runs.notable, status);
}

async function filedAt(queries: TypedQueries, planId: string): Promise<number | null> {
  const [plan] = await queries
    .select({ filedAt: planHistory.filedAt })
    .from(planHistory)
    .where(eq(planHistory.planId, planId));
  return plan?.filedAt ?? null;
}

// The history of plans: found in `plan_history`, which is narrow and indexed, and told from the plans' own rows. What
// is looked for is met among the newest, or all of it is found: docs/decisions/0036-look-near-then-find-all.md.

import { and, desc, eq, getTableColumns, inArray, sql } from "drizzle-orm";
import type { SQL } from "drizzle-orm";
import type { HistoryFilter, HistoryItem } from "#engine/audit-event.ts";
import type { Database } from "./database.ts";
import {
  environmentFilter,
  operationFilter,
  orderOf,
  placeFilters,
  traitFilters,
} from "./history-filters.ts";
import { hasOutcome, outcome, plansWithOutcome } from "./plan-outcome.ts";
import { conversations, planHistory, planPeople, plans, runs } from "./schema.ts";
import type { TypedQueries } from "./typed-queries.ts";
import { typedQueries } from "./typed-queries.ts";

/** Looked at in some milliseconds, and as a rule a full page of what one plan in a hundred has. */
const LOOKED_AT = 2_000;

/** Newest first. The answer is the same however many of the newest plans are looked at. */
export function searchHistory(
  database: Database,
  filter: HistoryFilter,
  lookedAt = LOOKED_AT,
): Promise<readonly HistoryItem[]> {
  return database.transaction(async (connection) => {
    // A plan made for any value fits none: what is rare in one workspace is everything in another. Compiling a
    // statement takes longer than any of these.
    await connection.query(
      "select set_config('plan_cache_mode', 'force_custom_plan', true), set_config('jit', 'off', true)",
    );
    const queries = typedQueries(connection);
    const before = filter.before === undefined ? null : await filedAt(queries, filter.before);
    if (filter.before !== undefined && before === null) return [];
    const places = placeFilters(filter, before);
    const traits = traitFilters(filter);
    const ended = filter.outcome;
    if (traits.length === 0 && ended === undefined)
      return itemsOf(queries, newestOf(queries, filter, places, filter.limit), filter.limit);
    const met = await itemsOf(queries, newestOf(queries, filter, places, lookedAt), filter.limit, [
      ...traits,
      ...(ended === undefined ? [] : [hasOutcome(ended)]),
    ]);
    if (met.length === filter.limit) return met;
    const every = [...places, ...traits, ...outcomeFilter(queries, filter)];
    return itemsOf(queries, allOf(queries, filter, every), filter.limit);
  });
}

/** The ids of the plans that events are to belong to; null: of any plan or none. */
export function plansOfEvents(
  queries: TypedQueries,
  filter: Pick<HistoryFilter, "teamId" | "environment" | "operation" | "outcome">,
) {
  const kinds = [
    ...environmentFilter(filter.environment),
    ...operationFilter(filter.operation),
    ...outcomeFilter(queries, filter),
  ];
  if (kinds.length === 0) return null;
  return queries
    .select({ id: planHistory.planId })
    .from(planHistory)
    .where(and(eq(planHistory.teamId, filter.teamId), ...kinds));
}

function outcomeFilter(
  queries: TypedQueries,
  { teamId, outcome: wanted }: Pick<HistoryFilter, "teamId" | "outcome">,
): SQL[] {
  return wanted === undefined
    ? []
    : [inArray(planHistory.planId, plansWithOutcome(queries, teamId, wanted))];
}

function newestOf(
  queries: TypedQueries,
  filter: HistoryFilter,
  where: readonly SQL[],
  most: number,
) {
  const { filedAt: at, planId } = orderOf(filter);
  return rowsOf(queries, filter)
    .where(and(...where))
    .orderBy(desc(at), desc(planId))
    .limit(most)
    .as("plan_history");
}

/** A limit, though none is meant, keeps Postgres from seeing that a page is wanted and looking for it plan by plan. */
function allOf(queries: TypedQueries, filter: HistoryFilter, where: readonly SQL[]) {
  return rowsOf(queries, filter)
    .where(and(...where))
    .limit(Number.MAX_SAFE_INTEGER)
    .as("plan_history");
}

/** Those of one person are in their order in `plan_people`, however many they are. */
function rowsOf(queries: TypedQueries, { person }: HistoryFilter) {
  const all = queries.select(getTableColumns(planHistory)).from(planHistory).$dynamic();
  return person === undefined
    ? all
    : all.innerJoin(planPeople, eq(planPeople.planId, planHistory.planId));
}

/** The newest of these plans that fit. */
async function itemsOf(
  queries: TypedQueries,
  among: ReturnType<typeof allOf>,
  limit: number,
  where: readonly SQL[] = [],
): Promise<readonly HistoryItem[]> {
  const found = queries
    .select({ planId: among.planId, filedAt: among.filedAt })
    .from(among)
    .where(and(...where))
    .orderBy(desc(among.filedAt), desc(among.planId))
    .limit(limit)
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
}

async function filedAt(queries: TypedQueries, planId: string): Promise<number | null> {
  const [plan] = await queries
    .select({ filedAt: planHistory.filedAt })
    .from(planHistory)
    .where(eq(planHistory.planId, planId));
  return plan?.filedAt ?? null;
}

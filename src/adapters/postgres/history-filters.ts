// The filters of the history as conditions on `plan_history`, and on `plan_people` where one person's plans are meant.

import { eq, gte, lt, sql } from "drizzle-orm";
import type { SQL } from "drizzle-orm";
import type { HistoryFilter } from "#engine/audit-event.ts";
import { planHistory, planPeople, runs } from "./schema.ts";

/** What the plans looked for are in order by. */
export function orderOf({ person }: HistoryFilter) {
  const { filedAt, planId } = person === undefined ? planHistory : planPeople;
  return { filedAt, planId };
}

/** What an index has in this order, and what is one plan at most. `before`: when the plan of that name was filed. */
export function placeFilters(filter: HistoryFilter, before: number | null): SQL[] {
  const { teamId, person, environment, planId, runId, since, until } = filter;
  const order = orderOf(filter);
  return [
    eq(planHistory.teamId, teamId),
    ...(person === undefined
      ? environmentFilter(environment)
      : [eq(planPeople.teamId, teamId), eq(planPeople.userId, person)]),
    ...(planId === undefined ? [] : [eq(order.planId, planId)]),
    ...(runId === undefined
      ? []
      : [sql`${order.planId} = (select ${runs.planId} from ${runs} where ${runs.id} = ${runId})`]),
    ...(since === undefined ? [] : [gte(order.filedAt, since)]),
    ...(until === undefined ? [] : [lt(order.filedAt, until)]),
    ...(before === null
      ? []
      : [sql`(${order.filedAt}, ${order.planId}) < (${before}, ${filter.before})`]),
  ];
}

/** What is seen in a plan's row of `plan_history`; what became of it is not. */
export function traitFilters({ person, environment, operation, text }: HistoryFilter): SQL[] {
  return [
    ...(person === undefined ? [] : environmentFilter(environment)),
    ...operationFilter(operation),
    // `words` as people type them in search boxes: all of them, "a phrase", or, -not. Nothing in it is an error.
    ...(text === undefined
      ? []
      : [sql`${planHistory.words} @@ websearch_to_tsquery('simple', ${text})`]),
  ];
}

export function environmentFilter(environment: string | undefined): SQL[] {
  return environment === undefined ? [] : [eq(planHistory.environment, environment)];
}

export function operationFilter(operation: string | undefined): SQL[] {
  return operation === undefined
    ? []
    : [sql`${planHistory.operations} @> array[${operation}]::text[]`];
}

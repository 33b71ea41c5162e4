// The audit log in Postgres: appended to by every store, read here in pages, and the history of plans.

import {
  and,
  asc,
  desc,
  eq,
  exists,
  gt,
  gte,
  ilike,
  inArray,
  like,
  lt,
  or,
  sql,
} from "drizzle-orm";
import type { SQL } from "drizzle-orm";
import type { AuditRow, EventFilter, HistoryFilter, HistoryItem } from "#engine/audit-event.ts";
import type { AuditLog } from "#engine/message-store.ts";
import { conversationDocuments, entryDocument } from "./audit-entry-row.ts";
import type { Database } from "./database.ts";
import { auditEvents, auditHeads, conversations, plans, runs, votes } from "./schema.ts";
import type { TypedQueries } from "./typed-queries.ts";
import { typedQueries } from "./typed-queries.ts";

const PAGE = 1_000;

export function createAuditLog(database: Database): AuditLog {
  const queries = typedQueries(database);
  return {
    async append(entries) {
      if (entries.length === 0) return;
      await database.query(
        "select countersign_meet($1::text::jsonb), countersign_append_entries($2::text::jsonb)",
        [
          JSON.stringify(conversationDocuments(entries.map((entry) => entry.conversation))),
          JSON.stringify(entries.map(entryDocument)),
        ],
      );
    },

    async *rows(filter) {
      let after = 0;
      let left = filter.limit;
      while (left > 0) {
        const page = await eventsAfter(queries, filter, after, Math.min(PAGE, left));
        yield* page;
        const last = page.at(-1);
        if (last === undefined || page.length < PAGE) return;
        after = last.seq;
        left -= page.length;
      }
    },

    history: (filter) => planHistory(queries, filter),
  };
}

/** The workspaces that have a chain, in order. */
export async function auditTeams(database: Database): Promise<readonly string[]> {
  const heads = await typedQueries(database)
    .select({ teamId: auditHeads.teamId })
    .from(auditHeads)
    .orderBy(asc(auditHeads.teamId));
  return heads.map(({ teamId }) => teamId);
}

async function eventsAfter(
  queries: TypedQueries,
  filter: EventFilter,
  after: number,
  limit: number,
): Promise<readonly AuditRow[]> {
  const byPlan = planFilters(filter);
  return queries
    .select()
    .from(auditEvents)
    .where(
      and(
        eq(auditEvents.teamId, filter.teamId),
        // Links are found by their last event; the first of them may have begun on the page before.
        gt(auditEvents.last, after),
        gt(auditEvents.seq, after),
        filter.person === undefined ? undefined : eq(auditEvents.actor, `person:${filter.person}`),
        filter.planId === undefined ? undefined : eq(auditEvents.planId, filter.planId),
        filter.runId === undefined ? undefined : eq(auditEvents.runId, filter.runId),
        filter.since === undefined ? undefined : gte(auditEvents.at, filter.since),
        filter.until === undefined ? undefined : lt(auditEvents.at, filter.until),
        filter.kind === undefined ? undefined : ofKind(filter.kind),
        filter.text === undefined ? undefined : ilike(auditEvents.data, containing(filter.text)),
        byPlan.length === 0
          ? undefined
          : inArray(
              auditEvents.planId,
              queries
                .select({ id: plans.id })
                .from(plans)
                .leftJoin(runs, eq(runs.planId, plans.id))
                .where(and(eq(plans.teamId, filter.teamId), ...byPlan)),
            ),
      ),
    )
    .orderBy(asc(auditEvents.last), asc(auditEvents.seq))
    .limit(limit);
}

/** What became of a plan: its run's status once it has one that counts, else its own. */
const outcome = sql<string>`case when ${plans.status} in ('approved', 'spent')
  then coalesce(${runs.status}, ${plans.status}) else ${plans.status} end`;

async function planHistory(
  queries: TypedQueries,
  filter: HistoryFilter,
): Promise<readonly HistoryItem[]> {
  const { person, text } = filter;
  return queries
    .select({
      planId: plans.id,
      runId: runs.id,
      title: plans.title,
      environment: plans.environment,
      risk: plans.risk,
      requesterId: plans.requesterId,
      outcome,
      filedAt: plans.filedAt,
      permalink: conversations.permalink,
    })
    .from(plans)
    .innerJoin(conversations, eq(conversations.id, plans.conversationId))
    .leftJoin(runs, eq(runs.planId, plans.id))
    .where(
      and(
        eq(plans.teamId, filter.teamId),
        ...planFilters(filter),
        person === undefined
          ? undefined
          : or(
              eq(plans.requesterId, person),
              exists(
                queries
                  .select({ one: sql`1` })
                  .from(votes)
                  .where(and(eq(votes.planId, plans.id), eq(votes.userId, person))),
              ),
            ),
        text === undefined ? undefined : ilike(plans.searchText, containing(text)),
        filter.planId === undefined ? undefined : eq(plans.id, filter.planId),
        filter.runId === undefined ? undefined : eq(runs.id, filter.runId),
        filter.since === undefined ? undefined : gte(plans.filedAt, filter.since),
        filter.until === undefined ? undefined : lt(plans.filedAt, filter.until),
        filter.before === undefined
          ? undefined
          : sql`(${plans.filedAt}, ${plans.id}) < (select b.filed_at, b.id from plans b where b.id = ${filter.before})`,
      ),
    )
    .orderBy(desc(plans.filedAt), desc(plans.id))
    .limit(filter.limit);
}

/** The filters on what a plan is, alike for plans and for the events that belong to them. */
function planFilters(filter: HistoryFilter): SQL[] {
  return [
    ...(filter.environment === undefined ? [] : [eq(plans.environment, filter.environment)]),
    ...(filter.operation === undefined
      ? []
      : [sql`${filter.operation} = any(${plans.operations})`]),
    ...(filter.outcome === undefined ? [] : [sql`${outcome} = ${filter.outcome}`]),
  ];
}

/** The kind itself, or with `.*` at its end all of a family. */
function ofKind(kind: string): SQL {
  return kind.endsWith(".*")
    ? like(auditEvents.kind, `${escaped(kind.slice(0, -1))}%`)
    : eq(auditEvents.kind, kind);
}

/** A pattern for what contains the text, whose own wildcards are plain characters. */
function containing(text: string): string {
  return `%${escaped(text)}%`;
}

function escaped(text: string): string {
  return text.replaceAll(/[\\%_]/g, (character) => `\\${character}`);
}

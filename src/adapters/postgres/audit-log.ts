// The audit log in Postgres: appended to by every store, and read here in pages.

import { and, asc, eq, gt, gte, ilike, inArray, like, lt } from "drizzle-orm";
import type { SQL } from "drizzle-orm";
import type { AuditRow, EventFilter } from "#engine/audit-event.ts";
import type { AuditLog } from "#engine/message-store.ts";
import { conversationDocuments, entryDocument } from "./audit-entry-row.ts";
import type { Database } from "./database.ts";
import { plansOfEvents, searchHistory } from "./plan-history.ts";
import { auditEvents, auditHeads } from "./schema.ts";
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

    history: (filter) => searchHistory(database, filter),
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
  const ofPlans = plansOfEvents(queries, filter);
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
        ofPlans === null ? undefined : inArray(auditEvents.planId, ofPlans),
      ),
    )
    .orderBy(asc(auditEvents.last), asc(auditEvents.seq))
    .limit(limit);
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

// Takes the oldest months off the log. A month is an unbroken piece of each chain, so what is left begins after the
// last link of the newest month taken off: its number and hash stay behind, as the anchor of the chain.

import { and, asc, eq, gt, lte } from "drizzle-orm";
import type { AuditEntry, AuditHead, AuditRow } from "#engine/audit-event.ts";
import type { Instant } from "#engine/time.ts";
import { entryDocument } from "./audit-entry-row.ts";
import { REVIEW_OPEN } from "./broken-glass.ts";
import type { Database, Queries } from "./database.ts";
import { auditEvents } from "./schema.ts";
import { typedQueries } from "./typed-queries.ts";

const PAGE = 1_000;

/** A month of the log: `2025-10`, and what it holds of each chain that it holds something of. */
export type LogMonth = {
  readonly month: string;
  readonly pieces: readonly (AuditHead & { readonly first: number })[];
};

export type Detached =
  /** The table that the month is now. */
  | { readonly status: "detached"; readonly table: string }
  /** Somebody works with the log just then: nothing was changed. */
  | { readonly status: "busy" }
  /** It is not as it was when it was looked at. */
  | { readonly status: "changed" };

const partitionOf = (month: string): string => `audit_links_${month.replace("-", "_")}`;

/** The newest month taken off each chain: what is left follows its last row. */
export async function auditAnchors(queries: Queries): Promise<readonly AuditHead[]> {
  const rows = await queries.query<HeadRow>(
    `select distinct on (team_id) team_id, seq, encode(hash, 'hex') as hash
     from audit_anchors order by team_id, seq desc`,
  );
  return rows.map(({ team_id: teamId, seq, hash }) => ({ teamId, seq, hash }));
}

type HeadRow = { readonly team_id: string; readonly seq: number; readonly hash: string };

/** The months before this one (`2025-10`) that are part of the log, oldest first. */
export async function monthsBefore(queries: Queries, month: string): Promise<readonly string[]> {
  const rows = await queries.query<{ month: string }>(
    `select replace(right(c.relname, 7), '_', '-') as month
     from pg_inherits i join pg_class c on c.oid = i.inhrelid
     where i.inhparent = 'audit_links'::regclass and c.relname ~ '^audit_links_[0-9]{4}_[0-9]{2}$'
       and right(c.relname, 7) < $1
     order by 1`,
    [month.replace("-", "_")],
  );
  return rows.map((row) => row.month);
}

export async function logMonth(queries: Queries, month: string): Promise<LogMonth> {
  const table = partitionOf(month);
  const rows = await queries.query<HeadRow & { first: number }>(
    `select distinct on (l.team_id) l.team_id, l.seq, encode(l.hash, 'hex') as hash,
       (select f.seq - cardinality(f.kinds) + 1 from ${table} f
        where f.team_id = l.team_id order by f.seq limit 1) as first
     from ${table} l order by l.team_id, l.seq desc`,
  );
  const pieces = rows.map(({ team_id: teamId, seq, hash, first }) => ({
    teamId,
    seq,
    hash,
    first,
  }));
  return { month, pieces };
}

/**
 * Why a month must stay, each in one sentence, at most three: it holds events of a plan or a run that is not over, or
 * of a run that such a plan is to take back; or links of it, or of earlier, wait in the default partition.
 */
export async function reasonsToStay(queries: Queries, month: string): Promise<readonly string[]> {
  const table = partitionOf(month);
  const rows = await queries.query<{ reason: string }>(
    `with open_plans as (
       select p.id, p.status, p.state #>> '{origin,runId}' as origin from plans p
       where p.status in ('awaiting-approval', 'approved')
         or (${REVIEW_OPEN})
       union
       select p.id, 'run ' || r.status, p.state #>> '{origin,runId}' from runs r join plans p on p.id = r.plan_id
       where not countersign_run_ended(r.status)
     ), reasons as (
       select format('It holds events of plan %s, which is not over (%s).', o.id, o.status) as reason
       from open_plans o where exists (select from ${table} l where l.plan_id = o.id)
       union all
       select format('It holds events of run %s, which plan %s is to take back.', o.origin, o.id)
       from open_plans o where o.origin is not null and exists (select from ${table} l where l.run_id = o.origin)
       union all
       select 'Links of it, or of a month before it, wait in the default partition.'
       where exists (select from audit_links_default d where d.month <= ($1 || '-01')::date)
     )
     select reason from reasons order by reason limit 3`,
    [month],
  );
  return rows.map(({ reason }) => reason);
}

/** The rows of a month, each workspace's in the order of its chain. */
export async function* rowsOfMonth(
  database: Database,
  { pieces }: LogMonth,
): AsyncIterable<AuditRow> {
  for (const { teamId, first, seq: last } of pieces) {
    for (let after = first - 1; after < last;) {
      const page = await typedQueries(database)
        .select()
        .from(auditEvents)
        .where(
          and(
            eq(auditEvents.teamId, teamId),
            gt(auditEvents.last, after),
            gt(auditEvents.seq, after),
            lte(auditEvents.last, last),
          ),
        )
        .orderBy(asc(auditEvents.last), asc(auditEvents.seq))
        .limit(PAGE);
      const end = page.at(-1);
      if (end === undefined)
        throw new Error(
          `The log has no row of ${teamId} after ${after}, expected some up to ${last}.`,
        );
      yield* page;
      after = end.seq;
    }
  }
}

/**
 * Takes the month off, keeps the anchors and says so in each chain, all at once. Waits at most half a second for
 * whoever reads or writes the log, and meanwhile keeps others from it.
 * @param entries what is said of it, which goes into the months that stay.
 */
export async function detachMonth(
  database: Database,
  { month, pieces }: LogMonth,
  { entries, at }: { readonly entries: readonly AuditEntry[]; readonly at: Instant },
): Promise<Detached> {
  const partition = partitionOf(month);
  const table = partition.replace("audit_links_", "audit_detached_");
  try {
    return await database.transaction(async (queries): Promise<Detached> => {
      // Shorter than the second after which Postgres looks for deadlocks, and ends one of those who wait.
      await queries.query("set local lock_timeout = '500ms'");
      // As whoever appends: the heads first. Nobody who has one of them waits for the log's table then.
      await queries.query("select 1 from audit_heads order by team_id for update");
      await queries.query("lock table audit_links in access exclusive mode");
      const now = await logMonth(queries, month);
      const reasons = await reasonsToStay(queries, month);
      if (reasons.length > 0 || JSON.stringify(now.pieces) !== JSON.stringify(pieces))
        return { status: "changed" };
      for (const { teamId, seq, hash } of pieces)
        await queries.query(
          `insert into audit_anchors (team_id, month, seq, hash, detached_at)
           values ($1, ($2 || '-01')::date, $3, decode($4, 'hex'), $5)`,
          [teamId, month, seq, hash, at],
        );
      await queries.query(`alter table audit_links detach partition ${partition}`);
      await queries.query(`alter table ${partition} rename to ${table}`);
      await queries.query("select countersign_append_entries($1::text::jsonb)", [
        JSON.stringify(entries.map(entryDocument)),
      ]);
      return { status: "detached", table };
    });
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === LOCK_NOT_AVAILABLE)
      return { status: "busy" };
    throw error;
  }
}

const LOCK_NOT_AVAILABLE = "55P03";

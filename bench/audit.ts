// How many events the log takes in a second through the writes that the program makes, what the log costs beside the
// rest of such a write, and what it costs to keep it by month.

import type postgres from "postgres";
import { createAuditLog } from "../src/adapters/postgres/audit-log.ts";
import type { Database } from "../src/adapters/postgres/database.ts";
import { openServerDatabase } from "../src/adapters/postgres/postgres-js-database.ts";
import type { ClaimedRun } from "../src/engine/run-store.ts";
import type { RunEvent } from "../src/engine/run.ts";
import {
  aWorkspace,
  claimRuns,
  flushOf,
  openStores,
  started,
  succeeded,
} from "../test/contract/store-world.ts";
import type { Stores } from "../test/contract/store-world.ts";
import { databaseUrl } from "../test/servers/database-url.ts";
import { figure, median, table } from "./figures.ts";
import { atLeast } from "./report.ts";
import type { Report } from "./report.ts";
import { interleaved, ratio } from "./rounds.ts";
import { onServer } from "./servers.ts";
import type { Servers } from "./servers.ts";

const SECONDS = 3;
/** As many runs as `w1` has under way. */
const AT_ONCE = 50;
/** Three steps that began and ended: what a stage of `w1` says at once. */
const EVENTS: readonly RunEvent[] = ["a", "b", "c"].flatMap((step) => [
  started(step),
  succeeded(step),
]);
const MANY_MONTHS = 24;

type Figure = { readonly events: number; readonly flushMs: number };
type Contender = {
  readonly name: string;
  /** Makes of a copy of the migrated database what is measured. */
  readonly prepare: (sql: postgres.Sql) => Promise<unknown>;
  readonly logs: boolean;
};

const CONTENDERS: readonly Contender[] = [
  { name: "by month, as it is made", prepare: async () => undefined, logs: true },
  { name: `by month, ${MANY_MONTHS} months more`, prepare: manyMonths, logs: true },
  { name: "in one table, as before there were months", prepare: oneTable, logs: true },
  { name: "the same writes without the log", prepare: noLog, logs: false },
];

export async function benchAudit(
  servers: Servers,
  { rounds }: { readonly rounds: number },
): Promise<Report> {
  const copies: string[] = [];
  while (copies.length < CONTENDERS.length) copies.push(await copyOf(servers, copies.length));
  try {
    for (const [index, { prepare }] of CONTENDERS.entries())
      await onServer(copies[index] ?? "", prepare);
    const figures = await interleaved(
      CONTENDERS.map(({ name, logs }, index) => ({
        name,
        measure: () => measureFlushes(copies[index] ?? "", logs),
      })),
      rounds,
    );
    const decisions = await interleaved(
      [1, 20].map((size) => ({
        name: String(size),
        measure: () => measureDecisions(copies[0] ?? "", size),
      })),
      rounds,
    );
    return reportOf(figures, decisions, rounds);
  } finally {
    for (const copy of copies)
      await onServer(
        servers.databaseUrl,
        (sql) => sql`DROP DATABASE ${sql(nameOf(copy))} WITH (FORCE)`,
      );
  }
}

function reportOf(
  figures: readonly (readonly Figure[])[],
  decisions: readonly (readonly number[])[],
  rounds: number,
): Report {
  const events = figures.map((own) => own.map((one) => one.events));
  const [months = [], many = [], one = [], none = []] = events;
  const rows = CONTENDERS.map(({ name }, index) => {
    const own = events[index] ?? [];
    const flushMs = median((figures[index] ?? []).map((figureOf) => figureOf.flushMs));
    return [
      name,
      ...[median(own), Math.min(...own), Math.max(...own), flushMs, ratio(own, none)].map(figure),
    ];
  });
  const [single = [], batch = []] = decisions;
  return {
    text: [
      `audit: flushes of ${EVENTS.length} events, ${AT_ONCE} at once, ${SECONDS} s each, ${rounds} interleaved rounds`,
      "",
      table(["the log", "events/s", "min", "max", "ms a flush alone", "of no log"], rows),
      `with ${MANY_MONTHS} months more: ${figure(ratio(many, months))} of it; by month: ${figure(ratio(months, one))} of one table`,
      "",
      `decisions one by one, ${AT_ONCE} at once: ${figure(median(single))} events/s; 20 in one write: ${figure(median(batch))}`,
    ].join("\n"),
    verdicts: [atLeast("audit: events/s through flushes of runs", 5_000, median(months))],
  };
}

async function measureFlushes(url: string, logs: boolean): Promise<Figure> {
  return withStores(url, async (stores) => {
    const workspace = aWorkspace();
    const runs = await claimRuns(stores, workspace, AT_ONCE);
    const flush = async (run: ClaimedRun) => {
      const answer = await stores.runs.flush(flushOf(run, EVENTS));
      if (answer.kind !== "written") throw new Error(`a flush was answered ${answer.kind}`);
    };
    const before = await countOf(stores.database, workspace.teamId);
    const count = await during((worker) => flush(worker(runs)));
    const alone = await alonePerCall(() => flush(runs[0] ?? never()));
    const written = (await countOf(stores.database, workspace.teamId)) - before;
    const expected = logs ? (count.calls + alone.calls) * EVENTS.length : 0;
    if (written !== expected)
      throw new Error(`the log has ${written} events more, expected ${expected}`);
    await stores.database.query(
      "update runs set status = 'canceled', owner = null, claimable_at = null",
    );
    return { events: (count.calls * EVENTS.length) / count.seconds, flushMs: alone.ms };
  });
}

async function measureDecisions(url: string, size: number): Promise<number> {
  return withStores(url, async ({ database }) => {
    const workspace = aWorkspace();
    const audit = createAuditLog(database);
    const entries = Array.from({ length: size }, () => workspace.entry());
    const { calls, seconds } = await during(() => audit.append(entries));
    if ((await countOf(database, workspace.teamId)) !== calls * size)
      throw new Error("the log does not have what was appended");
    return (calls * size) / seconds;
  });
}

/** Calls, {@link AT_ONCE} at once, until the time is over. `worker` picks what belongs to the caller. */
async function during(
  call: (worker: <T>(all: readonly T[]) => T) => Promise<unknown>,
): Promise<{ readonly calls: number; readonly seconds: number }> {
  const begun = performance.now();
  let calls = 0;
  await Promise.all(
    Array.from({ length: AT_ONCE }, async (_, index) => {
      while (performance.now() - begun < SECONDS * 1_000) {
        await call((all) => all[index] ?? never());
        calls += 1;
      }
    }),
  );
  return { calls, seconds: (performance.now() - begun) / 1_000 };
}

/** Milliseconds of one call when nothing else happens, the median of a hundred. */
async function alonePerCall(call: () => Promise<unknown>) {
  const times: number[] = [];
  while (times.length < 100) {
    const begun = performance.now();
    await call();
    times.push(performance.now() - begun);
  }
  return { calls: times.length, ms: median(times) };
}

async function countOf(database: Database, teamId: string): Promise<number> {
  const [row] = await database.query<{ count: number }>(
    "select coalesce(sum(cardinality(kinds)), 0)::integer as count from audit_links where team_id = $1",
    [teamId],
  );
  return row?.count ?? 0;
}

async function withStores<T>(url: string, work: (stores: Stores) => Promise<T>): Promise<T> {
  const database = await openServerDatabase(url);
  try {
    return await work(openStores(database));
  } finally {
    await database.close();
  }
}

async function copyOf({ databaseUrl: url }: Servers, index: number): Promise<string> {
  const copy = databaseUrl(url, `${nameOf(url)}_${index}`);
  const server = databaseUrl(url, "postgres");
  await onServer(
    server,
    (sql) => sql`CREATE DATABASE ${sql(nameOf(copy))} TEMPLATE ${sql(nameOf(url))}`,
  );
  return copy;
}

function nameOf(url: string): string {
  return new URL(url).pathname.slice(1);
}

async function manyMonths(sql: postgres.Sql): Promise<void> {
  for (let month = 0; month < MANY_MONTHS; month += 1) {
    const first = new Date(Date.UTC(2023, month, 1)).toISOString().slice(0, 10);
    await sql`select countersign_open_month(${first}::date)`;
  }
}

/** With the same columns, indexes and triggers as the partitioned one. */
async function oneTable(sql: postgres.Sql): Promise<void> {
  await sql.unsafe(`
    alter table audit_links rename to audit_links_by_month;
    create table audit_links (like audit_links_by_month including all) with (toast_tuple_target = 8160);
    create trigger audit_links_append_only before update or delete on audit_links
      for each row execute function countersign_append_only();`);
}

async function noLog(sql: postgres.Sql): Promise<void> {
  await sql.unsafe(`
    create or replace function countersign_append(
      teams text[], ats bigint[], actors text[], conversations text[], plans text[], runs text[],
      kinds text[], data text[], digests text[]
    ) returns void language plpgsql security definer set search_path = public, pg_temp as $$ begin end $$`);
}

function never(): never {
  throw new Error("fewer runs than callers");
}

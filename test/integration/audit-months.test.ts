// What the months of the audit log owe to what was written before there were any, and to whoever reads meanwhile.

import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { migrate } from "drizzle-orm/pg-proxy/migrator";
import { afterAll, beforeAll, expect, test } from "vitest";
import { exportAudit } from "#adapters/audit-file/export-audit.ts";
import { createAuditLog } from "#adapters/postgres/audit-log.ts";
import type { Database } from "#adapters/postgres/database.ts";
import { migrateDatabase } from "#adapters/postgres/migrate.ts";
import { openEmbeddedDatabase } from "#adapters/postgres/pglite-database.ts";
import { openServerDatabase } from "#adapters/postgres/postgres-js-database.ts";
import { typedQueries } from "#adapters/postgres/typed-queries.ts";
import { aWorkspace, collect } from "#test/contract/store-world.ts";
import type { TestDatabase } from "#test/servers/postgres.ts";
import { createTestDatabase } from "#test/servers/postgres.ts";

let clone: TestDatabase;
let database: Database;
let folder: string;

beforeAll(async () => {
  clone = await createTestDatabase();
  database = await openServerDatabase(clone.url);
  folder = await migrationsUntil("0009_certain-writes");
});

afterAll(async () => {
  await database.close();
  await clone.drop();
  await rm(folder, { recursive: true });
});

test.for(["a Postgres server", "PGlite"])(
  "rows from before there were months are exported as before, and in their months, on %s",
  { timeout: 60_000 },
  async (where) => {
    const before = where === "PGlite" ? await openEmbeddedDatabase(null) : await emptied();
    await before.transaction((queries) =>
      migrate(
        typedQueries(queries),
        async (statements) => {
          for (const statement of statements) await queries.query(statement);
        },
        { migrationsFolder: folder },
      ),
    );
    const audit = createAuditLog(before);
    const [one, other] = [aWorkspace(), aWorkspace()];
    const dates = [Date.UTC(2024, 0, 31), Date.UTC(2024, 2, 1), Date.UTC(2024, 1, 1), Date.now()];
    for (const at of dates)
      await audit.append([one.entry({ at }), other.entry({ at, planId: "pl-1" })]);
    const lines = await exported(before, [one.teamId, other.teamId]);
    expect(lines).toHaveLength(8);
    await migrateDatabase(before);
    expect(await exported(before, [one.teamId, other.teamId])).toEqual(lines);
    await audit.append([one.entry()]);
    expect(await exported(before, [one.teamId])).toHaveLength(5);
    const places = await before.query<{ place: string }>(
      "select tableoid::regclass::text as place from audit_links where team_id = $1 order by seq limit 3",
      [other.teamId],
    );
    expect(places.map(({ place }) => place)).toEqual([
      "audit_links_2024_01",
      "audit_links_2024_03",
      "audit_links_2024_03",
    ]);
    await before.close();
    if (where !== "PGlite") await empty?.drop();
  },
);

let empty: TestDatabase | null = null;

async function emptied(): Promise<Database> {
  empty = await createTestDatabase();
  const server = await openServerDatabase(empty.url);
  await server.query("drop schema public cascade");
  await server.query("create schema public");
  await server.query("drop schema drizzle cascade");
  return server;
}

test("nobody who appends waits for a reader when the month changes", async () => {
  const audit = createAuditLog(database);
  const workspace = aWorkspace();
  const read = Promise.withResolvers<void>();
  const appended = Promise.withResolvers<void>();
  const reader = database.transaction(async (queries) => {
    await queries.query("select count(*) from audit_links");
    read.resolve();
    await appended.promise;
  });
  await read.promise;
  // Two months at once, and the reader has a lock on the default that making a month needs.
  await audit.append([
    workspace.entry({ at: Date.UTC(2018, 0, 1) }),
    workspace.entry({ at: Date.UTC(2018, 1, 1) }),
  ]);
  appended.resolve();
  await reader;
  const inDefault = () =>
    database.query<{ month: string }>(
      "select month::text as month from audit_links_default order by 1",
    );
  expect(await inDefault()).toEqual([{ month: "2018-01-01" }, { month: "2018-02-01" }]);
  expect(await exported(database, [workspace.teamId])).toHaveLength(2);
  await database.query("select countersign_open_months()");
  expect(await inDefault()).toEqual([]);
  expect(await exported(database, [workspace.teamId])).toHaveLength(2);
});

async function exported(from: Database, teams: readonly string[]): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const teamId of teams) {
    const rows = createAuditLog(from).rows({ teamId, limit: Number.MAX_SAFE_INTEGER });
    lines.push(...(await collect(exportAudit(rows))));
  }
  return lines;
}

/** A folder of the migrations up to this one. */
async function migrationsUntil(tag: string): Promise<string> {
  const copy = await mkdtemp(path.join(tmpdir(), "countersign-migrations-"));
  await cp(new URL("../../drizzle", import.meta.url), copy, { recursive: true });
  const file = path.join(copy, "meta", "_journal.json");
  const journal = JSON.parse(await readFile(file, "utf8")) as { entries: { tag: string }[] };
  const last = journal.entries.findIndex((entry) => entry.tag === tag);
  await writeFile(
    file,
    JSON.stringify({ ...journal, entries: journal.entries.slice(0, last + 1) }),
  );
  return copy;
}

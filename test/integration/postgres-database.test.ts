// What holds of a Postgres server whatever happens to its connections, and of migrating it.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Database } from "#adapters/postgres/database.ts";
import { migrateDatabase } from "#adapters/postgres/migrate.ts";
import { openServerDatabase } from "#adapters/postgres/postgres-js-database.ts";
import type { TestDatabase } from "#test/servers/postgres.ts";
import { createTestDatabase } from "#test/servers/postgres.ts";

let clone: TestDatabase;
let database: Database;
let other: Database;

beforeAll(async () => {
  clone = await createTestDatabase();
  database = await openServerDatabase(clone.url);
  other = await openServerDatabase(clone.url, { connections: 1 });
});

afterAll(async () => {
  await Promise.all([database.close(), other.close()]);
  await clone.drop();
});

/** As a restart of the server does: every connection but the one that asks is cut. */
async function cutConnections(): Promise<void> {
  await other.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
  );
}

describe("transactions", () => {
  test("share a connection with nobody", async () => {
    const seen = await Promise.all(
      Array.from({ length: 100 }, async (_, index) => {
        if (index % 2 === 0) {
          const [row] = await database.query<{ seen: boolean }>(
            "select to_regclass('pg_temp.mine') is not null as seen",
          );
          return row?.seen;
        }
        const work = database.transaction(async (queries) => {
          await queries.query("create temp table mine (a integer)");
          await queries.query("select 1");
          throw new Error("undo");
        });
        await expect(work).rejects.toThrow("undo");
        return false;
      }),
    );
    expect(seen).not.toContain(true);
  });

  test("whose connection was lost are refused, and nothing runs outside of them", async () => {
    await database.query("create table outside (a integer)");
    const work = database.transaction(async (queries) => {
      await queries.query("insert into outside values (1)");
      await cutConnections();
      await queries.query("insert into outside values (2)").catch(() => undefined);
      await queries.query("insert into outside values (3)");
    });
    await expect(work).rejects.toThrow(/lost|closed|reset|terminat/i);
    await expect
      .poll(() => database.query("select a from outside").catch(() => "not yet"))
      .toEqual([]);
  });
});

describe("after every connection was cut", () => {
  test("a statement sent at once is answered or refused, and the next ones are answered", async () => {
    for (let round = 0; round < 5; round += 1) {
      await Promise.all(Array.from({ length: 8 }, () => database.query("select 1")));
      await cutConnections();
      // Two in a row: the second one is sent while the connection is ending.
      for (let again = 0; again < 2; again += 1) {
        await Promise.allSettled(Array.from({ length: 16 }, () => database.query("select 1")));
      }
      await expect
        .poll(() => database.query("select 7 as a").catch(() => "not yet"), { timeout: 10_000 })
        .toEqual([{ a: 7 }]);
    }
  });

  test("a listener hears again, and is told that it may have missed something", async () => {
    const heard: string[] = [];
    let begun = 0;
    const stop = await database.listen(
      "gossip",
      (payload) => heard.push(payload),
      () => {
        begun += 1;
      },
    );
    await other.query("select pg_notify('gossip', 'before')");
    await expect.poll(() => heard).toEqual(["before"]);
    await cutConnections();
    await expect.poll(() => begun, { timeout: 10_000 }).toBe(2);
    await other.query("select pg_notify('gossip', 'after')");
    await expect.poll(() => heard).toEqual(["before", "after"]);
    await stop();
  });
});

describe("migrating", () => {
  test("by four processes at once happens once", async () => {
    const empty = await createTestDatabase();
    const admin = await openServerDatabase(empty.url, { connections: 1 });
    await admin.query("drop schema public cascade");
    await admin.query("create schema public");
    await admin.query("drop schema drizzle cascade");
    await Promise.all(Array.from({ length: 4 }, () => migrateDatabase(empty.url)));
    const rows = await admin.query<{ hash: string }>(
      "select hash from drizzle.__drizzle_migrations",
    );
    expect(rows.length).toBeGreaterThan(0);
    expect(new Set(rows.map(({ hash }) => hash)).size).toBe(rows.length);
    expect(await admin.query("select count(*) as count from audit_events")).toEqual([{ count: 0 }]);
    await admin.close();
    await empty.drop();
  });

  test("leaves every function of a hot path with the settings that its lookups by key need", async () => {
    const hot = [
      "countersign_append_entries",
      "countersign_claim",
      "countersign_control",
      "countersign_file_plan",
      "countersign_flush",
      "countersign_write_plan",
    ];
    const settings =
      "{plan_cache_mode=force_generic_plan,enable_seqscan=off,enable_hashjoin=off,enable_mergejoin=off,jit=off}";
    expect(
      await database.query(
        `select proname as name, proconfig::text as settings from pg_proc
         where proname = any(string_to_array($1, ',')) order by proname`,
        [hot.join(",")],
      ),
    ).toEqual(hot.map((name) => ({ name, settings })));
  });
});

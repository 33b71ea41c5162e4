// Gives a test file a database of its own: a clone of the migrated template, dropped afterwards, and
// an error when something is still connected to it by then.
import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import postgres from "postgres";
import { inject } from "vitest";
import { databaseUrl } from "./database-url.ts";

export type TestDatabase = {
  readonly url: string;
  /** Removes the database. Rejects, after removing it, when a connection to it was left open. */
  drop(): Promise<void>;
};

const open = new Map<string, TestDatabase>();

/** Clones the migrated template. Call `drop` when done, after closing every connection. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const server = inject("postgres");
  const name = `countersign_test_${randomBytes(8).toString("hex")}`;
  await withServer(
    server.url,
    (sql) => sql`CREATE DATABASE ${sql(name)} TEMPLATE ${sql(server.template)}`,
  );
  const database: TestDatabase = {
    url: databaseUrl(server.url, name),
    async drop() {
      open.delete(name);
      await withServer(server.url, async (sql) => {
        const left = await connectionsLeft(sql, name);
        await sql`DROP DATABASE ${sql(name)} WITH (FORCE)`;
        if (left.length > 0) {
          throw new Error(`connections left open on the test database:\n${left.join("\n")}`);
        }
      });
    },
  };
  open.set(name, database);
  return database;
}

/** Drops the databases that nobody dropped and gives their number. */
export async function dropForgottenDatabases(): Promise<number> {
  const forgotten = [...open.values()];
  for (const database of forgotten) await database.drop();
  return forgotten.length;
}

/** What is still connected after a moment: a closed socket is seen by Postgres a little later. */
async function connectionsLeft(sql: postgres.Sql, database: string): Promise<string[]> {
  const deadline = performance.now() + 2_000;
  for (;;) {
    const rows = await sql<{ application: string; state: string | null; query: string }[]>`
      SELECT application_name AS application, state, query
      FROM pg_stat_activity
      WHERE datname = ${database} AND backend_type = 'client backend'`;
    if (rows.length === 0 || performance.now() > deadline) {
      return rows.map((row) => `${row.application} (${row.state ?? "unknown"}): ${row.query}`);
    }
    await delay(20);
  }
}

async function withServer<T>(url: string, work: (sql: postgres.Sql) => PromiseLike<T>): Promise<T> {
  const sql = postgres(url, { max: 1, onnotice: () => undefined });
  try {
    return await work(sql);
  } finally {
    await sql.end();
  }
}

// The Postgres and the Redis that are measured against: the ones the environment names, else servers of our
// own, found as the tests find them. A database of its own is made for the measurement and removed after it.

import { randomBytes } from "node:crypto";
import postgres from "postgres";
import { migrateDatabase } from "../src/adapters/postgres/migrate.ts";
import { databaseUrl } from "../test/servers/database-url.ts";
import { openPostgres } from "../test/servers/postgres-server.ts";
import { openRedis } from "../test/servers/redis-server.ts";

export type Servers = {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly close: () => Promise<void>;
};

/** @throws when a server can't be started or the database can't be made; nothing stays then. */
export async function openServers(): Promise<Servers> {
  const endings: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const end of endings.splice(0).toReversed()) await end();
  };
  try {
    const server = await openPostgres(process.env["DATABASE_URL"]);
    endings.push(() => server.stop());
    const redis = await openRedis(process.env["REDIS_URL"]);
    endings.push(() => redis.stop());
    const name = `countersign_bench_${randomBytes(4).toString("hex")}`;
    await onServer(server.url, (sql) => sql`CREATE DATABASE ${sql(name)}`);
    endings.push(() => onServer(server.url, (sql) => sql`DROP DATABASE ${sql(name)} WITH (FORCE)`));
    const url = databaseUrl(server.url, name);
    await migrateDatabase(url);
    return { databaseUrl: url, redisUrl: redis.url, close };
  } catch (error) {
    await close();
    throw error;
  }
}

export async function onServer(
  url: string,
  work: (sql: postgres.Sql) => PromiseLike<unknown>,
): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => undefined });
  try {
    await work(sql);
  } finally {
    await sql.end();
  }
}

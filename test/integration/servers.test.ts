// The servers that all cross-file tests stand on: a database of one's own and a Redis that runs BullMQ.
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { Queue, Worker } from "bullmq";
import { Redis } from "ioredis";
import postgres from "postgres";
import { describe, expect, inject, test } from "vitest";
import { createTestDatabase } from "#test/servers/postgres.ts";
import { createTestRedis, shareTestRedis } from "#test/servers/redis.ts";

describe("a test database", () => {
  test("is a clone of the migrated template", async () => {
    const database = await createTestDatabase();
    const sql = postgres(database.url, { max: 1 });
    const tables =
      await sql`SELECT 1 FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`;
    await sql.end();
    await database.drop();
    expect(tables.length).toBeGreaterThan(0);
  });

  test("shares nothing with another one", async () => {
    const [one, other] = await Promise.all([createTestDatabase(), createTestDatabase()]);
    const sqlOne = postgres(one.url, { max: 1 });
    const sqlOther = postgres(other.url, { max: 1 });
    await sqlOne`CREATE TABLE only_here (id int)`;
    const found = await sqlOther`SELECT 1 FROM pg_tables WHERE tablename = 'only_here'`;
    await Promise.all([sqlOne.end(), sqlOther.end()]);
    await Promise.all([one.drop(), other.drop()]);
    expect(found).toHaveLength(0);
  });

  test("can't be dropped in silence while somebody is connected", async () => {
    const database = await createTestDatabase();
    const sql = postgres(database.url, { max: 1, connection: { application_name: "forgetful" } });
    await sql`SELECT 1`;
    await expect(database.drop()).rejects.toThrow(/connections left open.*\n.*forgetful/);
    await sql.end();
  });

  test("the template itself refuses connections", async () => {
    const { url, template } = inject("postgres");
    const address = new URL(url);
    address.pathname = `/${template}`;
    const sql = postgres(address.href, { max: 1 });
    await expect(sql`SELECT 1`).rejects.toThrow(/not currently accepting connections/);
    await sql.end();
  });
});

describe("the Redis of the run", () => {
  test("runs a BullMQ job", async () => {
    const redis = shareTestRedis();
    expect(await roundTrip(redis.url, redis.prefix)).toBe("did it");
    await redis.clear();
  });

  test("keeps nothing under the prefix after it was cleared", async () => {
    const redis = shareTestRedis();
    await roundTrip(redis.url, redis.prefix);
    await redis.clear();
    const client = new Redis(redis.url);
    const [, keys] = await client.scan("0", "MATCH", `${redis.prefix}*`, "COUNT", 100_000);
    client.disconnect();
    expect(keys).toEqual([]);
  });
});

describe("a Redis of one's own", () => {
  test("runs a BullMQ job and loses it all when flushed", async () => {
    const redis = await createTestRedis();
    expect(await roundTrip(redis.url, "bull")).toBe("did it");
    const client = new Redis(redis.url);
    expect(await client.dbsize()).toBeGreaterThan(0);
    await redis.flush();
    expect(await client.dbsize()).toBe(0);
    client.disconnect();
    await redis.stop();
  });

  test("comes back empty at the same address after it was killed", async () => {
    const redis = await createTestRedis();
    const client = new Redis(redis.url);
    client.on("error", () => undefined);
    await client.set("key", "value");
    const dropped = once(client, "close");
    await redis.kill();
    await dropped;
    await redis.start();
    expect(await client.get("key")).toBeNull();
    client.disconnect();
    await redis.stop();
  });
});

/** Sends a job through a queue of its own and gives what the worker answered. */
async function roundTrip(url: string, prefix: string): Promise<unknown> {
  const options = { connection: { url }, prefix };
  const name = `queue-${randomUUID()}`;
  const worker = new Worker(name, () => Promise.resolve("did it"), options);
  const completed = once(worker, "completed");
  const queue = new Queue(name, options);
  await queue.add("job", {});
  const [, answer] = await completed;
  await Promise.all([worker.close(), queue.close()]);
  return answer;
}

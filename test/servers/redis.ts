// Gives a test file its corner of the shared Redis, or a Redis of its own that it may flush, kill and
// start again.
import { randomBytes } from "node:crypto";
import { Redis } from "ioredis";
import { inject } from "vitest";
import { launchRedis, redisUrlAt, type RedisProgram } from "./redis-server.ts";
import { freePort } from "./server-process.ts";

export type SharedRedis = {
  readonly url: string;
  /** For BullMQ's `prefix`: keeps apart the files that share the server. */
  readonly prefix: string;
  /** Removes the keys under the prefix. */
  clear(): Promise<void>;
};

/** A corner of the Redis that all test files share. Call `clear` when done. */
export function shareTestRedis(): SharedRedis {
  const { url } = inject("redis");
  const prefix = `countersign-test-${randomBytes(8).toString("hex")}`;
  return { url, prefix, clear: () => withClient(url, (client) => removeKeys(client, prefix)) };
}

export type TestRedis = {
  readonly url: string;
  readonly program: RedisProgram;
  /** Loses everything, as an empty restart would, with connections kept. */
  flush(): Promise<void>;
  /** Ends the server without a goodbye. */
  kill(): Promise<void>;
  /** Starts it again, empty, at the same address. Call after `kill`. */
  start(): Promise<void>;
  stop(): Promise<void>;
};

/** A Redis for one test alone, even when the others share the one at REDIS_URL. */
export async function createTestRedis(): Promise<TestRedis> {
  const { program } = inject("redis");
  const port = await freePort();
  const url = redisUrlAt(port);
  let server = await launchRedis(program, port);
  return {
    url,
    program,
    flush: () => withClient(url, async (client) => void (await client.flushall())),
    kill: () => server.stop("SIGKILL"),
    async start() {
      server = await launchRedis(program, port);
    },
    stop: () => server.stop("SIGTERM"),
  };
}

async function removeKeys(client: Redis, prefix: string): Promise<void> {
  let cursor = "0";
  do {
    const [next, keys] = await client.scan(cursor, "MATCH", `${prefix}*`, "COUNT", 1_000);
    if (keys.length > 0) await client.del(keys);
    cursor = next;
  } while (cursor !== "0");
}

async function withClient(url: string, work: (client: Redis) => Promise<void>): Promise<void> {
  const client = new Redis(url, { maxRetriesPerRequest: 1 });
  try {
    await work(client);
  } finally {
    client.disconnect();
  }
}

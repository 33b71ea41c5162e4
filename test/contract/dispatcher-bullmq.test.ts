// The dispatcher's contract through BullMQ on a real Redis, and what holds when Redis is gone.

import { randomUUID } from "node:crypto";
import { afterAll, describe, expect, test } from "vitest";
import { createBullmqDispatcher } from "#adapters/bullmq/bullmq-dispatcher.ts";
import { createTestRedis, shareTestRedis } from "#test/servers/redis.ts";
import { dispatcherSuite, hear } from "./dispatcher.suite.ts";

describe("a dispatcher on Redis", () => {
  const redis = shareTestRedis();
  afterAll(() => redis.clear());

  const open = (prefix = `${redis.prefix}-${randomUUID()}`) => {
    const errors: unknown[] = [];
    const onError = (error: unknown) => errors.push(error);
    return { dispatcher: createBullmqDispatcher({ redisUrl: redis.url, prefix, onError }), errors };
  };

  dispatcherSuite(() => open());

  test("rings in one process are heard in another, each by one", async () => {
    const prefix = `${redis.prefix}-${randomUUID()}`;
    const [bot, one, other] = [open(prefix), open(prefix), open(prefix)];
    const first = await hear(one.dispatcher, "runs");
    const second = await hear(other.dispatcher, "runs");
    for (let count = 0; count < 20; count += 1) await bot.dispatcher.ring("runs", `run-${count}`);
    await expect.poll(() => first.heard.length + second.heard.length).toBe(20);
    expect(new Set([...first.heard, ...second.heard]).size).toBe(20);
    await Promise.all([bot, one, other].map(({ dispatcher }) => dispatcher.close()));
  });
});

describe("without Redis", () => {
  test("a ring answers false soon, and closing ends", async () => {
    const redis = await createTestRedis();
    const dispatcher = createBullmqDispatcher({ redisUrl: redis.url, onError: () => undefined });
    await hear(dispatcher, "runs");
    expect(await dispatcher.ring("runs", "run-1")).toBe(true);
    await redis.kill();
    const began = performance.now();
    expect(await dispatcher.ring("runs", "run-2")).toBe(false);
    expect(await dispatcher.healthy()).toBe(false);
    expect(performance.now() - began).toBeLessThan(5_000);
    await dispatcher.close();
    expect(performance.now() - began).toBeLessThan(15_000);
  });

  test("a dispatcher that starts before Redis does rings once it is there", async () => {
    const redis = await createTestRedis();
    await redis.kill();
    const dispatcher = createBullmqDispatcher({ redisUrl: redis.url, onError: () => undefined });
    const { heard } = await hear(dispatcher, "runs");
    expect(await dispatcher.ring("runs", "too-early")).toBe(false);
    await redis.start();
    await expect.poll(() => dispatcher.ring("runs", "in-time"), { timeout: 10_000 }).toBe(true);
    await expect.poll(() => heard, { timeout: 10_000 }).toContain("in-time");
    await dispatcher.close();
    await redis.stop();
  });

  test("workers hear rings again after Redis came back with nothing in it", async () => {
    const redis = await createTestRedis();
    const dispatcher = createBullmqDispatcher({ redisUrl: redis.url, onError: () => undefined });
    const { heard, until } = await hear(dispatcher, "runs");
    await dispatcher.ring("runs", "before");
    await until(1);
    await redis.kill();
    await redis.start();
    await expect.poll(() => dispatcher.ring("runs", "after"), { timeout: 10_000 }).toBe(true);
    await expect.poll(() => heard, { timeout: 15_000 }).toContain("after");
    await redis.flush();
    await expect.poll(() => dispatcher.ring("runs", "flushed"), { timeout: 10_000 }).toBe(true);
    await expect.poll(() => heard, { timeout: 15_000 }).toContain("flushed");
    await dispatcher.close();
    await redis.stop();
  });
});

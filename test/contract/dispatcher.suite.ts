// The rules every dispatcher keeps, in one process and through Redis.

import { afterEach, describe, expect, test } from "vitest";
import type { Bell, Dispatcher } from "#engine/dispatcher.ts";

export type DispatcherUnderTest = {
  readonly dispatcher: Dispatcher;
  /** What was told to `onError`. */
  readonly errors: readonly unknown[];
};

export function dispatcherSuite(open: () => DispatcherUnderTest): void {
  const opened: DispatcherUnderTest[] = [];
  const start = (): DispatcherUnderTest => {
    const one = open();
    opened.push(one);
    return one;
  };
  afterEach(async () => {
    await Promise.all(opened.splice(0).map(({ dispatcher }) => dispatcher.close()));
  });

  test("a ring reaches the listener of its bell with its id", async () => {
    const { dispatcher } = start();
    const runs = await hear(dispatcher, "runs");
    const outbox = await hear(dispatcher, "outbox");
    expect(await dispatcher.ring("runs", "run-1")).toBe(true);
    expect(await dispatcher.ring("outbox", "due")).toBe(true);
    await runs.until(1);
    await outbox.until(1);
    expect([runs.heard, outbox.heard]).toEqual([["run-1"], ["due"]]);
  });

  test("rings wait for a listener, those of one id as one", async () => {
    const { dispatcher } = start();
    for (let count = 0; count < 5; count += 1) await dispatcher.ring("runs", "run-1");
    await dispatcher.ring("runs", "run-2");
    const { heard, until } = await hear(dispatcher, "runs");
    await until(2);
    expect(heard).toEqual(["run-1", "run-2"]);
  });

  test("a ring for what is being handled is heard again afterwards", async () => {
    const { dispatcher } = start();
    const gate = aGate();
    const { heard, until } = await hear(dispatcher, "runs", 1, () => gate.opened);
    await dispatcher.ring("runs", "run-1");
    await until(1);
    await dispatcher.ring("runs", "run-1");
    gate.open();
    await until(2);
    expect(heard).toEqual(["run-1", "run-1"]);
  });

  test("never more handlers run at once than asked for", async () => {
    const { dispatcher } = start();
    let running = 0;
    let most = 0;
    const { until } = await hear(dispatcher, "runs", 3, async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
    });
    for (let count = 0; count < 20; count += 1) await dispatcher.ring("runs", `run-${count}`);
    await until(20);
    expect(most).toBeLessThanOrEqual(3);
  });

  test("a delayed ring is heard after its delay, and not before", async () => {
    const { dispatcher } = start();
    const { heard, until } = await hear(dispatcher, "runs");
    const began = performance.now();
    expect(await dispatcher.ring("runs", "later", 150)).toBe(true);
    await dispatcher.ring("runs", "now");
    await until(2);
    expect(heard).toEqual(["now", "later"]);
    // Timers may fire up to a millisecond early.
    expect(performance.now() - began).toBeGreaterThanOrEqual(149);
  });

  test("a ring now is not lost to a later one that waits", async () => {
    const { dispatcher } = start();
    await dispatcher.ring("runs", "run-1", 60_000);
    const { heard, until } = await hear(dispatcher, "runs");
    await dispatcher.ring("runs", "run-1");
    await until(1);
    expect(heard).toEqual(["run-1"]);
  });

  test("a handler that rejects is told of, and the next ring is heard", async () => {
    const { dispatcher, errors } = start();
    const { until } = await hear(dispatcher, "runs", 1, (id) =>
      id === "bad" ? Promise.reject(new Error("broken handler")) : Promise.resolve(),
    );
    await dispatcher.ring("runs", "bad");
    await dispatcher.ring("runs", "good");
    await until(2);
    expect(errors.map(String)).toContain("Error: broken handler");
  });

  test("stopping waits for the handlers that run, and nothing is heard afterwards", async () => {
    const { dispatcher } = start();
    const gate = aGate();
    let finished = false;
    const { heard, until, stop } = await hear(dispatcher, "runs", 1, async () => {
      await gate.opened;
      finished = true;
    });
    await dispatcher.ring("runs", "run-1");
    await until(1);
    const stopped = stop();
    gate.open();
    await stopped;
    expect(finished).toBe(true);
    await dispatcher.ring("runs", "run-2");
    const next = await hear(dispatcher, "runs");
    await next.until(1);
    expect([heard, next.heard]).toEqual([["run-1"], ["run-2"]]);
  });

  describe("after closing", () => {
    test("a ring answers false and it is not healthy", async () => {
      const { dispatcher } = start();
      await hear(dispatcher, "runs");
      await dispatcher.ring("runs", "later", 60_000);
      expect(await dispatcher.healthy()).toBe(true);
      await dispatcher.close();
      expect(await dispatcher.ring("runs", "run-1")).toBe(false);
      expect(await dispatcher.healthy()).toBe(false);
    });
  });
}

/** Listens, and lets a test wait until so many rings were heard. */
export async function hear(
  dispatcher: Dispatcher,
  bell: Bell,
  concurrency = 1,
  handle: (id: string) => Promise<void> = () => Promise.resolve(),
) {
  const heard: string[] = [];
  const waiting = new Set<() => void>();
  const stop = await dispatcher.listen(bell, concurrency, (id) => {
    heard.push(id);
    for (const look of waiting) look();
    return handle(id);
  });
  const until = (count: number) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (heard.length < count) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });
  return { heard, until, stop };
}

function aGate() {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}

import { describe, expect, test } from "vitest";
import { switchPlan, switchStep } from "#test/builders/run-plans.ts";
import { createManualClock } from "#test/fakes/manual-clock.ts";
import { createMemoryTimingStore } from "#test/fakes/memory-timing-store.ts";
import { RunBench } from "#test/simulation/run-bench.ts";
import { Timings } from "./timings.ts";
import type { TimingStore } from "./timings.ts";

const ANN = { kind: "person", teamId: "T1", userId: "UANN" } as const;

function aBook(store: TimingStore = createMemoryTimingStore()) {
  const clock = createManualClock();
  const reports: unknown[] = [];
  const timings = new Timings({ store, clock, report: (error) => reports.push(error) });
  return { clock, reports, timings, store };
}

describe("durations", () => {
  test("are kept together every few seconds, and all of them at the end", async () => {
    const { clock, store, timings } = aBook();
    timings.note("a", 1);
    timings.note("a", 2);
    expect(await store.samples(["a"])).toEqual(new Map());
    clock.advance(5_000);
    timings.note("b", 3);
    expect(await store.samples(["a", "b"])).toEqual(
      new Map([
        ["a", [1, 2]],
        ["b", [3]],
      ]),
    );
    timings.note("b", 4);
    await timings.quiet();
    expect(await store.samples(["b"])).toEqual(new Map([["b", [3, 4]]]));
  });

  test("that can't be kept are reported and stop nothing", async () => {
    const gone = new Error("the store is away");
    const { reports, timings } = aBook({
      add: () => Promise.reject(gone),
      samples: () => Promise.reject(gone),
    });
    timings.note("a", 1);
    await timings.quiet();
    timings.note("a", 2);
    expect(reports).toEqual([gone]);
  });
});

describe("a driven run", () => {
  const timed = async (bench: RunBench, meanwhile = async () => {}) => {
    const { worker } = await bench.worker();
    bench.queue(
      switchPlan([
        switchStep("a", {
          with: { switch: "a", to: "on" },
          retry: {
            maxAttempts: 2,
            backoff: "fixed",
            baseDelayMs: 10_000,
            maxDelayMs: 10_000,
            jitter: false,
            on: ["network"],
          },
        }),
      ]),
    );
    await meanwhile();
    await bench.untilEnded();
    const stopped = worker.stop(1_000);
    await bench.clock.advance(2_000);
    await stopped;
    return (await bench.timings.samples(["world.set"])).get("world.set") ?? [];
  };

  test("times what succeeded from its first attempt on", async () => {
    const bench = new RunBench();
    bench.world.plan(
      "a",
      { kind: "fail", category: "network" },
      { kind: "succeed", afterMs: 2_000 },
    );
    const samples = await timed(bench);
    expect(samples).toHaveLength(1);
    expect(samples[0]).toBeGreaterThanOrEqual(12_000);
    expect(samples[0]).toBeLessThan(14_000);
  });

  test("does not time the wait of somebody who paused it", async () => {
    const bench = new RunBench();
    bench.world.plan("a", { kind: "fail", category: "network" });
    const samples = timed(bench, async () => {
      await bench.until(() => bench.kinds().includes("attempt.failed"));
      bench.ask({ kind: "pause", by: ANN });
      await bench.untilStatus("paused");
      await bench.clock.advance(3_600_000);
      bench.ask({ kind: "resume", by: ANN });
    });
    expect(await samples).toEqual([]);
    expect(bench.status()).toBe("completed");
  });

  test("does not time what failed", async () => {
    const bench = new RunBench();
    bench.world.plan("a", { kind: "fail", category: "validation" });
    expect(await timed(bench)).toEqual([]);
  });
});

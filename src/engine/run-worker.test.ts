import { describe, expect, test } from "vitest";
import { switchPlan, switchStep } from "#test/builders/run-plans.ts";
import { LEASE_MS, RunBench } from "#test/simulation/run-bench.ts";
import type { MortalProcess } from "#test/simulation/mortal-process.ts";
import type { Plan } from "./plan.ts";
import type { RunStore } from "./run-store.ts";

const ANN = { kind: "person", teamId: "T1", userId: "UANN" } as const;
const once = switchPlan([switchStep("a", { uses: "world.once", timeoutMs: 600_000 })]);
const LONG = { kind: "succeed", afterMs: 120_000 } as const;

describe("claiming", () => {
  test("a run is taken up at a ring, without waiting for the next look", async () => {
    const bench = new RunBench();
    await bench.worker();
    await bench.clock.advance(1_000);
    const began = bench.clock.now();
    bench.queue(switchPlan([switchStep("a")]));
    await bench.dispatcher.ring("runs", "run-1");
    await bench.untilEnded();
    expect(bench.clock.now()).toBe(began);
  });

  test("a run is found without any ring", async () => {
    const bench = new RunBench();
    bench.dispatcher.down = true;
    await bench.worker();
    await bench.clock.advance(1_000);
    bench.queue(switchPlan([switchStep("a")]));
    expect(await bench.dispatcher.ring("runs", "run-1")).toBe(false);
    await bench.clock.advance(5_000);
    expect(bench.status()).toBe("completed");
  });

  test("no more runs are driven at once than are allowed, and the next follows at once", async () => {
    const bench = new RunBench();
    const runs = ["run-1", "run-2", "run-3"];
    for (const runId of runs) bench.queue(switchPlan([switchStep(runId)]), runId);
    for (const runId of runs) bench.world.plan(runId, { kind: "succeed", afterMs: 1_000 });
    await bench.worker({ settings: { concurrency: 2 } });
    await bench.clock.advance(500);
    expect(runs.map((runId) => bench.status(runId))).toEqual(["running", "running", "queued"]);
    await bench.clock.advance(1_000);
    expect(runs.map((runId) => bench.status(runId))).toEqual(["completed", "completed", "running"]);
  });

  test("two workers drive a run once", async () => {
    const bench = new RunBench();
    bench.queue(switchPlan([switchStep("a", { uses: "world.once" })]));
    await bench.worker({ owner: "one" });
    await bench.worker({ owner: "two" });
    await bench.untilEnded();
    expect(bench.world.acts("a", "on")).toBe(1);
  });

  test("a restarted worker takes up its own run at once", async () => {
    const bench = new RunBench();
    bench.queue(switchPlan([switchStep("a", { timeoutMs: 600_000 })]));
    bench.world.plan("a", LONG);
    const first = await bench.worker({ owner: "slot" });
    await bench.clock.advance(1_000);
    first.process.kill();
    const began = bench.clock.now();
    await bench.worker({ owner: "slot" });
    await bench.untilEnded();
    expect(bench.clock.now() - began).toBeLessThan(LEASE_MS / 2);
    expect(bench.events().filter(({ kind }) => kind === "attempt.started")).toMatchObject([
      { attempt: 1 },
      { attempt: 1, repeat: 1 },
    ]);
  });
});

describe("leases", () => {
  test("a lease is renewed for as long as a step takes", async () => {
    const bench = new RunBench();
    bench.queue(once);
    bench.world.plan("a", LONG);
    await bench.worker();
    await bench.worker({ owner: "other" });
    await bench.untilEnded();
    expect(bench.status()).toBe("completed");
  });

  test("a renewal that failed is made up for before the lease is in danger", async () => {
    const bench = new RunBench();
    bench.queue(once);
    bench.world.plan("a", LONG);
    const asked: number[] = [];
    await bench.worker({
      store: (store) => ({
        ...store,
        renew: (...args) => {
          asked.push(bench.clock.now());
          return asked.length === 1
            ? Promise.reject(new Error("connection reset"))
            : store.renew(...args);
        },
      }),
    });
    await bench.until(() => asked.length === 2);
    expect((asked[1] ?? Infinity) - (asked[0] ?? 0)).toBeLessThan(LEASE_MS / 6);
  });

  test("a worker that cannot renew stops what runs before another may start, and writes nothing more", async () => {
    const bench = new RunBench();
    bench.queue(once);
    bench.world.plan("a", LONG);
    let down = false;
    await bench.worker({ store: (store) => failingWhile(store, () => down) });
    await bench.clock.advance(1_000);
    down = true;
    await bench.clock.advance(LEASE_MS + 3_000);
    expect(bench.world.calls).toMatchObject([{ switch: "a", acted: false }]);
    expect(bench.kinds().at(-1)).toBe("attempt.started");
    down = false;
    await bench.worker({ owner: "other" });
    await bench.untilStatus("waiting-answer");
  });

  test("nothing new starts past two thirds of a lease that could not be renewed", async () => {
    const bench = new RunBench();
    bench.queue(
      switchPlan([switchStep("a", { timeoutMs: 600_000 }), switchStep("b", { stage: 1 })]),
    );
    bench.world.plan("a", { kind: "succeed", afterMs: (LEASE_MS * 2) / 3 + 1_000 });
    let renewing = false;
    await bench.worker({
      store: (store) => ({
        ...store,
        renew: async (...args) =>
          renewing ? store.renew(...args) : Promise.reject(new Error("slow")),
      }),
    });
    await bench.clock.advance((LEASE_MS * 2) / 3 + 2_000);
    expect(bench.kinds().filter((kind) => kind === "attempt.started")).toHaveLength(1);
    expect(bench.kinds()).toContain("attempt.succeeded");
    renewing = true;
    await bench.untilEnded();
    expect(bench.status()).toBe("completed");
  });
});

describe("clocks", () => {
  test.each([40_000, -40_000])(
    "a worker whose clock is %d ms off takes nothing, and says so",
    async (skewMs) => {
      const bench = new RunBench();
      bench.queue(once);
      bench.world.plan("a", LONG);
      await bench.worker({ owner: "right" });
      await bench.clock.advance(1_000);
      await bench.worker({ owner: "wrong", process: { skewMs } });
      await bench.untilEnded();
      expect(bench.status()).toBe("completed");
      expect(bench.world.calls).toHaveLength(1);
      expect(String(bench.reports[0])).toContain("clock of this process");
    },
  );

  test("nothing new starts after the clock was set back, until the lease is renewed", async () => {
    const bench = new RunBench();
    bench.queue(switchPlan([switchStep("a"), switchStep("b", { stage: 1 })]));
    bench.world.plan("a", { kind: "succeed", afterMs: 2_000 });
    let renewed = 0;
    await bench.worker({
      store: (store) => ({
        ...store,
        renew: (...args) => {
          renewed += 1;
          return store.renew(...args);
        },
      }),
    });
    await bench.clock.advance(1_000);
    bench.clock.jump(-3_600_000);
    await bench.until(() => bench.world.calls.length === 2);
    expect(renewed).toBeGreaterThan(0);
    await bench.untilEnded();
    expect(bench.status()).toBe("completed");
  });
});

describe("a store that fails", () => {
  test("a worker outlives it and goes on with what it did", async () => {
    const bench = new RunBench();
    bench.queue(
      switchPlan([
        switchStep("a", { uses: "world.once" }),
        switchStep("b", { uses: "world.once", stage: 1 }),
      ]),
    );
    let down = false;
    bench.world.plan("a", { kind: "succeed", afterMs: 2_000 });
    await bench.worker({ store: (store) => failingWhile(store, () => down) });
    await bench.clock.advance(1_000);
    down = true;
    await bench.clock.advance(8_000);
    expect(bench.reports.length).toBeGreaterThan(0);
    down = false;
    await bench.untilEnded();
    expect(bench.status(), "the outcome was not lost, so nobody is asked").toBe("completed");
    expect(bench.world.acts("a", "on")).toBe(1);
  });

  test("a flush that was committed before its answer was lost is not written again", async () => {
    const bench = new RunBench();
    bench.queue(switchPlan([switchStep("a", { uses: "world.once" })]));
    let left = 2;
    await bench.worker({
      store: (store) => ({
        ...store,
        flush: async (flush) => {
          const answer = await store.flush(flush);
          if (left > 0) {
            left -= 1;
            throw new Error("connection reset");
          }
          return answer;
        },
      }),
    });
    await bench.untilEnded();
    expect(bench.kinds()).toEqual([
      "run.queued",
      "run.started",
      "attempt.started",
      "attempt.succeeded",
      "run.completed",
    ]);
  });

  test("a run whose log is corrupt is reported and spins nothing", async () => {
    const bench = new RunBench();
    bench.queue(switchPlan([switchStep("a")]));
    let claims = 0;
    await bench.worker({
      store: (store) => ({
        ...store,
        claim: async (...args) => {
          const claimed = await store.claim(...args);
          claims += claimed.length;
          return claimed.map((run) => ({
            ...run,
            events: [
              ...run.events,
              ...run.events,
              {
                at: 0,
                actor: { kind: "system", part: "engine" } as const,
                event: { kind: "run.rolled-back", reason: "r" } as const,
              },
            ],
          }));
        },
      }),
    });
    await bench.clock.advance(LEASE_MS * 3);
    expect(claims).toBeLessThanOrEqual(4);
    expect(String(bench.reports[0])).toContain("CorruptLog");
  });
});

describe("stopping", () => {
  test("what runs may finish, and the run is given back for another to go on", async () => {
    const bench = new RunBench();
    bench.queue(
      switchPlan([switchStep("a", { uses: "world.once" }), switchStep("b", { stage: 1 })]),
    );
    bench.world.plan("a", { kind: "succeed", afterMs: 5_000 });
    const { worker } = await bench.worker();
    await bench.clock.advance(1_000);
    let stopped = false;
    const stopping = worker.stop(30_000).then(() => (stopped = true));
    await bench.clock.until(() => stopped);
    await stopping;
    expect(bench.kinds().slice(-2)).toEqual(["attempt.started", "attempt.succeeded"]);
    expect(bench.database.view("run-1").owner).toBeNull();
    const began = bench.clock.now();
    await bench.worker({ owner: "next" });
    await bench.untilEnded();
    expect(bench.status()).toBe("completed");
    expect(bench.clock.now() - began).toBeLessThan(1_000);
  });

  test.each([
    [
      "what may be repeated goes on elsewhere",
      "world.set",
      { kind: "hang", acts: true },
      "completed",
    ],
    [
      "what must not be repeated becomes a question",
      "world.once",
      { kind: "hang", acts: true },
      "waiting-answer",
    ],
    ["what does not stop holds nobody up", "world.set", { kind: "ignore-stop" }, "completed"],
  ] as const)("within the bound: %s", async (_title, uses, behaviour, status) => {
    const bench = new RunBench();
    bench.queue(switchPlan([switchStep("a", { uses, timeoutMs: 600_000 })]));
    bench.world.plan("a", behaviour);
    const { worker } = await bench.worker();
    await bench.clock.advance(1_000);
    const began = bench.clock.now();
    let stopped = false;
    const stopping = worker.stop(9_000).then(() => (stopped = true));
    await bench.clock.until(() => stopped);
    await stopping;
    expect(bench.clock.now() - began).toBeLessThanOrEqual(9_000);
    expect(bench.database.view("run-1").owner).toBeNull();
    await bench.worker({ owner: "next" });
    await bench.untilStatus(status);
  });

  test("a stopped worker leaves no timer behind", async () => {
    const bench = new RunBench();
    const { worker } = await bench.worker();
    await bench.clock.advance(7_000);
    let stopped = false;
    const stopping = worker.stop(1_000).then(() => (stopped = true));
    await bench.clock.until(() => stopped);
    await stopping;
    expect(bench.clock.next()).toBeNull();
  });
});

describe("a process that stands still while an intent is being written", () => {
  /** Runs the plan's `once` step in a process that stands still with the answer to the write of its intent. */
  async function frozen(
    bench: RunBench,
    renews: () => boolean = () => true,
  ): Promise<MortalProcess> {
    bench.queue(switchPlan([switchStep("a", { uses: "world.once" })]));
    let freeze = (): void => {};
    const { process } = await bench.worker({
      owner: "first",
      store: (store) => ({
        ...store,
        renew: (...args) =>
          renews() ? store.renew(...args) : Promise.reject(new Error("the database is away")),
        flush: async (flush) => {
          const answer = await store.flush(flush);
          if (flush.events.some(({ event }) => event.kind === "attempt.started")) freeze();
          return answer;
        },
      }),
    });
    freeze = () => {
      process.freeze();
      freeze = () => {};
    };
    await bench.until(() => process.frozen);
    return process;
  }

  test("begins nothing when it goes on after another worker took the run over", async () => {
    const bench = new RunBench();
    const process = await frozen(bench);
    await bench.worker({ owner: "second" });
    await bench.untilStatus("waiting-answer");
    const call = { phase: "forward", stepId: "a" } as const;
    bench.ask({ kind: "answer", by: ANN, call, attempt: 1, answer: "try-again" });
    await bench.untilEnded();
    process.thaw();
    await bench.clock.advance(60_000);
    expect(bench.world.acts("a", "on")).toBe(1);
    expect(bench.violations).toEqual([]);
  });

  test("begins what it wrote once it has renewed its lease in time", async () => {
    const bench = new RunBench();
    const process = await frozen(bench);
    await bench.clock.advance(LEASE_MS * 0.8);
    expect(bench.world.calls).toEqual([]);
    process.thaw();
    await bench.untilEnded();
    expect(bench.status()).toBe("completed");
    expect(bench.world.acts("a", "on")).toBe(1);
  });

  test("does not begin what was canceled meanwhile, and takes nothing back for it", async () => {
    const bench = new RunBench();
    const process = await frozen(bench, () => bench.kinds().includes("attempt.failed"));
    await bench.clock.advance(LEASE_MS * 0.8);
    bench.ask({ kind: "cancel", by: ANN, rollback: true });
    process.thaw();
    await bench.untilEnded();
    expect(bench.status()).toBe("rolled-back");
    expect(bench.world.calls).toEqual([]);
  });
});

describe("a run whose drive meets a defect", () => {
  /** A worker whose randomness is broken: it fails over every call that failed. */
  async function defective(
    bench: RunBench,
    changes: Partial<Plan> = {},
  ): Promise<{ broken: boolean }> {
    const worker = { broken: true };
    bench.queue(switchPlan([switchStep("a", { onFailure: "continue" })], changes));
    bench.world.plan("a", ...Array.from({ length: 9 }, () => NO));
    const random = () => {
      if (worker.broken) throw new TypeError("secret words of a defect");
      return 0.5;
    };
    await bench.worker({ random });
    return worker;
  }
  const NO = { kind: "fail", category: "validation" } as const;

  test("is driven again after longer and longer pauses, then held, and its thread is told", async () => {
    const bench = new RunBench();
    await defective(bench);
    const failedAt = () =>
      bench.database
        .view("run-1")
        .events.flatMap(({ at, event }) => (event.kind === "run.drive-failed" ? [at] : []));
    await bench.untilStatus("held");
    const [first = 0, second = 0, third = 0] = failedAt();
    expect([second - first, third - second]).toEqual([5_000, 30_000]);
    expect(bench.report().heldReasons).toEqual([
      "Its worker failed 3 times in a row (TypeError). Whoever runs Countersign finds the details in its log.",
    ]);
    expect(bench.database.notices).toContainEqual({ kind: "run-held", runId: "run-1" });
    expect(JSON.stringify(bench.events())).not.toContain("secret words");
    await bench.clock.advance(600_000);
    expect(failedAt()).toHaveLength(3);
    expect(bench.database.view("run-1").owner).toBeNull();
  });

  test("ends when nobody has seen to it in time, with what nobody knows of named", async () => {
    const bench = new RunBench();
    await defective(bench, { onFailure: "continue" });
    await bench.untilStatus("held");
    expect(bench.report().steps[0]?.status).toBe("running");
    await bench.untilEnded();
    expect(bench.status()).toBe("canceled");
    expect(bench.report().steps[0]?.status).toBe("unknown");
    expect(bench.report().leftovers.join()).toContain("a");
  });

  test("is taken back when nobody has seen to it in time and its plan says so", async () => {
    const bench = new RunBench();
    const worker = await defective(bench);
    await bench.untilStatus("held");
    worker.broken = false;
    bench.world.plan("a");
    await bench.untilEnded();
    expect(bench.status()).toBe("rolled-back");
  });

  test("goes on where it was once somebody resumes it and the cause is gone", async () => {
    const bench = new RunBench();
    const worker = await defective(bench);
    await bench.untilStatus("held");
    worker.broken = false;
    bench.ask({ kind: "resume", by: ANN });
    await bench.untilEnded();
    expect(bench.status()).toBe("completed");
    expect(bench.report().failedSteps).toEqual(["a"]);
  });

  test("is not held for ever: it ends as any hold does that nobody ends", async () => {
    const bench = new RunBench();
    const worker = await defective(bench);
    await bench.untilStatus("held");
    worker.broken = false;
    const { holdTimeMs } = bench.report().plan;
    await bench.clock.advance(holdTimeMs - 60_000);
    expect(bench.status()).toBe("held");
    await bench.clock.advance(120_000);
    expect(bench.kinds()).toContain("run.rollback-started");
    expect(bench.status(), "taking it back fails here, too").toBe("failed");
    expect(bench.report().reason).toContain("Nothing had changed about that within 1d");
  });

  test("does not fail for ever over what was asked meanwhile: that is refused by name", async () => {
    const bench = new RunBench();
    bench.queue(once);
    bench.world.plan("a", LONG);
    const { process } = await bench.worker({ owner: "first" });
    await bench.clock.advance(1_000);
    process.kill();
    bench.ask({ kind: "override-breaker", by: ANN, target: "t" });
    const sha256 = () => {
      throw new TypeError("no hashes");
    };
    // It reads the plan itself, as another process does, and fails over its hash.
    const store = (same: RunStore): RunStore => ({
      ...same,
      claim: async (...args) =>
        (await same.claim(...args)).map((run) => ({ ...run, plan: structuredClone(run.plan) })),
    });
    await bench.worker({ owner: "second", sha256, store });
    await bench.untilStatus("held");
    await bench.clock.advance(600_000);
    expect(bench.kinds().filter((kind) => kind === "run.drive-failed")).toHaveLength(3);
    expect(bench.events()).toContainEqual({
      kind: "run.control-refused",
      request: "override-breaker",
      reason: "The run's worker failed before it could be carried out.",
      by: ANN,
    });
    bench.ask({ kind: "cancel", by: ANN, rollback: false });
    await bench.untilEnded();
    expect(bench.status()).toBe("canceled");
  });
});

test("a request that does not fit the run after all is refused on record, and what was asked after it is done", async () => {
  const bench = new RunBench();
  bench.queue(switchPlan([switchStep("a")]));
  // A log that holds the run for a step which has not failed.
  const events = [
    { kind: "run.started" },
    { kind: "run.held", reasons: ["No."], failedSteps: ["a"] },
  ] as const;
  const actor = { kind: "system", part: "engine" } as const;
  await bench.worker({
    store: (store) => ({
      ...store,
      claim: async (...args) =>
        (await store.claim(...args)).map((run) => ({
          ...run,
          events: [...run.events, ...events.map((event) => ({ at: 0, actor, event }))],
        })),
    }),
  });
  bench.ask({ kind: "retry", by: ANN, stepId: "a" });
  bench.ask({ kind: "cancel", by: ANN, rollback: false });
  await bench.untilEnded();
  expect(bench.status()).toBe("canceled");
  expect(bench.events()).toContainEqual({
    kind: "run.control-refused",
    request: "retry",
    reason: "It does not fit where the run stands.",
    by: ANN,
  });
});

function failingWhile(store: RunStore, down: () => boolean): RunStore {
  const guarded = <T>(act: () => Promise<T>): Promise<T> =>
    down() ? Promise.reject(new Error("the database is away")) : act();
  return {
    ...store,
    claim: (...args) => guarded(() => store.claim(...args)),
    flush: (flush) => guarded(() => store.flush(flush)),
    renew: (...args) => guarded(() => store.renew(...args)),
    controls: (...args) => guarded(() => store.controls(...args)),
    view: (runId) => guarded(() => store.view(runId)),
    nextWake: () => guarded(() => store.nextWake()),
  };
}

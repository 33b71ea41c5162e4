import { describe, expect, test } from "vitest";
import type { Plan } from "./plan.ts";
import type { ControlRequest, RunEvent } from "./run.ts";
import { switchPlan, switchStep } from "#test/builders/run-plans.ts";
import { LEASE_MS, RunBench } from "#test/simulation/run-bench.ts";

const ANN = { kind: "person", teamId: "T1", userId: "UANN" } as const;
/** As the store does: a blocked run is rung for. */
async function ask(bench: RunBench, request: ControlRequest, runId = "run-1"): Promise<void> {
  bench.ask(request, runId);
  await bench.dispatcher.ring("runs", runId);
}

const locking = (id: string, keys: readonly string[], takesMs = 1_000) => ({
  plan: switchPlan([switchStep(id, { locks: keys, rollback: { kind: "none" } })]),
  behaviour: { kind: "succeed", afterMs: takesMs } as const,
});

describe("locks of a run", () => {
  function two(bench: RunBench): void {
    for (const id of ["a", "b"]) {
      const { plan, behaviour } = locking(id, ["host:db"]);
      bench.world.plan(id, behaviour);
      bench.queue(plan, `run-${id}`);
    }
  }

  test("the second starts when the first has ended, without waiting for a sweep", async () => {
    const bench = new RunBench();
    two(bench);
    await bench.worker();
    await bench.untilEnded("run-a");
    const freed = bench.clock.now();
    await bench.until(() => bench.kinds("run-b").includes("attempt.started"));
    expect(bench.clock.now() - freed).toBeLessThan(100);
    await bench.untilEnded("run-b");
    expect(bench.reports).toEqual([]);
  });

  test("a run that waits is not driven at all: nobody claims it", async () => {
    const bench = new RunBench();
    two(bench);
    await bench.worker();
    await bench.clock.advance(900);
    expect(bench.status("run-a")).toBe("running");
    expect(bench.database.view("run-b")).toMatchObject({ status: "queued", owner: null });
    expect(bench.kinds("run-b")).toEqual(["run.queued"]);
  });

  test("a waiting run that somebody asks something of goes on waiting", async () => {
    const bench = new RunBench();
    two(bench);
    await bench.worker();
    await bench.clock.advance(100);
    for (const kind of ["pause", "resume"] as const) await ask(bench, { kind, by: ANN }, "run-b");
    await bench.clock.advance(200);
    expect(bench.kinds("run-b")).toEqual(["run.queued", "run.paused", "run.resumed"]);
    expect(bench.status("run-b")).toBe("queued");
    await bench.untilEnded("run-b");
    expect(bench.status("run-b")).toBe("completed");
  });

  test("a waiting run can be canceled", async () => {
    const bench = new RunBench();
    two(bench);
    await bench.worker();
    await bench.clock.advance(100);
    await ask(bench, { kind: "cancel", by: ANN, rollback: false }, "run-b");
    await bench.clock.advance(200);
    expect(bench.status("run-b")).toBe("canceled");
    expect(bench.status("run-a")).toBe("running");
  });

  test("when the holder's worker is killed, another takes the run and the lock stays with it", async () => {
    const bench = new RunBench();
    two(bench);
    const { process } = await bench.worker({ owner: "worker-1" });
    await bench.worker({ owner: "worker-2", settings: { concurrency: 10 } });
    await bench.clock.advance(500);
    process.kill();
    await bench.clock.advance(LEASE_MS / 2);
    expect(bench.kinds("run-b")).toEqual(["run.queued"]);
    await bench.untilEnded("run-a");
    const endedAt = bench.database.view("run-a").events.at(-1)?.at ?? Infinity;
    await bench.untilEnded("run-b");
    expect(bench.database.view("run-b").events[1]?.at).toBeGreaterThanOrEqual(endedAt);
    expect([bench.status("run-a"), bench.status("run-b")]).toEqual(["completed", "completed"]);
    expect([bench.world.acts("a", "on"), bench.world.acts("b", "on")]).toEqual([1, 1]);
  });

  /** A step whose switch is known once the step before it has answered. */
  const deferred = () =>
    switchPlan([
      switchStep("find", { uses: "world.read", with: { switch: "find" } }),
      switchStep("set", {
        stage: 1,
        needs: ["find"],
        deferred: true,
        with: { switch: "db-${{ steps.find.result.value }}", to: "on" },
      }),
    ]);

  test("what is found out while a run goes is its own until it ends", async () => {
    const bench = new RunBench();
    bench.world.plan("db-off", { kind: "succeed", afterMs: 5_000 });
    bench.queue(deferred());
    await bench.worker();
    await bench.clock.advance(1_000);
    bench.queue(locking("late", ["switch:db-off"]).plan, "run-2");
    await bench.clock.advance(3_000);
    expect(bench.kinds("run-2")).toEqual(["run.queued"]);
    await bench.untilEnded("run-2");
    expect(bench.status("run-1")).toBe("completed");
    expect(bench.reports).toEqual([]);
  });

  test("a run that needs what another has is held, says who has it, and goes on when resumed after that", async () => {
    const bench = new RunBench();
    const { plan, behaviour } = locking("holder", ["switch:db-off"], 60_000);
    bench.world.plan("holder", { ...behaviour, afterMs: 9_000 });
    bench.queue(plan, "run-2");
    bench.queue(deferred());
    await bench.worker();
    await bench.untilStatus("held");
    const held = bench.events().find((event) => event.kind === "run.held");
    expect(held).toMatchObject({
      reasons: [
        'Step "set" needs switch:db-off, which run run-2 ("Set switches") has until it ends.',
      ],
      mayPass: true,
      waitsFor: "run-2",
    });
    expect(bench.world.calls.filter((call) => call.switch === "db-off")).toEqual([]);
    bench.ask({ kind: "resume", by: ANN });
    await bench.clock.advance(1_000);
    expect(bench.status()).toBe("held");
    await bench.untilEnded("run-2");
    bench.ask({ kind: "resume", by: ANN });
    await bench.untilEnded();
    expect(bench.status()).toBe("completed");
    expect(bench.world.acts("db-off", "on")).toBe(1);
  });
});

describe("runs that need what another has", () => {
  /** It has `own` from the start, and needs the lock of `wanted` once it has found that out. */
  const needing = (own: string, wanted: string, holdTimeMs: number) =>
    switchPlan(
      [
        switchStep(own, { locks: [`switch:${own}-off`] }),
        switchStep(`find-${own}`, {
          stage: 1,
          uses: "world.read",
          risk: "read-only",
          with: { switch: "idle" },
          rollback: { kind: "not-needed" },
        }),
        switchStep(`set-${own}`, {
          stage: 2,
          needs: [`find-${own}`],
          deferred: true,
          with: { switch: `${wanted}-\${{ steps["find-${own}"].result.value }}`, to: "on" },
        }),
      ],
      { holdTimeMs, runTimeMs: 4 * 3_600_000 },
    );

  test("go on by themselves once it has ended, and tell their thread once", async () => {
    const bench = new RunBench();
    const { plan, behaviour } = locking("holder", ["switch:db-off"], 50_000);
    bench.world.plan("holder", behaviour);
    const slow = plan.steps.map((step) => ({ ...step, timeoutMs: 60_000 }));
    bench.queue({ ...plan, steps: slow }, "run-2");
    bench.queue(needing("mine", "db", 3_600_000));
    await bench.worker();
    await bench.untilEnded();
    expect(bench.status()).toBe("completed");
    const kinds = bench.kinds();
    expect(kinds.filter((kind) => kind === "run.held").length).toBeGreaterThan(1);
    const told = bench.database.notices.filter(
      (notice) => notice.kind === "run-held" && notice.runId === "run-1",
    );
    expect(told).toHaveLength(1);
  });

  test("do not hold each other for ever: who has waited longest gives way", async () => {
    const bench = new RunBench();
    bench.queue(needing("one", "two", 30 * 60_000), "run-1");
    bench.queue(needing("two", "one", 60 * 60_000), "run-2");
    await bench.worker();
    await bench.until(() => bench.status("run-1") === "held" && bench.status("run-2") === "held");
    await bench.untilEnded("run-1");
    await bench.untilEnded("run-2");
    expect(bench.status("run-1")).toBe("rolled-back");
    expect(bench.report("run-1").reason).toContain(
      "has until it ends. Nothing had changed about that within 30m.",
    );
    expect(bench.status("run-2")).toBe("completed");
  });
});

describe("a target's circuit breaker", () => {
  const breaker = { failureRate: 0.5, minimumCalls: 3, windowMs: 60_000, openMs: 30_000 };
  const down = { kind: "fail", category: "network" } as const;
  const ONCE = {
    maxAttempts: 1,
    backoff: "fixed",
    baseDelayMs: 0,
    maxDelayMs: 0,
    jitter: false,
  } as const;
  const onLb = (id: string, uses = "world.set") =>
    switchPlan([
      switchStep(id, {
        uses,
        with: uses === "world.read" ? { switch: `${id}@lb` } : { switch: `${id}@lb`, to: "on" },
        retry: { ...ONCE, on: [] },
        rollback: { kind: "none" },
      }),
    ]);

  async function opened(bench: RunBench): Promise<void> {
    for (const id of ["x", "y", "z"]) {
      bench.world.plan(`${id}@lb`, down);
      bench.queue(onLb(id), `run-${id}`);
    }
    await bench.worker({ breaker });
    for (const id of ["x", "y", "z"]) await bench.untilEnded(`run-${id}`);
  }
  const delays = (bench: RunBench, runId = "run-1") =>
    bench
      .events(runId)
      .filter(
        (event): event is Extract<RunEvent, { kind: "step.delayed" }> =>
          event.kind === "step.delayed",
      );

  test("keeps a step of any run from starting, gives its worker free, and lets it through later", async () => {
    const bench = new RunBench();
    await opened(bench);
    const openedAt = bench.clock.now();
    bench.queue(onLb("a"));
    await bench.until(() => delays(bench).length === 1);
    expect(delays(bench)[0]).toMatchObject({
      call: { phase: "forward", stepId: "a" },
      target: "world:lb",
    });
    const [delay] = delays(bench);
    const said = () => bench.database.notices.filter(({ kind }) => kind === "breaker-open");
    const { openedAt: since = 0 } = delay ?? {};
    const notice = { kind: "breaker-open", runId: "run-1", target: "world:lb", openedAt: since };
    expect(said()).toEqual([notice]);
    expect(delay?.until).toBeLessThanOrEqual(openedAt + 30_000);
    expect(bench.database.view("run-1").owner).toBeNull();
    await bench.untilEnded();
    expect(bench.status()).toBe("completed");
    expect(bench.world.acts("a@lb", "on")).toBe(1);
    // Once more when it goes on, about the same opening: the message is edited.
    expect(said().slice(1)).toContainEqual(notice);
    expect(new Set(said().map((each) => JSON.stringify(each))).size).toBe(1);
    expect(bench.reports).toEqual([]);
  });

  test("stops before the state of its target is read", async () => {
    const bench = new RunBench();
    await opened(bench);
    bench.queue(switchPlan([switchStep("a", { with: { switch: "a@lb", to: "on" } })]));
    await bench.until(() => delays(bench).length === 1);
    expect(bench.kinds()).not.toContain("attempt.started");
    expect(bench.world.calls.filter((call) => call.switch === "a@lb")).toEqual([]);
  });

  test("lets one call through when its time is over, and the others when that got an answer", async () => {
    const bench = new RunBench();
    await opened(bench);
    for (const id of ["a", "b", "c"]) {
      bench.world.plan(`${id}@lb`, { kind: "succeed", afterMs: 2_000 });
      bench.queue(onLb(id), `run-${id}`);
    }
    await bench.until(() => bench.world.calls.length > 3);
    const [stored] = await bench.breakers.list();
    expect(stored?.breaker.status).not.toBe("open");
    for (const id of ["a", "b", "c"]) await bench.untilEnded(`run-${id}`);
    const first = bench
      .events("run-a")
      .concat(bench.events("run-b"), bench.events("run-c"))
      .filter(({ kind }) => kind === "step.delayed");
    expect(first.length).toBeGreaterThan(3);
    expect(["a", "b", "c"].map((id) => bench.world.acts(`${id}@lb`, "on"))).toEqual([1, 1, 1]);
  });

  test("does not count in a run where somebody overrode it", async () => {
    const bench = new RunBench();
    await opened(bench);
    bench.queue(onLb("a"));
    await bench.until(() => delays(bench).length === 1);
    const before = bench.clock.now();
    await ask(bench, { kind: "override-breaker", by: ANN, target: "world:lb" });
    await bench.untilEnded();
    expect(bench.clock.now() - before).toBeLessThan(2_000);
    expect(bench.kinds()).toContain("run.breaker-overridden");
    expect(bench.status()).toBe("completed");
  });

  test("does not open for what the target refuses", async () => {
    const bench = new RunBench();
    for (const id of ["x", "y", "z"]) {
      bench.world.plan(`${id}@lb`, { kind: "fail", category: "validation" });
      bench.queue(onLb(id), `run-${id}`);
    }
    await bench.worker({ breaker });
    for (const id of ["x", "y", "z"]) await bench.untilEnded(`run-${id}`);
    bench.queue(onLb("a"));
    await bench.untilEnded();
    expect(delays(bench)).toEqual([]);
  });

  test("opens for calls that take too long", async () => {
    const bench = new RunBench();
    for (const id of ["x", "y", "z"]) {
      bench.world.plan(`${id}@lb`, { kind: "hang", acts: false });
      bench.queue(onLb(id, "world.read"), `run-${id}`);
    }
    await bench.worker({ breaker });
    for (const id of ["x", "y", "z"]) await bench.untilEnded(`run-${id}`);
    const [stored] = await bench.breakers.list();
    expect(stored?.breaker.status).toBe("open");
  });

  test("does not keep a run from taking back what it did", async () => {
    const bench = new RunBench();
    await opened(bench);
    const [x] = await bench.breakers.list();
    expect(x?.breaker.status).toBe("open");
    bench.queue(
      switchPlan([
        switchStep("a", {
          rollback: {
            kind: "commands",
            calls: [
              {
                uses: "world.set",
                with: { switch: "undo@lb", to: "on" },
                profile: null,
                summary: "Undo",
                risk: "modify",
                timeoutMs: 1_000,
              },
            ],
          },
        }),
        switchStep("b", { stage: 1, needs: ["a"], onFailure: "rollback" }),
      ]),
    );
    bench.world.plan("b", { kind: "fail", category: "validation" });
    await bench.untilEnded();
    expect(bench.status()).toBe("rolled-back");
    expect(bench.world.acts("undo@lb", "on")).toBe(1);
  });

  describe("that holds a step which a person leaves out", () => {
    const skip = { kind: "skip", by: ANN, stepId: "a", reason: "by hand" } as const;
    const again = { ...ONCE, maxAttempts: 5, on: ["network"] } as const;
    const doorOnLb = {
      uses: "world.read",
      with: { switch: "door@lb" },
      profile: null,
      summary: "Read the door",
      risk: "read-only",
      timeoutMs: 1_000,
      retry: again,
    } as const;

    async function held(bench: RunBench, plan: Plan): Promise<void> {
      bench.queue(plan);
      await bench.worker({ breaker: { ...breaker, minimumCalls: 1, openMs: 3_600_000 } });
      await bench.until(() => delays(bench).length === 1);
      await ask(bench, skip);
      await bench.untilEnded();
      expect(bench.reports).toEqual([]);
    }

    test("lets the run go on when the step waited for another try", async () => {
      const bench = new RunBench();
      bench.world.plan("a@lb", down, down);
      const a = switchStep("a", { with: { switch: "a@lb", to: "on" }, retry: again });
      await held(bench, switchPlan([a, switchStep("b", { needs: ["a"], stage: 1 })]));
      expect(bench.status()).toBe("completed");
      expect(bench.world.acts("b", "on")).toBe(1);
    });

    test("lets the run go on when a check before the step waited", async () => {
      const bench = new RunBench();
      bench.world.plan("door@lb", down, down);
      await held(bench, switchPlan([switchStep("a", { checksBefore: [doorOnLb] })]));
      expect(bench.status()).toBe("completed");
      expect(bench.world.acts("a", "on")).toBe(0);
    });

    test("takes the step back in its turn when it had acted and its check waited", async () => {
      const bench = new RunBench();
      bench.world.plan("door@lb", down, down);
      bench.world.plan("b", { kind: "fail", category: "validation" });
      await held(
        bench,
        switchPlan([
          switchStep("a", { checksAfter: [doorOnLb] }),
          switchStep("b", { needs: ["a"], stage: 1, onFailure: "rollback" }),
        ]),
      );
      expect(bench.status()).toBe("rolled-back");
      expect(bench.world.calls.map((call) => `${call.switch} ${call.to}`)).toContain("a off");
    });
  });
});

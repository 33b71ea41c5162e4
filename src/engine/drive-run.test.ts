import { describe, expect, test } from "vitest";
import { DirectoryUnavailable } from "./identity.ts";
import { accept, refuse } from "./result.ts";
import { switchPlan, switchStep } from "#test/builders/run-plans.ts";
import { RunBench } from "#test/simulation/run-bench.ts";

const ANN = { kind: "person", teamId: "T1", userId: "UANN" } as const;

test("a plan of three stages that change something costs two flushes a stage, one of them to see the state before, and two round trips", async () => {
  const bench = new RunBench();
  const stages = ["a", "b", "c"].map((id, stage) =>
    switchStep(id, { stage, uses: "world.set", rollback: { kind: "none" } }),
  );
  bench.queue(switchPlan(stages));
  await bench.worker();
  await bench.untilEnded();
  expect(bench.status()).toBe("completed");
  expect(bench.database.flushes + 1).toBe(3 * 2 + 2);
  expect(bench.reports).toEqual([]);
});

describe("what only reads", () => {
  const reads = (count: number) =>
    switchPlan(
      Array.from({ length: count }, (_, stage) =>
        switchStep(`s${stage}`, { stage, uses: "world.read", with: { switch: `s${stage}` } }),
      ),
    );

  test("is written down with its outcome: any number of stages cost three round trips", async () => {
    const bench = new RunBench();
    bench.queue(reads(9));
    await bench.worker();
    await bench.untilEnded();
    expect(bench.status()).toBe("completed");
    expect(bench.database.flushes + 1).toBe(3);
    expect(bench.kinds().filter((kind) => kind === "attempt.started")).toHaveLength(9);
    expect(bench.kinds().filter((kind) => kind === "attempt.succeeded")).toHaveLength(9);
    expect(bench.reports).toEqual([]);
  });

  test("is written down after a quarter of a second while it runs, for people to see", async () => {
    const bench = new RunBench();
    bench.queue(reads(3));
    bench.world.plan("s1", { kind: "succeed", afterMs: 5_000 });
    await bench.worker();
    await bench.clock.advance(250);
    expect(bench.kinds().slice(-3)).toEqual([
      "attempt.started",
      "attempt.succeeded",
      "attempt.started",
    ]);
    await bench.untilEnded();
    expect(bench.status()).toBe("completed");
  });

  test("is recorded with the pause that was asked for meanwhile, and nothing of it is lost", async () => {
    const bench = new RunBench();
    bench.queue(reads(3));
    bench.world.plan("s1", { kind: "succeed", afterMs: 400 });
    // The notification is lost, so that the write itself has to find the request.
    await bench.worker({ store: (store) => ({ ...store, onControl: async () => async () => {} }) });
    await bench.clock.advance(50);
    bench.ask({ kind: "pause", by: ANN });
    await bench.clock.advance(600);
    expect(bench.status()).toBe("paused");
    expect(bench.kinds().filter((kind) => kind === "attempt.succeeded")).toHaveLength(2);
    bench.ask({ kind: "resume", by: ANN });
    await bench.untilEnded();
    expect(bench.status()).toBe("completed");
    expect(bench.kinds().filter((kind) => kind === "attempt.succeeded")).toHaveLength(3);
    expect(bench.reports).toEqual([]);
  });

  test("waits for its intent to be written when the run's start is not", async () => {
    const bench = new RunBench();
    bench.queue(reads(1));
    await bench.worker({
      checkStart: async () => refuse({ reasons: ["@U2 may not approve any more."] }),
    });
    await bench.untilStatus("held");
    expect(bench.world.calls).toEqual([]);
  });
});

test("a failing step takes back what was done, the last first, and itself, for it may have acted", async () => {
  const bench = new RunBench();
  bench.queue(
    switchPlan([switchStep("a"), switchStep("b", { stage: 1 }), switchStep("c", { stage: 2 })]),
  );
  bench.world.plan("c", { kind: "fail", category: "permanent" });
  await bench.worker();
  await bench.untilEnded();
  expect(bench.status()).toBe("rolled-back");
  expect(
    bench.world.calls.filter(({ acted }) => acted).map((call) => `${call.switch} ${call.to}`),
  ).toEqual(["a on", "b on", "c off", "b off", "a off"]);
  expect(bench.report().reason).toBe('Step "c" failed: Switch c refused.');
});

test("a held run starts when it is resumed and the check passes", async () => {
  const bench = new RunBench();
  bench.queue(switchPlan([switchStep("a")]));
  let allowed = false;
  await bench.worker({
    checkStart: async () =>
      allowed ? { ok: true, value: null } : refuse({ reasons: ["@U2 may not approve any more."] }),
  });
  await bench.untilStatus("held");
  expect(bench.report().heldReasons).toEqual(["@U2 may not approve any more."]);
  bench.ask({ kind: "resume", by: ANN });
  await bench.clock.advance(10_000);
  expect(bench.status()).toBe("held");
  allowed = true;
  bench.ask({ kind: "resume", by: ANN });
  await bench.untilEnded();
  expect(bench.status()).toBe("completed");
});

const HANGS = { kind: "hang", acts: false } as const;

/** A run whose first step hangs, with a worker on it. */
async function hangingRun(uses = "world.set"): Promise<RunBench> {
  const bench = new RunBench();
  bench.queue(
    switchPlan([
      switchStep("a"),
      switchStep("b", { uses, stage: 1, timeoutMs: 600_000 }),
      switchStep("c", { stage: 2 }),
    ]),
  );
  bench.world.plan("b", HANGS);
  await bench.worker();
  await bench.until(() => bench.kinds().filter((kind) => kind === "attempt.started").length === 2);
  return bench;
}

describe("what people ask", () => {
  test("a pause lets what runs finish and starts nothing new", async () => {
    const bench = new RunBench();
    bench.queue(switchPlan([switchStep("a"), switchStep("b", { stage: 1 })]));
    bench.world.plan("a", { kind: "succeed", afterMs: 5_000 });
    await bench.worker();
    await bench.clock.advance(1_000);
    bench.ask({ kind: "pause", by: ANN });
    await bench.clock.advance(60_000);
    expect(bench.status()).toBe("paused");
    expect(bench.kinds()).toEqual([
      "run.queued",
      "run.started",
      "attempt.started",
      "run.paused",
      "attempt.succeeded",
    ]);
    expect(bench.database.view("run-1").owner, "nothing occupies a worker meanwhile").toBeNull();
    bench.ask({ kind: "resume", by: ANN });
    await bench.untilEnded();
    expect(bench.status()).toBe("completed");
  });

  test("a cancel stops what runs at once and says what stands", async () => {
    const bench = await hangingRun();
    const before = bench.clock.now();
    bench.ask({ kind: "cancel", by: ANN, rollback: false });
    await bench.untilEnded();
    expect(bench.clock.now() - before).toBeLessThan(1_000);
    expect(bench.status()).toBe("canceled");
    const report = bench.report();
    expect(report.reason).toBe("@UANN canceled the run.");
    expect(report.leftovers).toEqual([
      'Step "b" may have been done, its outcome is unknown: Set switch b to on. It was not taken back. By hand: Set switch b back.',
      'Step "a" was done: Set switch a to on. It was not taken back. By hand: Set switch a back.',
    ]);
  });

  test("a rollback stops what runs and takes back what may have been done", async () => {
    const bench = await hangingRun("world.once");
    bench.ask({ kind: "rollback", by: ANN });
    await bench.untilEnded();
    expect(bench.status()).toBe("rolled-back");
    expect(bench.world.state("a")).toBe("off");
    expect(bench.kinds()).not.toContain("attempt.answered");
  });

  test("a request whose notification is lost is heard within two seconds", async () => {
    const bench = new RunBench();
    bench.queue(switchPlan([switchStep("a", { timeoutMs: 600_000 })]));
    bench.world.plan("a", HANGS);
    await bench.worker({ store: (store) => ({ ...store, onControl: async () => async () => {} }) });
    await bench.clock.advance(10_000);
    bench.ask({ kind: "cancel", by: ANN, rollback: false });
    await bench.clock.advance(2_000);
    expect(bench.status()).toBe("canceled");
  });

  test("an attempt that would pass an unseen request is not started", async () => {
    const bench = new RunBench();
    bench.queue(switchPlan([switchStep("a")]));
    await bench.worker({
      checkStart: async () => {
        bench.ask({ kind: "pause", by: ANN });
        return { ok: true, value: null };
      },
      store: (store) => ({ ...store, onControl: async () => async () => {} }),
    });
    await bench.untilStatus("paused");
    expect(bench.kinds()).toEqual(["run.queued", "run.started", "run.paused"]);
    expect(bench.world.calls).toEqual([]);
  });

  test.each([
    ["it-happened", "completed", "on"],
    ["it-did-not-happen", "rolled-back", "off"],
    ["give-up", "rolled-back", "off"],
    ["try-again", "completed", "on"],
  ] as const)("a question answered with %s", async (answer, status, left) => {
    const bench = new RunBench();
    bench.queue(switchPlan([switchStep("a"), switchStep("b", { uses: "world.once", stage: 1 })]));
    bench.world.plan("b", { kind: "lose-answer" });
    await bench.worker();
    await bench.untilStatus("waiting-answer");
    await bench.clock.advance(10_000);
    expect(bench.database.view("run-1").owner).toBeNull();
    expect(bench.report().question).toMatchObject({
      call: { phase: "forward", stepId: "b" },
      attempt: 1,
    });
    expect(bench.database.notices.filter(({ kind }) => kind === "run-question")).toHaveLength(1);
    bench.ask({
      kind: "answer",
      by: ANN,
      call: { phase: "forward", stepId: "b" },
      attempt: 1,
      answer,
    });
    await bench.untilEnded();
    expect(bench.status()).toBe(status);
    expect(bench.world.state("a")).toBe(left);
    expect(
      bench.database.notices.filter(({ kind }) => kind === "run-question"),
      "the question is brought up to date",
    ).toHaveLength(2);
  });
});

describe("the last look before something starts", () => {
  test("leaves control at work, however long it takes", async () => {
    const bench = new RunBench();
    const steps = [
      switchStep("long", { timeoutMs: 600_000 }),
      switchStep("gone", { risk: "destructive", needs: ["first"] }),
      switchStep("first"),
    ];
    bench.queue(switchPlan(steps, { mode: "graph" }));
    bench.world.plan("long", { kind: "hang", acts: false });
    await bench.worker({
      checkStart: async (_header, when) => {
        if (when === "destructive-stage") await bench.clock.sleep(25_000);
        return accept(null);
      },
    });
    await bench.clock.advance(2_000);
    const asked = bench.clock.now();
    bench.ask({ kind: "cancel", by: ANN, rollback: false });
    await bench.untilEnded();
    expect(bench.status()).toBe("canceled");
    expect(bench.clock.now() - asked).toBeLessThanOrEqual(1_000);
    await bench.clock.advance(60_000);
    expect(bench.world.acts("gone", "on")).toBe(0);
  });

  test("waits while the store can't say whether others have its locks, and asks again by itself", async () => {
    const bench = new RunBench();
    bench.queue(switchPlan([switchStep("one", { locks: ["world:one"] })]));
    const asked: number[] = [];
    await bench.worker({
      store: (store) => ({
        ...store,
        lockWait: async (runId) => {
          asked.push(bench.clock.now());
          if (asked.length < 3) throw new Error("the store is away");
          return store.lockWait(runId);
        },
      }),
    });
    await bench.clock.advance(9_000);
    expect([asked.length, bench.kinds().includes("run.started")]).toEqual([2, false]);
    await bench.untilEnded();
    expect([bench.status(), bench.world.acts("one", "on")]).toEqual(["completed", 1]);
    expect(bench.reports.map(String)).toEqual(Array(2).fill("Error: the store is away"));
  });

  test("records what comes to its end meanwhile, and lets everything start that it was about", async () => {
    const bench = new RunBench();
    const gone = (id: string, need: string) =>
      switchStep(id, { risk: "destructive", needs: [need] });
    const steps = [switchStep("x"), switchStep("y"), gone("x-gone", "x"), gone("y-gone", "y")];
    bench.queue(switchPlan(steps, { mode: "graph" }));
    bench.world.plan("y", { kind: "succeed", afterMs: 5_000 });
    let asked = 0;
    await bench.worker({
      checkStart: async (_header, when) => {
        if (when === "destructive-stage") {
          asked += 1;
          await bench.clock.sleep(20_000);
        }
        return accept(null);
      },
    });
    await bench.clock.advance(6_000);
    expect(bench.kinds().filter((kind) => kind === "attempt.succeeded")).toHaveLength(2);
    await bench.untilEnded();
    expect(bench.status()).toBe("completed");
    expect(asked).toBe(2);
    expect(["x-gone", "y-gone"].map((id) => bench.world.acts(id, "on"))).toEqual([1, 1]);
  });

  test("an answer that came while the run was paused is not used when it is resumed", async () => {
    const bench = new RunBench();
    const steps = [
      switchStep("long", { timeoutMs: 600_000 }),
      switchStep("first"),
      switchStep("gone", { risk: "destructive", needs: ["first"] }),
    ];
    bench.queue(switchPlan(steps, { mode: "graph" }));
    bench.world.plan("long", { kind: "succeed", afterMs: 300_000 });
    const asked: number[] = [];
    await bench.worker({
      checkStart: async (_header, when) => {
        if (when === "destructive-stage") {
          asked.push(bench.clock.now());
          await bench.clock.sleep(10_000);
        }
        return accept(null);
      },
    });
    await bench.clock.advance(2_000);
    bench.ask({ kind: "pause", by: ANN });
    await bench.clock.advance(120_000);
    bench.ask({ kind: "resume", by: ANN });
    await bench.until(() => bench.world.acts("gone", "on") === 1);
    expect(asked).toHaveLength(2);
    await bench.untilEnded();
    expect(bench.status()).toBe("completed");
  });

  test("a run whose plan is no longer approved does nothing and says why", async () => {
    const bench = new RunBench();
    bench.queue(switchPlan([switchStep("a")]));
    bench.database.withdrawPlan("run-1");
    await bench.worker();
    await bench.untilEnded();
    expect(bench.status()).toBe("canceled");
    expect(bench.report().reason).toMatch(/^It was not started: .* no longer approved/);
    expect(bench.kinds()).toEqual(["run.queued", "run.canceled"]);
    expect(bench.world.calls).toEqual([]);
  });

  test("a plan that is not the approved one is held", async () => {
    const bench = new RunBench();
    bench.queue(switchPlan([switchStep("a")]));
    await bench.worker({
      store: (store) => ({
        ...store,
        claim: async (...args) =>
          (await store.claim(...args)).map((run) => ({
            ...run,
            plan: { ...run.plan, title: "Another" },
          })),
      }),
    });
    await bench.untilStatus("held");
    expect(bench.report().heldReasons).toEqual([
      "The plan as stored is not the plan that was approved, so nothing of it will run.",
    ]);
    expect(bench.world.calls).toEqual([]);
  });

  test("each destructive stage is checked anew, the first with the start", async () => {
    const bench = new RunBench();
    const destructive = (id: string, stage: number) =>
      switchStep(id, { stage, risk: "destructive" });
    bench.queue(
      switchPlan(
        [
          destructive("a", 0),
          destructive("b", 0),
          switchStep("c", { stage: 1 }),
          destructive("d", 2),
          destructive("e", 2),
        ],
        { parallelism: 1 },
      ),
    );
    const asked: string[] = [];
    await bench.worker({
      checkStart: async (_header, when) => {
        asked.push(
          `${when} after ${bench.kinds().filter((kind) => kind === "attempt.succeeded").length}`,
        );
        return { ok: true, value: null };
      },
    });
    await bench.untilEnded();
    expect(asked).toEqual(["start after 0", "destructive-stage after 3"]);
  });

  test("the state of what a destructive stage manages is kept before anything of it starts", async () => {
    const bench = new RunBench();
    const destructive = (id: string, stage: number) =>
      switchStep(id, { stage, risk: "destructive" });
    bench.queue(
      switchPlan(
        [
          destructive("a", 0),
          switchStep("b", { stage: 1 }),
          destructive("c", 2),
          destructive("d", 2),
        ],
        { parallelism: 1 },
      ),
    );
    const kept: string[] = [];
    await bench.worker({
      keepState: async (_header, { place, steps }) => {
        const done = bench.kinds().filter((kind) => kind === "attempt.succeeded").length;
        kept.push(`${place}: ${steps.map(({ id }) => id).join(" ")} after ${done}`);
        return { ok: true, value: null };
      },
    });
    await bench.untilEnded();
    expect(kept).toEqual(["0: a after 0", "2: c d after 2"]);
  });

  test("the state of a stage is kept before its first step, also where that destroys nothing", async () => {
    const bench = new RunBench();
    const steps = [switchStep("a"), switchStep("b", { risk: "destructive" })];
    bench.queue(switchPlan(steps, { parallelism: 1 }));
    const kept: string[] = [];
    await bench.worker({
      keepState: async (_header, { place, steps: managed }) => {
        const acts = bench.world.acts("a", "on");
        kept.push(`${place}: ${managed.map(({ id }) => id).join(" ")} after ${acts}`);
        return { ok: true, value: null };
      },
    });
    await bench.untilEnded();
    expect(kept).toEqual(["0: a b after 0"]);
  });

  test("outside of stages each destructive step is kept by itself", async () => {
    const bench = new RunBench();
    const steps = [
      switchStep("a"),
      switchStep("b", { risk: "destructive" }),
      switchStep("c", { risk: "destructive" }),
    ];
    bench.queue(switchPlan(steps, { mode: "graph", parallelism: 1 }));
    const kept: string[] = [];
    await bench.worker({
      keepState: async (_header, { place, steps: managed }) => {
        kept.push(`${place}: ${managed.map(({ id }) => id).join(" ")}`);
        return { ok: true, value: null };
      },
    });
    await bench.untilEnded();
    expect(kept).toEqual(["1: b", "2: c"]);
  });

  test("a state that cannot be kept holds the run before the stage", async () => {
    const bench = new RunBench();
    bench.queue(switchPlan([switchStep("a", { risk: "destructive" })]));
    let answer: "refuse" | "throw" | "keep" = "refuse";
    await bench.worker({
      keepState: async () => {
        if (answer === "throw") throw new Error("the database is away");
        return answer === "keep"
          ? { ok: true, value: null }
          : { ok: false, refusal: ["The state of step a could not be kept."] };
      },
    });
    await bench.untilStatus("held");
    expect(bench.report().heldReasons).toEqual(["The state of step a could not be kept."]);
    answer = "throw";
    bench.ask({ kind: "resume", by: ANN });
    await bench.clock.advance(1_000);
    expect(bench.report().heldReasons).toEqual([
      "The state before a destructive step could not be kept: the database is away",
    ]);
    expect(bench.world.acts("a", "on")).toBe(0);
    // What may pass is looked at again by itself.
    answer = "keep";
    await bench.untilEnded();
    expect(bench.world.acts("a", "on")).toBe(1);
  });

  test("a check that cannot be made holds the run", async () => {
    const bench = new RunBench();
    bench.queue(switchPlan([switchStep("a")]));
    await bench.worker({ checkStart: () => Promise.reject(new Error("Slack does not answer")) });
    await bench.untilStatus("held");
    expect(bench.report().heldReasons).toEqual([
      "Whether the run may go on could not be checked: Slack does not answer",
    ]);
    expect(bench.database.notices).toContainEqual({ kind: "run-held", runId: "run-1" });
  });

  test("a check that could not be made is made again by itself, and the run goes on", async () => {
    const bench = new RunBench();
    bench.queue(switchPlan([switchStep("a")]));
    let away = true;
    await bench.worker({
      checkStart: async () => {
        if (away) throw new DirectoryUnavailable("Slack does not answer");
        return accept(null);
      },
    });
    await bench.untilStatus("held");
    expect(bench.report().looksAgain).toBe(true);
    await bench.clock.advance(20 * 60_000);
    expect(bench.status()).toBe("held");
    expect(bench.database.view("run-1").owner, "it occupies no worker").toBeNull();
    expect(bench.reports).toEqual([]);
    expect(bench.database.notices.filter(({ kind }) => kind === "run-held")).toHaveLength(1);
    away = false;
    await bench.clock.advance(6 * 60_000);
    expect(bench.status()).toBe("completed");
  });

  test.each([
    ["before the start", 0, "canceled", "rollback"],
    ["half way, under rollback", 1, "rolled-back", "rollback"],
    ["half way, under stop", 1, "failed", "stop"],
  ] as const)(
    "a hold that nobody ends comes to its end by itself: %s",
    async (_where, checksThatPass, status, onFailure) => {
      const bench = new RunBench();
      const steps = [switchStep("a"), switchStep("b", { stage: 1, risk: "destructive" })];
      bench.queue(switchPlan(steps, { holdTimeMs: 600_000, onFailure }));
      let passed = 0;
      await bench.worker({
        checkStart: async () =>
          passed++ < checksThatPass
            ? accept(null)
            : refuse({ reasons: ["@U2 may not approve any more."] }),
      });
      await bench.untilStatus("held");
      await bench.clock.advance(590_000);
      expect(bench.status()).toBe("held");
      await bench.clock.advance(20_000);
      expect(bench.status()).toBe(status);
      expect(bench.report().reason).toBe(
        "@U2 may not approve any more. Nothing had changed about that within 10m.",
      );
    },
  );
});

test("a hold that ends by itself names what nobody said of whether it happened", async () => {
  const bench = new RunBench();
  const expected = {
    uses: "world.set",
    with: { switch: "other", to: "on" },
    profile: null,
    captured: { was: "on" },
  };
  bench.queue(
    switchPlan(
      [
        switchStep("a", { uses: "world.once", onFailure: "stop" }),
        switchStep("first", {
          uses: "world.read",
          with: { switch: "other" },
          risk: "read-only",
          rollback: { kind: "none" },
        }),
        switchStep("b", { needs: ["first"], preconditions: [expected], onFailure: "stop" }),
      ],
      { mode: "graph", holdTimeMs: 600_000, onFailure: "stop" },
    ),
  );
  bench.world.plan("a", { kind: "lose-answer", afterMs: 5_000 });
  bench.world.plan("other", { kind: "succeed", afterMs: 1_000 });
  await bench.worker();
  await bench.untilEnded();
  expect(bench.world.state("a")).toBe("on");
  expect(bench.report()).toMatchObject({
    status: "failed",
    leftovers: [
      'Step "a" may have been done, its outcome is unknown: Set switch a to on. It was not taken back. By hand: Set switch a back.',
    ],
  });
});

describe("time", () => {
  test("a step that is tried again later gives its worker back until then", async () => {
    const bench = new RunBench();
    const retry = {
      maxAttempts: 3,
      backoff: "fixed",
      baseDelayMs: 60_000,
      maxDelayMs: 60_000,
      jitter: false,
      on: ["temporary"],
    } as const;
    bench.queue(switchPlan([switchStep("a", { retry })]));
    bench.world.plan("a", { kind: "fail", category: "temporary" });
    await bench.worker();
    const began = bench.clock.now();
    await bench.clock.advance(30_000);
    expect(bench.database.view("run-1").owner).toBeNull();
    await bench.untilEnded();
    expect(bench.clock.now() - began).toBeLessThan(60_100);
    expect(bench.report()).toMatchObject({ status: "completed", steps: [{ attempt: 2 }] });
  });

  test("the run's time limit stops what runs and takes it back", async () => {
    const bench = new RunBench();
    bench.queue(switchPlan([switchStep("a", { timeoutMs: 600_000 })], { runTimeMs: 60_000 }));
    bench.world.plan("a", { kind: "hang", acts: true });
    await bench.worker();
    await bench.untilEnded();
    expect(bench.report()).toMatchObject({
      status: "rolled-back",
      reason: "The run's time limit of 1m has passed.",
    });
    expect(bench.world.state("a")).toBe("off");
  });

  test("the run's time limit stops what runs also when it passes while somebody is asked about another step", async () => {
    const bench = new RunBench();
    const steps = [
      switchStep("long", { timeoutMs: 600_000 }),
      switchStep("first", { timeoutMs: 600_000 }),
      switchStep("gone", { needs: ["first"], risk: "destructive" }),
    ];
    bench.queue(switchPlan(steps, { mode: "graph", runTimeMs: 60_000 }));
    bench.world.plan("long", { kind: "hang", acts: false });
    bench.world.plan("first", { kind: "succeed", afterMs: 55_000 });
    const began = bench.clock.now();
    await bench.worker({
      checkStart: async (_header, when) => {
        if (when === "destructive-stage") await bench.clock.sleep(10_000);
        return accept(null);
      },
    });
    await bench.untilEnded();
    expect(bench.status()).toBe("rolled-back");
    expect(bench.clock.now() - began).toBeLessThan(70_000);
    expect(bench.world.acts("gone", "on")).toBe(0);
  });

  test("an operation that ignores every signal does not hold the run", async () => {
    const bench = new RunBench();
    bench.queue(switchPlan([switchStep("a")]));
    bench.world.plan("a", { kind: "ignore-stop" });
    await bench.worker();
    await bench.untilEnded();
    expect(bench.status()).toBe("rolled-back");
  });
});

describe("what is written", () => {
  test("the keys of two attempts of a call are one, and of two calls are two", async () => {
    const bench = new RunBench();
    const retry = {
      maxAttempts: 2,
      backoff: "fixed",
      baseDelayMs: 0,
      maxDelayMs: 0,
      jitter: false,
      on: ["temporary"],
    } as const;
    bench.queue(switchPlan([switchStep("a", { retry }), switchStep("b")]));
    bench.world.plan("a", { kind: "fail", category: "temporary" });
    await bench.worker();
    await bench.untilEnded();
    const keys = new Map<string, Set<string>>();
    for (const { switch: name, idempotencyKey } of bench.world.calls)
      keys.set(name, (keys.get(name) ?? new Set()).add(idempotencyKey));
    expect(keys.get("a")?.size).toBe(1);
    expect(new Set([...keys.values()].flatMap((set) => [...set])).size).toBe(2);
  });

  test("output is kept before its step is done, and shown every three seconds", async () => {
    const bench = new RunBench();
    bench.queue(switchPlan([switchStep("a")]));
    bench.world.plan("a", { kind: "succeed", output: "one\ntwo\n" });
    const kept: string[] = [];
    await bench.worker({
      store: (store) => ({
        ...store,
        appendOutput: async (chunks) => {
          await store.appendOutput(chunks);
          kept.push(...bench.kinds());
        },
      }),
    });
    await bench.untilEnded();
    expect(kept).not.toContain("attempt.succeeded");
    expect(await bench.database.connect().outputTail("run-1", 1)).toEqual([
      { call: "a", text: "two" },
    ]);
  });

  test("the end is told to the thread, to the card and to the requester", async () => {
    const bench = new RunBench();
    bench.queue(switchPlan([switchStep("a")]));
    await bench.worker();
    await bench.untilEnded();
    expect(bench.database.notices.slice(-4)).toEqual([
      { kind: "run-finished", runId: "run-1" },
      { kind: "plan-card", planId: "pl-run-1" },
      { kind: "outcome-private", planId: "pl-run-1", userId: "U1" },
      { kind: "run-progress", runId: "run-1" },
    ]);
  });

  test("a step sees the results of those before it, its condition and its checks do, too", async () => {
    const bench = new RunBench();
    const read = { uses: "world.read", risk: "read-only", rollback: { kind: "none" } } as const;
    bench.queue(
      switchPlan([
        switchStep("a"),
        switchStep("b", {
          ...read,
          stage: 1,
          with: { switch: "a" },
          check: ["result.value == 'on'"],
        }),
        switchStep("c", {
          stage: 2,
          deferred: true,
          with: { switch: "c", to: "${{ steps.b.result.value }}-too" },
        }),
        switchStep("d", { stage: 3, when: "steps.b.result.value == 'off'" }),
      ]),
    );
    await bench.worker();
    await bench.untilEnded();
    expect(bench.status()).toBe("completed");
    expect(bench.world.state("c")).toBe("on-too");
    expect(bench.report().steps.map(({ status }) => status)).toEqual([
      "succeeded",
      "succeeded",
      "succeeded",
      "skipped",
    ]);
  });

  test("what a target answered names no secret: nothing is sent", async () => {
    const bench = new RunBench();
    const read = { uses: "world.read", risk: "read-only", rollback: { kind: "none" } } as const;
    bench.queue(
      switchPlan([
        switchStep("a", { ...read, with: { switch: "a" } }),
        switchStep("b", {
          stage: 1,
          deferred: true,
          with: { switch: "b", to: "${{ steps.a.result.value }}" },
        }),
      ]),
    );
    bench.world.preset("a", "secret:db");
    await bench.worker();
    await bench.untilEnded();
    expect(bench.report().reason).toContain("reads as a reference to a secret");
    expect(bench.world.calls.filter(({ acted, to }) => acted && to !== "")).toEqual([]);
  });

  test("an undo is taken as it is: what a target said is never looked at for expressions", async () => {
    const bench = new RunBench();
    bench.queue(
      switchPlan([
        switchStep("a", { with: { switch: "a", to: "on" } }),
        switchStep("b", { stage: 1 }),
      ]),
    );
    bench.world.preset("a", "${{ run.id }}");
    await bench.worker();
    bench.world.plan("b", { kind: "fail", category: "authorization" });
    await bench.untilEnded();
    expect(bench.status()).toBe("rolled-back");
    expect(bench.world.state("a")).toBe("${{ run.id }}");
  });
});

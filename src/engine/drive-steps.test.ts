import { describe, expect, test } from "vitest";
import { ONE_TRY, switchPlan, switchStep } from "#test/builders/run-plans.ts";
import { RunBench } from "#test/simulation/run-bench.ts";
import type { Check, Inquiry, PlanStep, StepApproval } from "./plan.ts";
import { foldRun } from "./run-fold.ts";
import type { StepVote } from "./run.ts";
import type { Verdict } from "./verdict.ts";

const ANN = { kind: "person", teamId: "T1", userId: "UANN" } as const;
const MINUTE = 60_000;

const check = (name: string, tries = 1): Check => ({
  uses: "world.read",
  with: { switch: name },
  profile: null,
  summary: `Look at ${name}`,
  risk: "read-only",
  timeoutMs: 10_000,
  retry: {
    ...ONE_TRY,
    maxAttempts: tries,
    baseDelayMs: 5_000,
    maxDelayMs: 5_000,
    on: ["temporary"],
  },
});
const NOT_YET = { kind: "fail", category: "temporary" } as const;

async function driven(bench: RunBench, given: Parameters<RunBench["worker"]>[0] = {}) {
  await bench.worker(given);
  return bench;
}

function acts(bench: RunBench): readonly string[] {
  return bench.world.calls
    .filter(({ acted, to }) => acted && to !== "")
    .map((call) => `${call.switch} ${call.to}`);
}

describe("checks", () => {
  test("before a step are asked until they hold, and then it acts", async () => {
    const bench = new RunBench();
    bench.queue(switchPlan([switchStep("a", { checksBefore: [check("door", 5)] })]));
    bench.world.plan("door", NOT_YET, NOT_YET);
    await driven(bench);
    await bench.untilEnded();
    expect(bench.status()).toBe("completed");
    expect(bench.kinds().filter((kind) => kind === "attempt.failed")).toHaveLength(2);
    expect(acts(bench)).toEqual(["a on"]);
  });

  test("before a step that never hold fail it, and nothing of it is done", async () => {
    const bench = new RunBench();
    bench.queue(switchPlan([switchStep("a", { checksBefore: [check("door", 2)] })]));
    bench.world.plan("door", NOT_YET, NOT_YET);
    await driven(bench);
    await bench.untilEnded();
    expect(bench.status()).toBe("rolled-back");
    expect(acts(bench)).toEqual([]);
    expect(bench.report().reason).toBe('Step "a" failed: Switch door refused.');
  });

  test("after a step that never hold fail it, and it is taken back", async () => {
    const bench = new RunBench();
    bench.queue(
      switchPlan([
        switchStep("a", { checksAfter: [check("health"), check("door", 2)] }),
        switchStep("b", { stage: 1 }),
      ]),
    );
    bench.world.plan("door", NOT_YET, NOT_YET);
    await driven(bench);
    await bench.untilEnded();
    expect(bench.status()).toBe("rolled-back");
    expect(acts(bench)).toEqual(["a on", "a off"]);
    expect(bench.report().failedSteps).toEqual(["a"]);
  });

  test("that wait do not occupy a worker", async () => {
    const bench = new RunBench();
    const slow = {
      ...check("door", 5),
      retry: { ...check("door", 5).retry, baseDelayMs: MINUTE, maxDelayMs: MINUTE },
    };
    bench.queue(switchPlan([switchStep("a", { checksAfter: [slow] })]));
    bench.world.plan("door", NOT_YET);
    await driven(bench);
    await bench.until(() => bench.database.view("run-1").owner === null);
    expect(bench.status()).toBe("running");
    await bench.untilEnded();
    expect(bench.status()).toBe("completed");
  });

  test("still to come are not made once the run is turned back, and the step is taken back all the same", async () => {
    const bench = new RunBench();
    bench.queue(switchPlan([switchStep("a", { checksAfter: [check("door"), check("health")] })]));
    bench.world.plan("door", { kind: "hang", acts: false });
    await driven(bench);
    await bench.until(() => bench.world.state("a") === "on");
    bench.ask({ kind: "rollback", by: ANN });
    await bench.untilEnded();
    expect(bench.status()).toBe("rolled-back");
    expect(acts(bench)).toEqual(["a on", "a off"]);
    expect(bench.report().leftovers).toEqual([]);
  });
});

describe("a deadline of a step", () => {
  test("ends its tries, however many it has left", async () => {
    const bench = new RunBench();
    bench.queue(
      switchPlan([
        switchStep("a", {
          deadlineMs: MINUTE,
          retry: {
            ...ONE_TRY,
            maxAttempts: 20,
            baseDelayMs: 25_000,
            maxDelayMs: 25_000,
            on: ["temporary"],
          },
        }),
      ]),
    );
    bench.world.plan("a", NOT_YET, NOT_YET, NOT_YET);
    await driven(bench);
    await bench.untilEnded();
    const tries = bench
      .events()
      .filter((event) => event.kind === "attempt.started" && event.call.phase === "forward");
    expect(tries).toHaveLength(3);
    expect(bench.status()).toBe("rolled-back");
  });
});

describe("the time limit of a step", () => {
  const limited = (changes: Partial<PlanStep> = {}) =>
    switchStep("a", {
      uses: "world.once",
      deadlineMs: 10 * MINUTE,
      retry: {
        ...ONE_TRY,
        maxAttempts: 5,
        baseDelayMs: MINUTE,
        maxDelayMs: MINUTE,
        on: ["temporary"],
      },
      ...changes,
    });
  const tries = (bench: RunBench, phase = "forward") =>
    bench.events().filter((event) => event.kind === "attempt.started" && event.call.phase === phase)
      .length;

  test("leaves out the time that people kept the run waiting", async () => {
    const bench = new RunBench();
    bench.queue(switchPlan([limited()]));
    bench.world.plan("a", NOT_YET, { kind: "succeed", afterMs: 2_000 });
    await driven(bench);
    await bench.until(() => bench.kinds().includes("attempt.failed"));
    bench.ask({ kind: "pause", by: ANN });
    await bench.clock.advance(60 * MINUTE);
    bench.ask({ kind: "resume", by: ANN });
    await bench.untilEnded();
    expect(bench.status()).toBe("completed");
    expect(tries(bench)).toBe(2);
  });

  test("has nothing sent once it has passed, whoever was away meanwhile", async () => {
    const bench = new RunBench();
    bench.queue(switchPlan([limited()]));
    bench.world.plan("a", NOT_YET);
    const { worker } = await bench.worker();
    await bench.until(() => bench.kinds().includes("attempt.failed"));
    await worker.stop(0);
    await bench.clock.advance(30 * MINUTE);
    await driven(bench, { owner: "worker-2" });
    await bench.untilEnded();
    expect(bench.status()).toBe("rolled-back");
    expect(tries(bench)).toBe(1);
    expect(bench.report().reason).toBe(
      'Step "a" failed: The step\'s time limit of 10m has passed, so it was not tried again. Before that: Switch a refused.',
    );
  });

  test("has nothing sent when writing the intent took longer than what was left", async () => {
    const bench = new RunBench();
    const retry = { ...ONE_TRY, maxAttempts: 5, baseDelayMs: 5_000, maxDelayMs: 5_000 };
    bench.queue(
      switchPlan([limited({ deadlineMs: 10_000, retry: { ...retry, on: ["temporary"] } })]),
    );
    bench.world.plan("a", NOT_YET);
    await driven(bench, {
      store: (store) => ({
        ...store,
        flush: async (flush) => {
          const second = flush.events.some(
            ({ event }) => event.kind === "attempt.started" && event.attempt === 2,
          );
          if (second) await bench.clock.sleep(8_000);
          return store.flush(flush);
        },
      }),
    });
    await bench.untilEnded();
    expect(tries(bench), "the second was written down").toBe(2);
    expect(bench.world.calls.filter((call) => call.to === "on")).toHaveLength(1);
    expect(bench.kinds(), "nobody is asked what became of it").not.toContain("attempt.unknown");
    expect(bench.report().reason).toContain("time limit of 10s has passed");
  });

  test("ends checks, too, and the step is taken back", async () => {
    const bench = new RunBench();
    const slow = { ...check("door", 5).retry, baseDelayMs: MINUTE, maxDelayMs: MINUTE };
    bench.queue(
      switchPlan([
        switchStep("a", {
          deadlineMs: 10 * MINUTE,
          checksAfter: [{ ...check("door", 5), retry: slow }, check("health")],
        }),
      ]),
    );
    bench.world.plan("door", NOT_YET);
    const { worker } = await bench.worker();
    await bench.until(() => bench.kinds().includes("attempt.failed"));
    await worker.stop(0);
    await bench.clock.advance(30 * MINUTE);
    await driven(bench, { owner: "worker-2" });
    await bench.untilEnded();
    expect(bench.status()).toBe("rolled-back");
    expect(tries(bench, "after")).toBe(1);
    expect(acts(bench)).toEqual(["a on", "a off"]);
  });

  test("ends what its target's breaker keeps from being tried", async () => {
    const bench = new RunBench();
    bench.queue(switchPlan([limited({ uses: "world.set", with: { switch: "a@lb", to: "on" } })]));
    bench.world.plan("a@lb", NOT_YET, NOT_YET);
    await driven(bench, {
      breaker: { failureRate: 0.5, minimumCalls: 2, windowMs: 10 * MINUTE, openMs: 30 * MINUTE },
    });
    await bench.until(() => bench.kinds().includes("step.delayed"));
    const delayedAt = bench.clock.now();
    await bench.until(() => bench.kinds().includes("run.rollback-started"));
    expect(bench.clock.now() - delayedAt).toBeLessThan(10 * MINUTE);
    expect(tries(bench)).toBe(2);
  });
});

describe("for each", () => {
  const loop = (index: number, changes: Partial<NonNullable<PlanStep["loop"]>> = {}) => ({
    id: "a",
    index,
    canary: false,
    maxFailures: 0,
    ...changes,
  });
  const items = (count: number, maxFailures: number, canaries = 0): readonly PlanStep[] =>
    Array.from({ length: count }, (_, index) =>
      switchStep(`a[${index}]`, {
        with: { switch: `a${index}`, to: "on" },
        needs:
          index < canaries ? [] : Array.from({ length: canaries }, (_1, canary) => `a[${canary}]`),
        loop: loop(index, { maxFailures, canary: index < canaries }),
      }),
    );

  test("tolerates as many failures as it says, and what needs it goes on", async () => {
    const bench = new RunBench();
    const last = switchStep("z", { needs: ["a[0]", "a[1]", "a[2]"] });
    bench.queue(switchPlan([...items(3, 1), last], { mode: "graph" }));
    bench.world.plan("a1", { kind: "fail", category: "permanent" });
    await driven(bench);
    await bench.untilEnded();
    expect(bench.status()).toBe("completed");
    expect(bench.report().failedSteps).toEqual(["a[1]"]);
    expect(bench.world.state("z")).toBe("on");
  });

  test("with one failure more has failed as a whole: the rest is not begun and all is taken back", async () => {
    const bench = new RunBench();
    bench.queue(switchPlan(items(6, 1), { mode: "graph", parallelism: 1 }));
    bench.world.plan("a1", { kind: "fail", category: "permanent" });
    bench.world.plan("a3", { kind: "fail", category: "permanent" });
    await driven(bench);
    await bench.untilEnded();
    expect(bench.status()).toBe("rolled-back");
    expect(bench.world.calls.map((call) => call.switch)).not.toContain("a4");
    expect(bench.world.state("a0")).toBe("off");
  });

  test("under continue skips the rest once it has failed as a whole", async () => {
    const bench = new RunBench();
    const steps = items(4, 0).map((step) => ({ ...step, onFailure: "continue" as const }));
    bench.queue(switchPlan(steps, { mode: "graph", parallelism: 1, onFailure: "continue" }));
    bench.world.plan("a0", { kind: "fail", category: "permanent" });
    await driven(bench);
    await bench.untilEnded();
    expect(bench.status()).toBe("completed");
    expect(bench.kinds().filter((kind) => kind === "step.skipped")).toHaveLength(3);
  });

  test("with a failed canary never comes to the others, whatever else it tolerates", async () => {
    const bench = new RunBench();
    bench.queue(switchPlan(items(5, 4, 1), { mode: "graph" }));
    bench.world.plan("a0", { kind: "fail", category: "permanent" });
    await driven(bench);
    await bench.untilEnded();
    expect(bench.status()).toBe("rolled-back");
    expect(new Set(bench.world.calls.map((call) => call.switch))).toEqual(new Set(["a0"]));
  });
});

test("a group's steps run no more than its parallelism at a time", async () => {
  const bench = new RunBench();
  const steps = ["a", "b", "c", "d"].map((id) => switchStep(id, { groups: ["slow"] }));
  bench.queue(switchPlan([...steps, switchStep("e")], { groups: { slow: 2 } }));
  for (const id of ["a", "b", "c", "d", "e"])
    bench.world.plan(id, { kind: "succeed", afterMs: 5_000 });
  await driven(bench);
  await bench.clock.advance(2_000);
  const started = () =>
    bench
      .events()
      .flatMap((event) => (event.kind === "attempt.started" ? [event.call.stepId] : []));
  expect(started().toSorted()).toEqual(["a", "b", "e"]);
  await bench.untilEnded();
  expect(bench.status()).toBe("completed");
});

describe("a run that is held for a failed step", () => {
  async function held(changes: Partial<PlanStep> = {}): Promise<RunBench> {
    const bench = new RunBench();
    bench.queue(
      switchPlan(
        [switchStep("a", { onFailure: "stop", ...changes }), switchStep("b", { stage: 1 })],
        { holdTimeMs: 10 * MINUTE },
      ),
    );
    bench.world.plan("a", { kind: "fail", category: "permanent" });
    await driven(bench);
    await bench.untilStatus("held");
    return bench;
  }

  test("says which step failed, and occupies no worker", async () => {
    const bench = await held();
    await bench.clock.advance(MINUTE);
    expect(bench.report().heldReasons).toEqual(['Step "a" failed: Switch a refused.']);
    expect(bench.database.view("run-1").owner).toBeNull();
  });

  test("goes on when it is retried and succeeds", async () => {
    const bench = await held();
    bench.ask({ kind: "retry", by: ANN, stepId: "a" });
    await bench.untilEnded();
    expect(bench.status()).toBe("completed");
    expect(acts(bench)).toEqual(["a on", "b on"]);
    const keys = bench
      .events()
      .flatMap((event) =>
        event.kind === "attempt.started" && event.call.stepId === "a" ? [event.idempotencyKey] : [],
      );
    expect(new Set(keys).size, "it is the same call, with the same key").toBe(1);
  });

  test("resumes from the failed step after a fix", async () => {
    const bench = await held();
    bench.ask({ kind: "resume", by: ANN });
    await bench.untilEnded();
    expect(bench.status()).toBe("completed");
  });

  test("tries many steps again no more at a time than the plan allows", async () => {
    const bench = new RunBench();
    const items = [0, 1, 2].map((index) =>
      switchStep(`a[${index}]`, {
        with: { switch: `a${index}`, to: "on" },
        onFailure: "stop",
        loop: { id: "a", index, canary: false, maxFailures: 1 },
      }),
    );
    bench.queue(switchPlan(items, { parallelism: 1, mode: "graph" }));
    for (const index of [0, 1])
      bench.world.plan(
        `a${index}`,
        { kind: "fail", category: "permanent" },
        { kind: "succeed", afterMs: 5_000 },
      );
    await driven(bench);
    await bench.untilStatus("held");
    bench.ask({ kind: "resume", by: ANN });
    const running = () =>
      bench
        .report()
        .steps.filter(({ status, retryAt }) => status === "running" && retryAt === null);
    await bench.until(() => running().length > 0);
    expect(running()).toHaveLength(1);
    await bench.untilEnded();
    expect(bench.status()).toBe("completed");
  });

  test("is held again when the retry fails", async () => {
    const bench = await held();
    bench.world.plan("a", { kind: "fail", category: "permanent" });
    bench.ask({ kind: "retry", by: ANN, stepId: "a" });
    await bench.until(() => bench.kinds().filter((kind) => kind === "run.held").length === 2);
    expect(bench.status()).toBe("held");
  });

  test("goes on without the step when it is skipped", async () => {
    const bench = await held();
    bench.ask({ kind: "skip", by: ANN, stepId: "a", reason: "done by hand" });
    await bench.untilEnded();
    expect(bench.status()).toBe("completed");
    expect(acts(bench)).toEqual(["b on"]);
  });

  test("is not tried again because a command line let it go on", async () => {
    const bench = await held();
    bench.ask({ kind: "resume", by: { kind: "system", part: "command-line" } });
    await bench.clock.advance(MINUTE);
    expect(bench.status()).toBe("held");
    expect(bench.kinds()).not.toContain("step.retried");
  });

  test("takes back a step that was skipped after it may have acted", async () => {
    const bench = await held();
    bench.world.plan("b", { kind: "fail", category: "permanent" });
    bench.ask({ kind: "skip", by: ANN, stepId: "a", reason: "good enough" });
    await bench.untilEnded();
    expect(bench.status()).toBe("rolled-back");
    expect(bench.world.calls.map((call) => `${call.switch} ${call.to}`)).toContain("a off");
  });

  test("fails when nobody does anything for as long as the plan allows", async () => {
    const bench = await held();
    const since = bench.clock.now();
    await bench.untilEnded();
    expect(bench.status()).toBe("failed");
    expect(bench.clock.now() - since).toBeGreaterThanOrEqual(10 * MINUTE);
    expect(bench.report().reason).toContain("Nobody retried or skipped it within 10m");
  });

  test("asks only the checks again when the step itself had acted", async () => {
    const bench = new RunBench();
    bench.queue(
      switchPlan([
        switchStep("a", { onFailure: "stop", uses: "world.once", checksAfter: [check("door")] }),
      ]),
    );
    bench.world.plan("door", NOT_YET);
    await driven(bench);
    await bench.untilStatus("held");
    bench.ask({ kind: "retry", by: ANN, stepId: "a" });
    await bench.untilEnded();
    expect(bench.status()).toBe("completed");
    expect(bench.world.acts("a", "on")).toBe(1);
  });
});

const APPROVAL: StepApproval = {
  message: "Go on?",
  require: [{ count: 1, fromGroups: [], fromUsers: ["UBOB"] }],
  timeoutMs: 10 * MINUTE,
  onTimeout: "fail",
};
const vote = (choice: StepVote["choice"]): StepVote => ({
  userId: "UBOB",
  choice,
  reason: null,
  groups: [],
  viewHash: null,
  requestId: `r-${choice}`,
  at: 0,
});
const verdict = (outcome: Verdict["outcome"]): Verdict => ({
  outcome,
  by: outcome === "approved" ? "votes" : null,
  tree: { name: "approval", status: "met", sentence: `It is ${outcome}.`, children: [] },
  counted: outcome === "approved" ? [{ userId: "UBOB", clause: 0 }] : [],
  ignored: [],
  needed: 1,
  had: 1,
  couldApprove: [],
});

describe("a step that has not begun", () => {
  const steps = () => [
    switchStep("a"),
    switchStep("b", { stage: 1, needs: ["a"] }),
    switchStep("c", { stage: 2, needs: ["b"] }),
  ];
  const skipsB = { kind: "skip", by: ANN, stepId: "b", reason: "not tonight" } as const;

  test("is left out of a paused run, and what needs it goes on", async () => {
    const bench = new RunBench();
    bench.queue(switchPlan(steps()));
    bench.world.plan("a", { kind: "succeed", afterMs: 5_000 });
    await driven(bench);
    await bench.until(() => bench.kinds().includes("attempt.started"));
    bench.ask({ kind: "pause", by: ANN });
    await bench.untilStatus("paused");
    bench.ask(skipsB);
    await bench.until(() => bench.kinds().includes("step.skipped"));
    bench.ask({ kind: "resume", by: ANN });
    await bench.untilEnded();
    expect(bench.status()).toBe("completed");
    expect(acts(bench)).toEqual(["a on", "c on"]);
  });

  test("is left out before the run starts", async () => {
    const bench = new RunBench();
    bench.queue(switchPlan(steps()));
    bench.ask(skipsB);
    await driven(bench);
    await bench.untilEnded();
    expect(bench.status()).toBe("completed");
    expect(acts(bench)).toEqual(["a on", "c on"]);
  });

  test("that has begun since is not left out", async () => {
    const bench = new RunBench();
    bench.queue(switchPlan(steps()));
    bench.world.plan("b", { kind: "succeed", afterMs: 5_000 });
    await driven(bench);
    await bench.until(() => bench.report().steps[1]?.status === "running");
    bench.ask(skipsB);
    await bench.untilEnded();
    expect(bench.kinds()).not.toContain("step.skipped");
    expect(acts(bench)).toEqual(["a on", "b on", "c on"]);
  });
});

const say = (bench: RunBench, choice: StepVote["choice"]) =>
  bench.ask({ kind: "vote", by: { ...ANN, userId: "UBOB" }, stepId: "b", vote: vote(choice) });

describe("an approval inside a run", () => {
  async function waiting(
    approval: Partial<StepApproval> = {},
    decide: Parameters<RunBench["worker"]>[0] = {},
    changes: Partial<PlanStep> = {},
  ): Promise<RunBench> {
    const bench = new RunBench();
    bench.queue(
      switchPlan([
        switchStep("a"),
        switchStep("b", { stage: 1, approval: { ...APPROVAL, ...approval }, ...changes }),
      ]),
    );
    await driven(bench, {
      decideApproval: async (_header, _step, { votes }) =>
        verdict(votes.some(({ choice }) => choice === "reject") ? "denied" : "approved"),
      ...decide,
    });
    await bench.untilStatus("waiting-approval");
    return bench;
  }
  test("keeps its step from starting and occupies no worker", async () => {
    const bench = await waiting();
    await bench.clock.advance(MINUTE);
    expect(acts(bench)).toEqual(["a on"]);
    expect(bench.database.view("run-1").owner).toBeNull();
  });

  test("lets the step run once it is given", async () => {
    const bench = await waiting();
    say(bench, "approve");
    await bench.untilEnded();
    expect(bench.status()).toBe("completed");
    expect(acts(bench)).toEqual(["a on", "b on"]);
  });

  test("that is refused fails the step and takes the run back", async () => {
    const bench = await waiting();
    say(bench, "reject");
    await bench.untilEnded();
    expect(bench.status()).toBe("rolled-back");
    expect(acts(bench)).toEqual(["a on", "a off"]);
  });

  test("leaves control at work while people are being asked about the voters, however long that takes", async () => {
    const bench = new RunBench();
    bench.queue(
      switchPlan(
        [switchStep("long", { timeoutMs: 600_000 }), switchStep("b", { approval: APPROVAL })],
        {
          mode: "graph",
        },
      ),
    );
    bench.world.plan("long", { kind: "hang", acts: false });
    await driven(bench, {
      decideApproval: async () => {
        await bench.clock.sleep(25_000);
        return verdict("approved");
      },
    });
    await bench.clock.advance(1_000);
    say(bench, "approve");
    await bench.clock.advance(500);
    const asked = bench.clock.now();
    bench.ask({ kind: "cancel", by: ANN, rollback: false });
    await bench.untilEnded();
    expect(bench.status()).toBe("canceled");
    expect(bench.clock.now() - asked).toBeLessThanOrEqual(1_000);
  });

  test("counts a vote that came in time although deciding it took longer", async () => {
    const bench = await waiting(
      {},
      {
        decideApproval: async () => {
          await bench.clock.sleep(25_000);
          return verdict("approved");
        },
      },
    );
    await bench.clock.advance(10 * MINUTE - 20_000);
    say(bench, "approve");
    await bench.untilEnded();
    expect(bench.status()).toBe("completed");
  });

  test("decides the newest votes, whichever answer comes first", async () => {
    const bench = await waiting(
      {},
      {
        decideApproval: async (_header, _step, { votes }) => {
          const rejected = votes.some(({ choice }) => choice === "reject");
          await bench.clock.sleep(rejected ? 1_000 : 20_000);
          return verdict(rejected ? "denied" : "approved");
        },
      },
    );
    say(bench, "approve");
    await bench.clock.advance(2_000);
    say(bench, "reject");
    await bench.untilEnded();
    expect(bench.status()).toBe("rolled-back");
  });

  test("is not decided while nobody can be asked about the voters, and is decided once they can", async () => {
    let away = true;
    const bench = await waiting(
      {},
      {
        decideApproval: async () => (away ? null : verdict("approved")),
      },
    );
    say(bench, "approve");
    await bench.clock.advance(MINUTE);
    expect(acts(bench)).toEqual(["a on"]);
    away = false;
    await bench.untilEnded();
    expect(bench.status()).toBe("completed");
  });

  test.each([
    ["fail", "rolled-back", ["a on", "a off"]],
    ["rollback", "rolled-back", ["a on", "a off"]],
    ["skip", "completed", ["a on"]],
    ["approve", "completed", ["a on", "b on"]],
  ] as const)(
    "that nobody gives in time ends as the plan says: %s",
    async (onTimeout, status, done) => {
      const bench = await waiting({ onTimeout });
      await bench.untilEnded();
      expect(bench.status()).toBe(status);
      expect(acts(bench)).toEqual(done);
    },
  );

  test("never passes by a time-out when the step is destructive", async () => {
    const bench = await waiting({ onTimeout: "approve" }, {}, { risk: "destructive" });
    await bench.untilEnded();
    expect(bench.status()).toBe("rolled-back");
    expect(acts(bench)).toEqual(["a on", "a off"]);
  });

  test("is not asked for when the step's condition leaves it out", async () => {
    const bench = new RunBench();
    bench.queue(switchPlan([switchStep("b", { approval: APPROVAL, when: "false" })]));
    await driven(bench);
    await bench.untilEnded();
    expect(bench.status()).toBe("completed");
    expect(bench.kinds()).not.toContain("step.approval-opened");
  });

  test("is asked for once more when the refused step is retried", async () => {
    const bench = await waiting({}, {}, { onFailure: "stop" });
    say(bench, "reject");
    await bench.untilStatus("held");
    bench.ask({ kind: "retry", by: ANN, stepId: "b" });
    await bench.untilStatus("waiting-approval");
    say(bench, "approve");
    await bench.untilEnded();
    expect(bench.status()).toBe("completed");
  });

  test("does not run out of time while the run is paused", async () => {
    const bench = await waiting({ onTimeout: "rollback" });
    await bench.clock.advance(4 * MINUTE);
    bench.ask({ kind: "pause", by: ANN });
    await bench.clock.advance(60 * MINUTE);
    bench.ask({ kind: "resume", by: ANN });
    await bench.clock.advance(5 * MINUTE);
    expect(bench.status()).toBe("waiting-approval");
    await bench.clock.advance(2 * MINUTE);
    expect(bench.status(), "ten minutes in all while the run went on").toBe("rolled-back");
  });

  test("counts what was said while the run was paused", async () => {
    const given: number[] = [];
    const bench = await waiting(
      { onTimeout: "rollback" },
      {
        decideApproval: async (_header, _step, { closesAt }) => {
          given.push(closesAt - bench.clock.now());
          return verdict("approved");
        },
      },
    );
    bench.ask({ kind: "pause", by: ANN });
    await bench.clock.advance(60 * MINUTE);
    say(bench, "approve");
    await bench.clock.advance(MINUTE);
    expect(given[0], "it is still open, with all of its time").toBeGreaterThan(9 * MINUTE);
    bench.ask({ kind: "resume", by: ANN });
    await bench.untilEnded();
    expect(bench.status()).toBe("completed");
  });

  test("does not run out of time while the run is held for another step", async () => {
    const bench = new RunBench();
    bench.queue(
      switchPlan(
        [switchStep("a", { onFailure: "stop" }), switchStep("b", { approval: APPROVAL })],
        { mode: "graph", holdTimeMs: 600 * MINUTE },
      ),
    );
    bench.world.plan("a", { kind: "fail", category: "permanent" });
    await driven(bench, { decideApproval: async () => verdict("approved") });
    await bench.untilStatus("held");
    await bench.clock.advance(60 * MINUTE);
    bench.ask({ kind: "retry", by: ANN, stepId: "a" });
    await bench.until(() => acts(bench).length === 1);
    say(bench, "approve");
    await bench.untilEnded();
    expect(bench.status()).toBe("completed");
  });

  test("outlives its worker", async () => {
    const bench = await waiting();
    await driven(bench, { owner: "worker-2", decideApproval: async () => verdict("approved") });
    say(bench, "approve");
    await bench.untilEnded();
    expect(bench.status()).toBe("completed");
  });
});

const INQUIRY: Inquiry = {
  message: "Which way?",
  fields: [
    {
      name: "to",
      type: "choice",
      label: "Way",
      required: true,
      options: ["on", "gone"],
      default: "on",
      min: null,
      max: null,
      pattern: null,
    },
  ],
  from: null,
  timeoutMs: 10 * MINUTE,
  onTimeout: "fail",
};

describe("an inquiry", () => {
  async function waiting(changes: Partial<Inquiry> = {}): Promise<RunBench> {
    const bench = new RunBench();
    const asked = switchStep("a", {
      inquiry: { ...INQUIRY, ...changes },
      with: { switch: "a", to: "${{ answers.to }}" },
      deferred: true,
    });
    const later = switchStep("b", {
      stage: 1,
      when: 'steps.a.answers.to == "gone" && !steps.a.timed_out',
    });
    bench.queue(switchPlan([asked, later]));
    await driven(bench);
    await bench.untilStatus("waiting-answer");
    return bench;
  }

  test("hands what was answered to its step and to later ones", async () => {
    const bench = await waiting();
    bench.ask({ kind: "answer-inquiry", by: ANN, stepId: "a", answers: { to: "gone" } });
    await bench.untilEnded();
    expect(bench.status()).toBe("completed");
    expect(acts(bench)).toEqual(["a gone", "b on"]);
  });

  test.each([
    ["fail", "rolled-back", []],
    ["rollback", "rolled-back", []],
    ["skip", "completed", []],
    ["continue", "completed", ["a on"]],
  ] as const)(
    "that nobody answers in time ends as the plan says: %s",
    async (onTimeout, status, done) => {
      const bench = await waiting({ onTimeout });
      await bench.untilEnded();
      expect(bench.status()).toBe(status);
      expect(acts(bench)).toEqual(done);
    },
  );

  test("does not run out of time while the run is paused", async () => {
    const bench = await waiting({ onTimeout: "fail" });
    bench.ask({ kind: "pause", by: ANN });
    await bench.clock.advance(60 * MINUTE);
    bench.ask({ kind: "resume", by: ANN });
    await bench.clock.advance(9 * MINUTE);
    expect(bench.status()).toBe("waiting-answer");
  });

  test("does not hold up other steps", async () => {
    const bench = new RunBench();
    bench.queue(
      switchPlan([switchStep("a", { inquiry: INQUIRY }), switchStep("b")], { mode: "graph" }),
    );
    bench.world.plan("b", { kind: "succeed", afterMs: 5_000 });
    await driven(bench);
    await bench.clock.advance(2_000);
    expect(bench.status()).toBe("running");
    await bench.untilStatus("waiting-answer");
    expect(acts(bench)).toEqual(["b on"]);
  });
});

describe("a playbook used as a step", () => {
  const nested = (id: string, changes: Partial<PlanStep> = {}) =>
    switchStep(`roll.${id}`, {
      scope: "roll",
      with: { switch: id, to: "${{ inputs.to }}" },
      deferred: true,
      ...changes,
    });
  const plan = (guard: string) =>
    switchPlan(
      [
        nested("a", { guards: [{ source: guard, scope: "" }] }),
        nested("b", {
          needs: ["roll.a"],
          guards: [{ source: guard, scope: "" }],
          when: "steps.a.status == 'succeeded'",
        }),
        nested("outputs", {
          needs: ["roll.a", "roll.b"],
          guards: [{ source: guard, scope: "" }],
          uses: "flow.outputs",
          with: { outputs: { seen: "${{ steps.b.result.ok }}" } },
          deferred: true,
        }),
        switchStep("z", {
          needs: ["roll.a", "roll.b", "roll.outputs"],
          when: "steps.roll.result.seen == true",
        }),
      ],
      {
        mode: "graph",
        inputs: { to: "outside" },
        playbooks: {
          roll: {
            playbook: "roll",
            title: "Roll",
            inputs: { to: "inside" },
            vars: {},
            outputs: { seen: "steps.b.result.ok" },
            steps: { a: ["roll.a"], b: ["roll.b"] },
          },
        },
      },
    );

  test("sees its own names, and shows its outputs outside", async () => {
    const bench = new RunBench();
    bench.queue(plan("inputs.to == 'outside'"));
    await driven(bench);
    await bench.untilEnded();
    expect(bench.status()).toBe("completed");
    expect(acts(bench)).toEqual(["a inside", "b inside", "z on"]);
  });

  test("is left out as a whole by the condition of its use", async () => {
    const bench = new RunBench();
    bench.queue(plan("inputs.to == 'elsewhere'"));
    await driven(bench);
    await bench.untilEnded();
    expect(acts(bench)).toEqual([]);
    expect(bench.report().steps[0]?.reason).toBe(
      "Its condition is false: inputs.to == 'elsewhere'",
    );
  });
});

describe("the conditions of a step", () => {
  const asks: StepApproval = { ...APPROVAL, timeoutMs: 10 * MINUTE };

  async function approved(when: string, changes: Partial<PlanStep> = {}): Promise<RunBench> {
    const bench = new RunBench();
    const b = switchStep("b", {
      when,
      approval: asks,
      checksBefore: [check("door", 3)],
      ...changes,
    });
    bench.queue(switchPlan([switchStep("x"), b], { mode: "graph" }));
    bench.world.plan("door", NOT_YET);
    await driven(bench, { decideApproval: async () => verdict("approved") });
    await bench.untilStatus("waiting-approval");
    expect(bench.world.state("x")).toBe("on");
    say(bench, "approve");
    await bench.untilEnded();
    return bench;
  }

  test("are asked once, before anybody else is, and recorded", async () => {
    const guards = [{ source: "run.id != ''", scope: "" }];
    const bench = await approved("steps.x.status != 'succeeded'", { guards });
    expect(acts(bench)).toEqual(["x on", "b on"]);
    expect(bench.events().filter(({ kind }) => kind === "step.admitted")).toEqual([
      {
        kind: "step.admitted",
        stepId: "b",
        conditions: ["run.id != ''", "steps.x.status != 'succeeded'"],
      },
    ]);
    const { events } = bench.database.view("run-1");
    const at = events.findIndex(({ event }) => event.kind === "step.admitted");
    const asked = events.findIndex(({ event }) => event.kind === "step.approval-opened");
    expect(at).toBeLessThan(asked);
    const twice = [...events.slice(0, at + 1), ...events.slice(at, at + 1)];
    const { plan } = bench.database.view("run-1");
    expect(() => foldRun(plan, twice)).toThrow("step.admitted is not allowed here");
  });

  test("are not recorded where there are none", async () => {
    const bench = new RunBench();
    bench.queue(switchPlan([switchStep("a")]));
    await driven(bench);
    await bench.untilEnded();
    expect(bench.kinds()).not.toContain("step.admitted");
  });
});

describe("the state a step was planned for", () => {
  const expecting = (was: string): PlanStep =>
    switchStep("a", {
      preconditions: [
        {
          uses: "world.set",
          with: { switch: "a", to: "on" },
          profile: null,
          captured: { was },
        },
      ],
    });

  test("lets it act while it still holds", async () => {
    const bench = new RunBench();
    bench.queue(switchPlan([expecting("off")]));
    await driven(bench);
    await bench.untilEnded();
    expect(bench.status()).toBe("completed");
    expect(acts(bench)).toEqual(["a on"]);
  });

  test("holds the run with what differs before anything is done, and again until it is back", async () => {
    const bench = new RunBench();
    bench.world.preset("a", "half");
    bench.queue(switchPlan([expecting("off")]));
    await driven(bench);
    await bench.untilStatus("held");
    expect(bench.report().heldReasons).toEqual([
      'Step "a" was not started: the state is not the one it was planned for: was is half, expected off.',
    ]);
    bench.ask({ kind: "resume", by: ANN });
    await bench.until(() => bench.kinds().filter((kind) => kind === "run.held").length === 2);
    expect(acts(bench)).toEqual([]);
    bench.world.preset("a", "off");
    bench.ask({ kind: "resume", by: ANN });
    await bench.untilEnded();
    expect(bench.status()).toBe("completed");
    expect(acts(bench)).toEqual(["a on"]);
  });

  test("holds the run when nothing here can read it", async () => {
    const bench = new RunBench();
    const [precondition] = expecting("off").preconditions;
    if (precondition === undefined) throw new Error("the step expects nothing");
    const step = switchStep("a", { preconditions: [{ ...precondition, uses: "world.read" }] });
    bench.queue(switchPlan([step]));
    await driven(bench);
    await bench.untilStatus("held");
    expect(bench.report().heldReasons[0]).toContain("read by world.read, which this worker cannot");
  });
});

describe("the state after a step", () => {
  const afterOf = (bench: RunBench) =>
    bench.events().flatMap((event) => (event.kind === "attempt.succeeded" ? [event.after] : []));

  test("is recorded with its success where the step can be taken back", async () => {
    const bench = new RunBench();
    bench.queue(switchPlan([switchStep("a")]));
    await driven(bench);
    await bench.untilEnded();
    expect(afterOf(bench)).toEqual([{ was: "on" }]);
  });

  test("is not read for a step that has no way back", async () => {
    const bench = new RunBench();
    bench.queue(switchPlan([switchStep("a", { rollback: { kind: "none" } })]));
    await driven(bench);
    await bench.untilEnded();
    expect(afterOf(bench)).toEqual([undefined]);
  });
});

import { expect, test } from "vitest";
import { switchPlan, switchStep } from "#test/builders/run-plans.ts";
import { RunBench } from "#test/simulation/run-bench.ts";

const ANN = { kind: "person", teamId: "T1", userId: "UANN" } as const;

test("a run that has not begun has taken no time", () => {
  const bench = new RunBench();
  bench.queue(switchPlan([switchStep("a")]));
  expect(bench.report()).toMatchObject({
    status: "queued",
    elapsedMs: 0,
    percent: 0,
    steps: [{ stepId: "a", status: "pending", attempt: 0, startedAt: null }],
  });
});

test("the share that is done counts steps that have ended, rounded down", async () => {
  const bench = new RunBench();
  const steps = ["a", "b", "c"].map((id, stage) => switchStep(id, { stage, timeoutMs: 600_000 }));
  bench.queue(switchPlan(steps));
  bench.world.plan("c", { kind: "hang", acts: false });
  await bench.worker();
  await bench.clock.advance(90_000);
  expect(bench.report()).toMatchObject({ percent: 66, elapsedMs: 90_000, endedAt: null });
});

test("a step that waits for another try says when, and why the last one failed", async () => {
  const bench = new RunBench();
  const retry = {
    maxAttempts: 2,
    backoff: "fixed",
    baseDelayMs: 60_000,
    maxDelayMs: 60_000,
    jitter: false,
    on: ["temporary"],
  } as const;
  bench.queue(switchPlan([switchStep("a", { retry })]));
  bench.world.plan("a", { kind: "fail", category: "temporary" });
  const began = bench.clock.now();
  await bench.worker();
  await bench.clock.advance(1_000);
  expect(bench.report().steps).toMatchObject([
    {
      status: "running",
      attempt: 1,
      retryAt: began + 60_000,
      failure: { message: "Switch a refused." },
    },
  ]);
});

test("a rollback that failed is told with its own reason, and with what to do by hand", async () => {
  const bench = new RunBench();
  bench.queue(switchPlan([switchStep("a"), switchStep("b", { stage: 1 })]));
  bench.world.plan("a", { kind: "succeed" }, { kind: "fail", category: "permanent" });
  bench.world.plan("b", { kind: "fail", category: "authorization" });
  await bench.worker();
  await bench.untilEnded();
  expect(bench.report()).toMatchObject({
    status: "failed",
    reason: 'Step "b" failed: Switch b refused.',
    failedSteps: ["b"],
    steps: [
      { stepId: "a", status: "rollback-failed", failure: { message: "Switch a refused." } },
      { stepId: "b", status: "failed" },
    ],
    leftovers: ['Step "a" was not taken back: Switch a refused. By hand: Set switch a back.'],
  });
});

test("many leftovers are counted, and the newest are told", async () => {
  const bench = new RunBench();
  const steps = Array.from({ length: 60 }, (_, index) => switchStep(`s${index}`, { stage: index }));
  bench.queue(switchPlan([...steps, switchStep("last", { stage: 60, timeoutMs: 600_000 })]));
  bench.world.plan("last", { kind: "hang", acts: false });
  await bench.worker();
  await bench.clock.advance(1_000);
  bench.ask({ kind: "cancel", by: ANN, rollback: false });
  await bench.untilEnded();
  const { leftovers } = bench.report();
  expect(leftovers).toHaveLength(51);
  expect(leftovers[0]).toContain('"last"');
  expect(leftovers.at(-1)).toBe("11 more steps stand; the run's log lists them.");
});

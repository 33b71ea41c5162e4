import { expect, test } from "vitest";
import { refuse } from "./result.ts";
import { switchPlan, switchStep } from "#test/builders/run-plans.ts";
import { RunBench } from "#test/simulation/run-bench.ts";

const ANN = { kind: "person", teamId: "T1", userId: "UANN" } as const;

test("a plan of three stages completes, and costs one flush a stage and two round trips", async () => {
  const bench = new RunBench();
  const stages = ["a", "b", "c"].map((id, stage) =>
    switchStep(id, { stage, uses: "world.read", with: { switch: id } }),
  );
  bench.queue(switchPlan(stages));
  await bench.worker();
  await bench.untilEnded();
  expect(bench.status()).toBe("completed");
  expect(bench.database.flushes + 1).toBe(3 + 2);
  expect(bench.reports).toEqual([]);
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
      allowed ? { ok: true, value: null } : refuse(["@U2 may not approve any more."]),
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

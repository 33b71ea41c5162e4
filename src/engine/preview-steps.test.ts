// A dry run's previews: bounded whatever the operations do, a few at a time, and only of what would run.

import { describe, expect, test } from "vitest";
import { aPlan, aStep } from "#test/builders/plan-records.ts";
import { toyOperations } from "#test/builders/toy-operations.ts";
import { createCountingIds } from "#test/fakes/counting-ids.ts";
import { createManualClock } from "#test/fakes/manual-clock.ts";
import { createRegistry } from "./operation.ts";
import type { AnyOperation } from "./operation.ts";
import type { PlanStep } from "./plan.ts";
import { previewSteps } from "./preview-steps.ts";

type Previewing = NonNullable<AnyOperation["preview"]>;

const WELL: Previewing = async () => ({ wouldSucceed: true, lines: ["It is there."] });

function bench(preview: Previewing) {
  const clock = createManualClock();
  const operations = toyOperations().map((operation) =>
    operation.name === "toy.read" ? { ...operation, preview } : operation,
  );
  return { clock, ids: createCountingIds(), registry: createRegistry(operations) };
}

function reading(id: string, changes: Partial<PlanStep> = {}): PlanStep {
  return aStep({ id, uses: "toy.read", with: { name: id }, ...changes });
}

function many(count: number): readonly PlanStep[] {
  return Array.from({ length: count }, (_, index) => reading(`s${index}`));
}

/** Moves the clock on until the previews are over, at most for an hour. */
async function inTime<T>({ clock }: ReturnType<typeof bench>, running: Promise<T>) {
  const start = clock.now();
  const state = { over: false };
  const watched = running.finally(() => {
    state.over = true;
  });
  for (let seconds = 0; seconds < 3600 && !state.over; seconds++) {
    // Previews settle in a few turns of the queue; only then is time let go on.
    for (let turn = 0; turn < 50; turn++) await Promise.resolve();
    if (!state.over) clock.advance(1000);
  }
  return { value: await watched, tookMs: clock.now() - start };
}

describe("previews", () => {
  test("end within a minute although no operation heeds its signal, and leave nobody asleep", async () => {
    const world = bench(() => new Promise(() => {}));
    const plan = aPlan({ steps: many(40) });
    const { value, tookMs } = await inTime(world, previewSteps(world, plan));
    expect(tookMs).toBeLessThanOrEqual(62_000);
    expect(value.steps).toHaveLength(40);
    expect(value.steps[0]?.note).toBe("The dry run failed: it took longer than 15s.");
    expect(value.steps[39]?.note).toBe("The dry run is at its end after 1m.");
    expect(world.clock.sleeping()).toBe(0);
  });

  test("are asked for at most five at a time, and told in the plan's order", async () => {
    const count = { now: 0, most: 0 };
    const world = bench(async (input, context) => {
      count.most = Math.max(count.most, ++count.now);
      await world.clock.sleep(
        (input as { name: string }).name === "s0" ? 9000 : 1000,
        context.signal,
      );
      count.now -= 1;
      return { wouldSucceed: true, lines: [] };
    });
    const { value, tookMs } = await inTime(world, previewSteps(world, aPlan({ steps: many(20) })));
    expect(count.most).toBe(5);
    expect(value.steps.map(({ stepId }) => stepId)).toEqual(many(20).map(({ id }) => id));
    expect(tookMs).toBeLessThan(20_000);
  });

  test("of one operation with a defect leave the others as they are", async () => {
    const world = bench(async (input, context) => {
      if ((input as { name: string }).name === "s1") throw new TypeError("x is not a function");
      return WELL(input, context);
    });
    const { value } = await inTime(world, previewSteps(world, aPlan({ steps: many(3) })));
    expect(value.steps.map(({ note }) => note)).toEqual([
      null,
      "The dry run failed: x is not a function",
      null,
    ]);
  });
});

describe("a step with a condition", () => {
  const asked: string[] = [];
  async function previewed(changes: Partial<PlanStep>, plan: Parameters<typeof aPlan>[0] = {}) {
    asked.length = 0;
    const world = bench(async (input, context) => {
      asked.push((input as { name: string }).name);
      return WELL(input, context);
    });
    const steps = [reading("a", changes)];
    const { value } = await inTime(
      world,
      previewSteps(world, aPlan({ inputs: { go: false }, ...plan, steps })),
    );
    return value.steps[0];
  }

  test("that is false by the plan's own inputs is left out and its target not asked", async () => {
    expect(await previewed({ when: "inputs.go" })).toMatchObject({
      leftOut: true,
      preview: null,
      note: "It would be left out: its condition is false: inputs.go",
    });
    expect(asked).toEqual([]);
  });

  test("that is true by them is asked for as any other", async () => {
    expect(await previewed({ when: "!inputs.go" })).toMatchObject({ leftOut: false, note: null });
    expect(asked).toEqual(["a"]);
  });

  test("that only the run can tell is asked for, and says on what it depends", async () => {
    expect(await previewed({ when: "steps.b.result.ok && !inputs.go" })).toMatchObject({
      leftOut: false,
      preview: { wouldSucceed: true },
      note: "It runs only if steps.b.result.ok && !inputs.go, which is known when the steps before it have run.",
    });
  });

  test("in a nested playbook is left out by the condition of its use, seen with the playbook's names", async () => {
    const nested = {
      playbook: "inner",
      title: "Inner",
      inputs: { go: true },
      vars: {},
      outputs: {},
      steps: {},
    };
    const guards = [{ source: "inputs.go", scope: "" }];
    const plan = { playbooks: { use: nested } };
    expect(await previewed({ guards, when: "inputs.go", scope: "use" }, plan)).toMatchObject({
      leftOut: true,
    });
    expect(await previewed({ when: "inputs.go", scope: "use" }, plan)).toMatchObject({
      leftOut: false,
    });
  });

  test("that has no answer would fail", async () => {
    expect(await previewed({ when: "inputs.go + 1 == 2" })).toMatchObject({
      leftOut: false,
      preview: { wouldSucceed: false },
    });
    expect(asked).toEqual([]);
  });
});

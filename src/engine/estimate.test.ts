import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { aPlan, aStep } from "#test/builders/plan-records.ts";
import { estimatePlan, estimateRest, FEWEST_SAMPLES, timedOperations } from "./estimate.ts";
import type { Plan, PlanStep } from "./plan.ts";

const step = (id: string, changes: Partial<PlanStep> = {}) =>
  aStep({ id, uses: "toy.slow", needs: [], stage: 0, ...changes });
const plan = (steps: readonly PlanStep[], changes: Partial<Plan> = {}) =>
  aPlan({ mode: "graph", parallelism: 5, groups: {}, steps, ...changes });
const always = (ms: number) => Array.from({ length: FEWEST_SAMPLES }, () => ms);
const tenSeconds = new Map([["toy.slow", always(10_000)]]);
const both = (ms: number) => ({ medianMs: ms, p90Ms: ms });

describe("how long a plan usually takes", () => {
  const four = ["a", "b", "c", "d"].map((id) => step(id));

  test.each<[string, Plan, number]>([
    ["steps at once take as long as one", plan(four), 10_000],
    ["no more than the plan's parallelism run at once", plan(four, { parallelism: 2 }), 20_000],
    ["a sequence is one after the other", plan(four, { mode: "sequential" }), 40_000],
    [
      "stages are barriers",
      plan([step("a"), step("b"), step("c", { stage: 1 })], { mode: "stages" }),
      20_000,
    ],
    [
      "a step waits for what it needs",
      plan([step("a"), step("b", { needs: ["a"] }), step("c", { after: ["b"] }), step("d")]),
      30_000,
    ],
    [
      "a group has its own parallelism",
      plan(
        four.map((one, index) => ({ ...one, groups: index < 3 ? ["db"] : [] })),
        { groups: { db: 1 } },
      ),
      30_000,
    ],
    ["nothing takes no time", plan([]), 0],
  ])("%s", (_rule, given, ms) => {
    expect(estimatePlan(given, tenSeconds)).toMatchObject(both(ms));
  });

  test("checks take their time before and after the step", () => {
    const check = {
      uses: "toy.check",
      with: {},
      profile: null,
      summary: "Look",
      timeoutMs: 1_000,
      retry: step("x").retry,
      risk: "read-only",
    } as const;
    const given = plan([step("a", { checksBefore: [check], checksAfter: [check] })]);
    const samples = new Map([...tenSeconds, ["toy.check", always(2_000)]]);
    expect(estimatePlan(given, samples)).toMatchObject(both(14_000));
    expect(timedOperations(given)).toEqual(["toy.check", "toy.slow"]);
    expect(estimatePlan(given, tenSeconds)).toBeNull();
  });

  test("is not told below five samples of any of its operations", () => {
    const few = new Map([["toy.slow", always(10_000).slice(1)]]);
    expect(estimatePlan(plan(four), few)).toBeNull();
    expect(estimatePlan(plan(four), new Map())).toBeNull();
    const other = plan([...four, step("e", { uses: "toy.new" })]);
    expect(estimatePlan(other, tenSeconds)).toBeNull();
  });

  test("a step's median and nine of ten are those of its operation", () => {
    const samples = new Map([["toy.slow", Array.from({ length: 100 }, (_, index) => 1 + index)]]);
    const one = estimatePlan(plan([step("a")]), samples)?.steps.get("a");
    expect(one?.medianMs).toBeGreaterThan(35);
    expect(one?.medianMs).toBeLessThan(65);
    expect(one?.p90Ms).toBeGreaterThan(80);
    expect(one?.p90Ms).toBeLessThanOrEqual(100);
  });

  test("many steps in a row spread less than one: their bad days do not all fall on one day", () => {
    const samples = new Map([["toy.slow", [1, 1, 1, 1, 1, 1, 1, 1, 10, 10]]]);
    const row = Array.from({ length: 40 }, (_, index) => step(`s${index}`));
    const estimate = estimatePlan(plan(row, { mode: "sequential" }), samples);
    expect(estimate?.p90Ms).toBeLessThan(40 * 10 * 0.6);
    expect(estimate?.p90Ms).toBeGreaterThan(estimate?.medianMs ?? Infinity);
  });

  test("is the same every time, between the longest step and the sum of all", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 100_000 }), {
          minLength: FEWEST_SAMPLES,
          maxLength: 30,
        }),
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 5 }),
        fc.constantFrom("graph", "stages", "sequential"),
        (durations, count, parallelism, mode) => {
          const steps = Array.from({ length: count }, (_, index) =>
            step(`s${index}`, { stage: index % 3, needs: index >= 3 ? [`s${index - 3}`] : [] }),
          );
          const given = plan(steps, { parallelism, mode });
          const samples = new Map([["toy.slow", durations]]);
          const estimate = estimatePlan(given, samples);
          expect(estimatePlan(given, samples)).toEqual(estimate);
          expect(estimate?.p90Ms).toBeGreaterThanOrEqual(estimate?.medianMs ?? Infinity);
          expect(estimate?.medianMs).toBeGreaterThanOrEqual(Math.min(...durations));
          expect(estimate?.p90Ms).toBeLessThanOrEqual(count * Math.max(...durations));
        },
      ),
    );
  });
});

describe("how long the rest of a run takes", () => {
  const row = plan([step("a"), step("b"), step("c")], { mode: "sequential" });
  const progress = (
    ...statuses: readonly (readonly [
      "succeeded" | "running" | "pending" | "waiting-approval",
      number,
    ])[]
  ) =>
    statuses.map(([status, startedAt], index) => ({
      stepId: "abc".charAt(index),
      status,
      startedAt: status === "pending" ? null : startedAt,
    }));

  test.each([
    ["before anything has begun", progress(["pending", 0], ["pending", 0], ["pending", 0]), 30_000],
    ["less what is done", progress(["succeeded", 0], ["pending", 0], ["pending", 0]), 20_000],
    [
      "less what has passed of what runs",
      progress(["succeeded", 0], ["running", 96_000], ["pending", 0]),
      16_000,
    ],
    [
      "what runs longer than ever counts as about to end",
      progress(["succeeded", 0], ["running", 0], ["pending", 0]),
      10_000,
    ],
    [
      "what waits for a person has still to run",
      progress(["succeeded", 0], ["succeeded", 0], ["waiting-approval", 0]),
      10_000,
    ],
  ])("%s", (_rule, steps, ms) => {
    expect(estimateRest(row, steps, tenSeconds, 100_000)).toEqual(both(ms));
  });

  test("is not told when all is over or late, or when what is left was timed too seldom", () => {
    const done = progress(["succeeded", 0], ["succeeded", 0], ["succeeded", 0]);
    expect(estimateRest(row, done, tenSeconds, 100_000)).toBeNull();
    const late = progress(["succeeded", 0], ["succeeded", 0], ["running", 0]);
    expect(estimateRest(row, late, tenSeconds, 100_000)).toBeNull();
    const open = progress(["succeeded", 0], ["pending", 0], ["pending", 0]);
    expect(estimateRest(row, open, new Map(), 100_000)).toBeNull();
  });

  test("what is over needs no samples", () => {
    const mixed = plan([step("a", { uses: "toy.new" }), step("b")], { mode: "sequential" });
    const steps = progress(["succeeded", 0], ["pending", 0]);
    expect(estimateRest(mixed, steps, tenSeconds, 0)).toEqual(both(10_000));
  });
});

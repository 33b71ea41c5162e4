import { describe, expect, test } from "vitest";
import { Places } from "./places.ts";

const step = (id: string, ...groups: readonly string[]) => ({ id, groups });

describe("the places of a plan", () => {
  test("are as many as its parallelism", () => {
    const places = new Places({ parallelism: 2, groups: {} }, []);
    expect(["a", "b", "c"].map((id) => places.take(step(id)))).toEqual([true, true, false]);
  });

  test("are fewer by the steps that have one already, each counted once", () => {
    const places = new Places({ parallelism: 2, groups: {} }, [step("a"), step("a")]);
    expect(["b", "c"].map((id) => places.take(step(id)))).toEqual([true, false]);
  });

  test("are kept by a step between two of its calls", () => {
    const places = new Places({ parallelism: 1, groups: {} }, [step("a")]);
    expect([places.take(step("a")), places.take(step("b"))]).toEqual([true, false]);
  });

  test("are also bounded by each group of a step, and a group nobody bounded has no bound", () => {
    const places = new Places({ parallelism: 9, groups: { slow: 1 } }, [step("a", "slow")]);
    expect([places.take(step("b", "slow", "free")), places.take(step("c", "free"))]).toEqual([
      false,
      true,
    ]);
  });
});

import { describe, expect, test } from "vitest";
import { stateDifferences } from "./state-difference.ts";

describe("two states", () => {
  test("that say the same do not differ, in whatever order their fields are", () => {
    expect(stateDifferences({ a: 1, b: [{ c: null }] }, { b: [{ c: null }], a: 1 })).toEqual([]);
  });

  test("differ field by field, each with its path", () => {
    const was = { states: { "i-1": "stopped", "i-2": "stopped" }, tags: ["a", "b"] };
    const is = { states: { "i-1": "running", "i-2": "stopped" }, tags: ["a", "c"] };
    expect(stateDifferences(was, is)).toEqual([
      { path: "states.i-1", was: "stopped", is: "running" },
      { path: "tags[1]", was: "b", is: "c" },
    ]);
  });

  test("tell what came and what went", () => {
    expect(stateDifferences({ gone: true }, { came: { deep: 1 } })).toEqual([
      { path: "gone", was: "true", is: "nothing" },
      { path: "came", was: "nothing", is: '{"deep":1}' },
    ]);
  });

  test("tell lists of other lengths whole, and long values shortened", () => {
    expect(stateDifferences({ list: [1] }, { list: [1, 2] })).toEqual([
      { path: "list", was: "[1]", is: "[1,2]" },
    ]);
    expect(stateDifferences("a".repeat(500), "b")[0]?.was).toHaveLength(121);
  });

  test("do not take an inherited name for a field", () => {
    expect(stateDifferences({}, { constructor: "x" })).toEqual([
      { path: "constructor", was: "nothing", is: "x" },
    ]);
  });
});

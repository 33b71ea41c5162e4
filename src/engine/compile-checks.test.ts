import { describe, expect, test } from "vitest";
import { planOf, problemsOf, stepOf, stepProblems } from "#test/builders/compiled.ts";

const look = { uses: "toy.read", with: { name: "web-1" } };
const CURABLE = ["network", "timeout", "temporary", "dependency", "resource", "unknown"];

describe("a check before or after a step", () => {
  test("is a call of the operation of its kind, tried once unless it says otherwise", () => {
    const step = stepOf({ ...look, before: [{ door: { name: "north" } }] });
    expect(step.checksBefore).toEqual([
      {
        uses: "check.door",
        with: { name: "north" },
        profile: null,
        summary: "Check that north is open.",
        risk: "read-only",
        timeoutMs: 5_000,
        retry: {
          maxAttempts: 1,
          backoff: "fixed",
          baseDelayMs: 0,
          maxDelayMs: 0,
          jitter: false,
          on: [],
        },
      },
    ]);
  });

  test.each([
    ["30s", "2s", 16, 2_000],
    ["30s", undefined, 16, 2_000],
    ["5s", "2s", 4, 2_000],
    ["1s", undefined, 2, 1_000],
  ])("within %s every %s is %i looks", (within, every, maxAttempts, baseDelayMs) => {
    const check = { door: { name: "north" }, within, ...(every !== undefined && { every }) };
    const [made] = stepOf({ ...look, check: [check] }).checksAfter;
    expect(made?.retry).toEqual({
      maxAttempts,
      backoff: "fixed",
      baseDelayMs,
      maxDelayMs: baseDelayMs,
      jitter: false,
      on: CURABLE,
    });
  });

  test("may wait for what the step answered, and then shows the operation's own words", () => {
    const [check] = stepOf({
      ...look,
      check: [{ door: { name: "${{ result.name }}" } }],
    }).checksAfter;
    expect(check).toMatchObject({
      with: { name: "${{ result.name }}" },
      summary: "Check that a door is open.",
    });
  });

  test("as an expression after the step is part of the attempt", () => {
    const step = stepOf({
      ...look,
      check: ["result.name == 'web-1'", { expression: "result.count > 0" }],
    });
    expect(step.check).toEqual(["result.name == 'web-1'", "result.count > 0"]);
    expect(step.checksAfter).toEqual([]);
  });

  test("as an expression before the step is a check of its own", () => {
    const { steps } = planOf({
      steps: [
        { id: "a", ...look },
        { id: "b", ...look, needs: ["a"], before: ["steps.a.result.count > 2"] },
      ],
    });
    expect(steps[1]?.checksBefore).toMatchObject([
      {
        uses: "check.expression",
        with: {
          expression: "steps.a.result.count > 2",
          holds: "${{ steps.a.result.count > 2 }}",
        },
        summary: "Check that steps.a.result.count > 2.",
      },
    ]);
  });

  test("knows the item of a for_each step", () => {
    const { steps } = planOf({
      steps: [
        {
          id: "s",
          ...look,
          for_each: ["a", "b"],
          before: [{ door: { name: "${{ item }}" } }, "item != 'z'"],
        },
      ],
    });
    expect(steps.map((step) => step.checksBefore.map((check) => check.with))).toEqual([
      [{ name: "a" }, { expression: "(\"a\") != 'z'", holds: true }],
      [{ name: "b" }, { expression: "(\"b\") != 'z'", holds: true }],
    ]);
  });

  test("that is false with what is known is a mistake of the plan", () => {
    const found = problemsOf({
      inputs: { count: 9 },
      steps: [{ id: "s", ...look, before: ["inputs.count <= 5"] }],
    });
    expect(found).toMatchObject(
      [{ path: "steps[0].before[0]", found: "inputs.count <= 5", expected: /false/ }].map(
        (problem) => ({ ...problem, expected: expect.stringMatching("it is false") as unknown }),
      ),
    );
  });

  test.each<[string, Readonly<Record<string, unknown>>, string, string | undefined]>([
    ["an unknown kind", { check: [{ dor: { name: "x" } }] }, "check[0].dor", "door"],
    [
      "an unknown setting",
      { check: [{ door: { name: "x" }, witin: "3s" }] },
      "check[0]",
      undefined,
    ],
    ["no kind", { check: [{ within: "3s" }] }, "check[0]", undefined],
    ["an input that is no mapping", { check: [{ door: "north" }] }, "check[0].door", undefined],
    ["a wrong input", { check: [{ door: { nme: "x" } }] }, "check[0].door.name", undefined],
    ["every alone", { check: [{ door: { name: "x" }, every: "3s" }] }, "check[0].every", undefined],
    [
      "every longer than within",
      { check: [{ door: { name: "x" }, within: "1s", every: "3s" }] },
      "check[0].every",
      undefined,
    ],
    [
      "too many looks",
      { check: [{ door: { name: "x" }, within: "1h", every: "1s" }] },
      "check[0].within",
      undefined,
    ],
    [
      "an expression that is to be asked again",
      { check: [{ expression: "result.ok", within: "3s" }] },
      "check[0].within",
      undefined,
    ],
    ["a result before there is one", { before: ["result.ok"] }, "before[0]", undefined],
    [
      "an unknown name",
      { before: [{ door: { name: "${{ inputs.x }}" } }] },
      "before[0].door.name",
      undefined,
    ],
  ])("with %s is refused", (_name, step, path, nearest) => {
    const [problem] = stepProblems({ ...look, ...step });
    expect([problem?.path, problem?.nearest]).toEqual([path, nearest]);
  });
});

describe("a state that a step expects", () => {
  const open = { uses: "door.set", with: { name: "north" } };

  test("is read by an operation that can", () => {
    const step = stepOf({ ...open, expect: [{ ...open, state: { open: false } }] });
    expect(step.preconditions).toEqual([
      { uses: "door.set", with: { name: "north" }, profile: null, captured: { open: false } },
    ]);
  });

  test.each([
    ["an operation that reads no state", { ...look, state: {} }, "expect[0].uses", "door.set"],
    ["an unknown operation", { uses: "door.sett", state: {} }, "expect[0].uses", "one of"],
    [
      "a name that is known later",
      { ...open, with: { name: "${{ run.id }}" }, state: {} },
      "expect[0].with.name",
      "known when the plan is filed",
    ],
  ])("with %s is refused", (_name, expectation, path, expected) => {
    const [problem] = stepProblems({ ...open, expect: [expectation] });
    expect(problem?.path).toBe(path);
    expect(problem?.expected).toContain(expected);
  });
});

describe("rollback", () => {
  const open = { uses: "door.set", with: { name: "north" } };

  test.each([
    [undefined, { kind: "captured", summary: "Put north back.", risk: "modify" }],
    ["undo", { kind: "captured", summary: "Put north back.", risk: "modify" }],
    ["none", { kind: "none" }],
    [[], { kind: "not-needed" }],
  ])("%j", (rollback, kind) => {
    expect(stepOf({ ...open, ...(rollback !== undefined && { rollback }) }).rollback).toEqual(kind);
  });

  test("undo of what has no undo is refused", () => {
    expect(stepProblems({ ...look, rollback: "undo" })).toMatchObject([
      { path: "rollback", found: "undo" },
    ]);
  });
});

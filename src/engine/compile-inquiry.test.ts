import { describe, expect, test } from "vitest";
import { aPolicy, anEnvironment } from "#test/builders/a-policy.ts";
import { planOf, problemsOf, stepOf, stepProblems } from "#test/builders/compiled.ts";
import { answerProblem } from "./inquiry-answer.ts";
import type { InquiryField } from "./plan.ts";

const look = { uses: "toy.read", with: { name: "web-1" } };

describe("a question", () => {
  test("alone is a step that does nothing else", () => {
    expect(stepOf({ ask: { message: "Which one?" } })).toMatchObject({
      uses: "flow.continue",
      with: {},
      risk: "read-only",
      inquiry: {
        message: "Which one?",
        fields: [{ name: "answer", type: "text", label: "answer", required: true }],
        from: null,
        timeoutMs: 3_600_000,
        onTimeout: "fail",
      },
    });
  });

  test("has a form of typed fields in the order written", () => {
    const { inquiry } = stepOf({
      ...look,
      ask: {
        message: "How?",
        fields: {
          size: { type: "number", min: 1, max: 5, default: 2, label: "How many" },
          color: { type: "choice", options: ["red", "blue"], default: "red" },
          token: { type: "secret", min: 8 },
        },
        from: { groups: ["sre"], users: ["U0ANN0000"] },
        timeout: "10m",
        on_timeout: "skip",
      },
    });
    expect(inquiry?.fields.map(({ name, type, default: value }) => [name, type, value])).toEqual([
      ["size", "number", 2],
      ["color", "choice", "red"],
      ["token", "secret", null],
    ]);
    expect(inquiry).toMatchObject({
      from: { groups: ["sre"], users: ["U0ANN0000"] },
      timeoutMs: 600_000,
      onTimeout: "skip",
    });
  });

  test("says what is known when the plan is filed", () => {
    const { steps } = planOf({
      inputs: { fleet: "api" },
      steps: [{ id: "s", ...look, ask: { message: "Restart ${{ inputs.fleet }}?" } }],
    });
    expect(steps[0]?.inquiry?.message).toBe("Restart api?");
  });

  test.each<[string, Readonly<Record<string, unknown>>, string, string | undefined]>([
    ["an unknown group", { from: ["sra"] }, "ask.from[0]", "sre"],
    ["nobody to answer", { from: { groups: [] } }, "ask.from", undefined],
    ["an unknown key", { feilds: {} }, "ask.feilds", "fields"],
    ["an unknown type", { type: "numbr" }, "ask.type", "number"],
    ["no options", { type: "choice" }, "ask.options", undefined],
    ["options of a text", { options: ["a"] }, "ask.options", undefined],
    ["an option twice", { type: "choice", options: ["a", "a"] }, "ask.options", undefined],
    [
      "a default that is no option",
      { type: "choice", options: ["a"], default: "b" },
      "ask.default",
      undefined,
    ],
    ["a default of a secret", { type: "secret", default: "x" }, "ask.default", undefined],
    [
      "a date that does not exist",
      { type: "date", default: "2026-02-30" },
      "ask.default",
      undefined,
    ],
    ["a number out of bounds", { type: "number", max: 3, default: 4 }, "ask.default", undefined],
    ["bounds that exclude everything", { type: "number", min: 3, max: 1 }, "ask.min", undefined],
    ["a broken pattern", { pattern: "(" }, "ask.pattern", undefined],
    ["both a form and a field", { type: "text", fields: { a: {} } }, "ask.type", undefined],
    ["an empty form", { fields: {} }, "ask.fields", undefined],
    ["no default to go on with", { on_timeout: "continue" }, "ask.on_timeout", undefined],
    ["a message that needs a result", { message: "${{ run.id }}" }, "ask.message", undefined],
  ])("with %s is refused", (_name, ask, path, nearest) => {
    const [problem] = stepProblems({ ...look, ask: { message: "Well?", ...ask } });
    expect([problem?.path, problem?.nearest]).toEqual([path, nearest]);
  });

  test("a step without an operation must at least ask or be approved", () => {
    expect(stepProblems({})).toMatchObject([{ path: "uses", found: "nothing" }]);
    expect(stepProblems({ ask: { message: "?" }, with: { name: "x" } })[0]?.path).toBe("with");
  });
});

describe("answers", () => {
  const ask = {
    message: "Who?",
    fields: { who: { type: "user" }, token: { type: "secret" } },
  };
  const asking = { id: "a", ask };
  const using = (step: Readonly<Record<string, unknown>>) =>
    problemsOf({ steps: [asking, { id: "b", uses: "toy.read", needs: ["a"], ...step }] });

  test("are used by the step itself and by those that wait for it", () => {
    const { steps } = planOf({
      steps: [
        { id: "a", uses: "toy.read", with: { name: "${{ answers.who }}" }, ask },
        {
          id: "b",
          uses: "toy.read",
          needs: ["a"],
          with: { name: "${{ steps.a.answers.token }}" },
          when: "!steps.a.timed_out && steps.a.answers.who != ''",
        },
      ],
    });
    expect(steps.map((step) => [step.deferred, step.with["name"]])).toEqual([
      [true, "${{ answers.who }}"],
      [true, "${{ steps.a.answers.token }}"],
    ]);
  });

  test.each([
    ["a field that is not asked", { with: { name: "${{ steps.a.answers.wo }}" } }, "who"],
    ["a member that does not exist", { with: { name: "${{ steps.a.answer.who }}" } }, "answers"],
    [
      "the answers of a step that asks nothing",
      { with: { name: "${{ answers.who }}" } },
      undefined,
    ],
  ])("%s is refused", (_name, step, nearest) => {
    const [problem] = using(step);
    expect([problem?.path, problem?.nearest]).toEqual(["steps[1].with.name", nearest]);
  });

  test.each([
    ["in a condition", { when: "steps.a.answers.token == 'x'" }],
    ["in a check", { check: ["steps.a.answers.token != ''"] }],
    ["inside other text", { with: { name: "Bearer ${{ steps.a.answers.token }}" } }],
    ["turned into something else", { with: { name: "${{ steps.a.answers.token + 'x' }}" } }],
    ["as part of all answers", { with: { name: "${{ string(steps.a.answers) }}" } }],
    ["as part of the whole step", { with: { name: "${{ steps.a }}" } }],
    ["in the input of a check", { before: [{ door: { name: "${{ steps.a.answers.token }}" } }] }],
  ])("a secret %s is refused", (_name, step) => {
    const found = using({ with: { name: "x" }, ...step }).map((problem) => problem.expected);
    expect(found).toContain(
      "a secret only in with, by its name and with nothing around it in its ${{ }}",
    );
  });
});

describe("an answer", () => {
  const field: InquiryField = {
    name: "f",
    type: "text",
    label: "F",
    required: true,
    options: ["a", "b"],
    default: null,
    min: null,
    max: null,
    pattern: null,
  };

  test.each([
    [{}, "x", true],
    [{}, 4, false],
    [{}, null, false],
    [{ required: false }, null, true],
    [{ min: 2 }, "x", false],
    [{ max: 2 }, "xyz", false],
    [{ pattern: "[a-z]+" }, "xyz", true],
    [{ pattern: "[a-z]+" }, "xyz1", false],
    [{ type: "number", min: 1, max: 3 }, 2, true],
    [{ type: "number", min: 1, max: 3 }, 4, false],
    [{ type: "number" }, "2", false],
    [{ type: "choice" }, "a", true],
    [{ type: "choice" }, "c", false],
    [{ type: "user" }, "U0ANN0000", true],
    [{ type: "user" }, "ann", false],
    [{ type: "date" }, "2028-02-29", true],
    [{ type: "date" }, "2027-02-29", false],
    [{ type: "date" }, "tomorrow", false],
    [{ type: "secret", min: 8 }, "long enough", true],
  ] as const)("%j takes %j: %s", (changes, value, fits) => {
    expect(answerProblem({ ...field, ...changes }, value) === null).toBe(fits);
  });

  test("that is a secret is not repeated in what is wrong with it", () => {
    const wrong = answerProblem({ ...field, type: "secret", min: 20 }, "hunter2");
    expect(JSON.stringify(wrong)).not.toContain("hunter2");
  });
});

describe("an approval of a step", () => {
  const change = { uses: "toy.change", with: { name: "web-1" } };
  const destroy = { uses: "toy.destroy", with: { name: "web-1" } };
  const message = "Really?";

  test("asks those whom the environment asks for the step's risk, unless it says otherwise", () => {
    expect(stepOf({ ...destroy, approval: { message } }).approval).toEqual({
      message,
      require: [{ count: 2, fromGroups: ["sre"], fromUsers: [] }],
      timeoutMs: 3_600_000,
      onTimeout: "fail",
    });
    const own = { message, require: [{ from: ["developers"] }], timeout: "5m", on_timeout: "skip" };
    expect(stepOf({ ...destroy, approval: own }).approval).toEqual({
      message,
      require: [{ count: 1, fromGroups: ["developers"], fromUsers: [] }],
      timeoutMs: 300_000,
      onTimeout: "skip",
    });
  });

  test("of what only reads asks those who are asked for changes, because somebody must agree", () => {
    expect(stepOf({ approval: { message } })).toMatchObject({
      uses: "flow.continue",
      approval: { require: [{ count: 1, fromGroups: ["sre"], fromUsers: [] }] },
    });
  });

  test("by silence only where the environment names the risk", () => {
    const policy = aPolicy({
      environments: { production: anEnvironment({ approvesOnTimeout: ["modify"] }) },
    });
    const approval = { message, on_timeout: "approve" };
    expect(stepOf({ ...change, approval }, { policy }).approval?.onTimeout).toBe("approve");
    const path = "approval.on_timeout";
    expect(stepProblems({ ...change, approval })).toMatchObject([{ path }]);
    expect(stepProblems({ ...destroy, approval }, { policy })).toMatchObject([
      { path, found: "approve, on a destructive step" },
    ]);
  });

  test.each([
    ["an unknown group", [{ from: ["sree"] }], "approval.require[0].from[0]", "sre"],
    ["nobody", [{ count: 1 }], "approval.require[0]", undefined],
    [
      "more people than there are",
      [{ count: 3, users: ["U0ANN0000", "U0BOB0000"] }],
      "approval.require",
      undefined,
    ],
    [
      "one person for two places",
      [{ users: ["U0ANN0000"] }, { users: ["U0ANN0000"] }],
      "approval.require",
      undefined,
    ],
  ])("that asks %s is refused", (_name, require, path, nearest) => {
    const [problem] = stepProblems({ ...change, approval: { message, require } });
    expect([problem?.path, problem?.nearest]).toEqual([path, nearest]);
  });
});

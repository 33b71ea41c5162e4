import { describe, expect, test } from "vitest";
import { cpuMs } from "#test/builders/cpu-time.ts";
import { aPolicy } from "#test/builders/a-policy.ts";
import { PLAIN_PLAN, PLAIN_STEP } from "#test/builders/plain-plan.ts";
import { toyRegistry } from "#test/builders/toy-operations.ts";
import { planOf } from "#test/builders/compiled.ts";
import { createRegistry } from "./operation.ts";
import { compilePlan } from "./compile-plan.ts";
import type { PlanRequest } from "./compile-plan.ts";
import { parsePlaybook } from "./playbook.ts";
import type { Playbook } from "./playbook.ts";
import type { Plan, Problem } from "./plan.ts";

const context = {
  policy: aPolicy(),
  registry: toyRegistry(),
  playbooks: [] as readonly Playbook[],
};

function source(value: Readonly<Record<string, unknown>>): PlanRequest {
  return { kind: "source", value: { title: "A plan", ...value }, text: "" };
}

function plan(request: PlanRequest, playbooks: readonly Playbook[] = []): Plan {
  const compiled = compilePlan(request, { ...context, playbooks });
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.refusal, null, 1));
  return compiled.value.plan;
}

function problems(request: PlanRequest, playbooks: readonly Playbook[] = []): readonly Problem[] {
  const compiled = compilePlan(request, { ...context, playbooks });
  return compiled.ok ? [] : compiled.refusal;
}

const look = { id: "look", uses: "toy.read", with: { name: "web-1" } };

describe("compilePlan", () => {
  test("fills in what is left out", () => {
    expect(plan(source({ steps: [look] }))).toEqual({
      ...PLAIN_PLAN,
      title: "A plan",
      environment: "production",
      playbook: null,
      inputs: {},
      mode: "stages",
      parallelism: 5,
      onFailure: "rollback",
      runTimeMs: 3_600_000,
      risk: "read-only",
      steps: [
        {
          ...PLAIN_STEP,
          id: "look",
          uses: "toy.read",
          with: { name: "web-1" },
          profile: null,
          summary: "Look at web-1.",
          risk: "read-only",
          timeoutMs: 30_000,
          needs: [],
          stage: 0,
          when: null,
          check: [],
          retry: {
            maxAttempts: 1,
            backoff: "fixed",
            baseDelayMs: 0,
            maxDelayMs: 0,
            jitter: false,
            on: [],
          },
          onFailure: "rollback",
          rollback: { kind: "none" },
          locks: [],
          deferred: false,
        },
      ],
    });
  });

  test("reads durations, retries and failure handling", () => {
    const [step] = plan(
      source({
        on_failure: "stop",
        run_time: "30m",
        steps: [
          {
            ...look,
            timeout: "1m30s",
            deadline: "10m",
            on_failure: "continue",
            retry: { max_attempts: 5, base_delay: "500ms", on: ["timeout"] },
          },
        ],
      }),
    ).steps;
    expect(step).toMatchObject({
      timeoutMs: 90_000,
      deadlineMs: 600_000,
      onFailure: "continue",
      retry: {
        maxAttempts: 5,
        backoff: "exponential",
        baseDelayMs: 500,
        maxDelayMs: 60_000,
        jitter: true,
        on: ["timeout"],
      },
    });
  });

  test("the risk is the highest of any step, and of any call of a rollback", () => {
    const change = { id: "c", uses: "toy.change", with: { name: "a" } };
    expect(plan(source({ steps: [look, change] })).risk).toBe("modify");
    const undo = { ...change, rollback: [{ uses: "toy.destroy", with: { name: "a" } }] };
    expect(plan(source({ steps: [undo] })).risk).toBe("destructive");
  });

  test.each([
    ["destructive", "destructive"],
    ["modify", "modify"],
    [undefined, "destructive"],
  ] as const)("an undo that is %s makes its step's plan %s", (undoRisk, risk) => {
    const read = toyRegistry().get("toy.read");
    if (read === undefined) throw new Error("there is no toy.read");
    const launch = {
      ...read,
      name: "toy.launch",
      describeUndo: () => "Destroy it.",
      undo: () => null,
      ...(undoRisk !== undefined && { undoRisk }),
    };
    const registry = createRegistry([launch]);
    const step = { id: "l", uses: "toy.launch", with: { name: "a" } };
    const made = planOf({ steps: [step] }, { registry });
    expect(made).toMatchObject({ risk, steps: [{ risk: "read-only", rollback: { risk } }] });
    const none = planOf({ steps: [{ ...step, rollback: "none" }] }, { registry });
    expect(none.risk).toBe("read-only");
  });

  test("an input that is not known yet takes the operation's worst risk", () => {
    const steps = [
      look,
      {
        id: "c",
        uses: "toy.change",
        needs: ["look"],
        with: { name: "${{ steps.look.result.name }}" },
      },
    ];
    const [, step] = plan(source({ steps })).steps;
    expect(step).toMatchObject({
      deferred: true,
      risk: "destructive",
      locks: [],
      summary: "Change a server.",
    });
  });

  test("an operation that can be undone says how, and an explicit rollback goes before it", () => {
    const destroy = { id: "d", uses: "toy.destroy", with: { name: "a" } };
    expect(plan(source({ steps: [destroy] })).steps[0]?.rollback).toEqual({
      kind: "captured",
      summary: "Build a again.",
      risk: "modify",
    });
    const listed = {
      ...destroy,
      rollback: [{ uses: "toy.change", with: { name: "${{ result.name }}" }, timeout: "5s" }],
    };
    expect(plan(source({ steps: [listed] })).steps[0]?.rollback).toMatchObject({
      kind: "commands",
      calls: [
        {
          uses: "toy.change",
          risk: "destructive",
          timeoutMs: 5000,
          with: { name: "${{ result.name }}" },
        },
      ],
    });
    expect(plan(source({ steps: [{ ...destroy, rollback: [] }] })).steps[0]?.rollback).toEqual({
      kind: "not-needed",
    });
  });

  test("for_each makes a step for each item, in batches that wait for each other", () => {
    const steps = [
      {
        id: "s",
        uses: "toy.change",
        for_each: "${{ inputs.hosts }}",
        batch: 2,
        with: { name: "${{ item }}", count: "${{ index + 1 }}" },
        when: "item != 'z'",
      },
      { ...look, needs: ["s"] },
    ];
    const made = plan(source({ inputs: { hosts: ["a", "b", "c"] }, steps }));
    expect(made.steps.map(({ id, needs, after, stage }) => [id, needs, after, stage])).toEqual([
      ["s[0]", [], [], 0],
      ["s[1]", [], [], 0],
      ["s[2]", [], ["s[0]", "s[1]"], 1],
      ["look", ["s[0]", "s[1]", "s[2]"], [], 2],
    ]);
    expect(made.steps[1]).toMatchObject({ with: { name: "b", count: 2 }, when: "(\"b\") != 'z'" });
  });

  test("tells every problem at once, with its path and the nearest name", () => {
    const found = problems(
      source({
        environment: "prodution",
        steps: [
          { id: "a", uses: "toy.reed", with: {} },
          { id: "b", uses: "toy.read", needs: ["aa"], with: { nmae: "x", count: 1000 } },
          { id: "c", uses: "toy.read", with: { name: "${{ inputs.host }}" } },
        ],
      }),
    );
    expect(found.map(({ path, nearest }) => [path, nearest])).toEqual([
      ["environment", "production"],
      ["steps[1].needs[0]", "a"],
      ["steps[0].uses", "toy.read"],
      ["steps[1].with.name", undefined],
      ["steps[1].with.count", undefined],
      ["steps[1].with.nmae", "name"],
      ["steps[2].with.name", undefined],
    ]);
  });

  test.each<[string, Readonly<Record<string, unknown>>, string, string | undefined]>([
    ["an unknown key", { step: [], steps: [look] }, "step", "steps"],
    ["an unknown key of a step", { steps: [{ ...look, nedes: [] }] }, "steps[0].nedes", "needs"],
    [
      "an unknown key of a retry",
      { steps: [{ ...look, retry: { max_atempts: 2 } }] },
      "steps[0].retry.max_atempts",
      "max_attempts",
    ],
    ["resources", { steps: [look], resources: [] }, "resources", undefined],
    ["a wrong word", { mode: "grpah", steps: [look] }, "mode", "graph"],
    [
      "a bad duration",
      { steps: [{ ...look, timeout: "5 minutes" }] },
      "steps[0].timeout",
      undefined,
    ],
    ["a number as duration", { steps: [{ ...look, timeout: 5 }] }, "steps[0].timeout", undefined],
    ["no steps", { steps: [] }, "steps", undefined],
    [
      "a circle",
      {
        steps: [
          { ...look, id: "a", needs: ["b"] },
          { ...look, id: "b", needs: ["a"] },
        ],
      },
      "steps[0].needs",
      undefined,
    ],
    ["too much at once", { parallelism: 11, steps: [look] }, "parallelism", undefined],
    ["too long a run", { run_time: "2h", steps: [look] }, "run_time", undefined],
    ["batch without for_each", { steps: [{ ...look, batch: 2 }] }, "steps[0].batch", undefined],
    [
      "for_each over results",
      {
        steps: [look, { ...look, id: "b", needs: ["look"], for_each: "${{ steps.look.result }}" }],
      },
      "steps[1].for_each",
      undefined,
    ],
    [
      "for_each over nothing",
      { steps: [{ ...look, for_each: [] }] },
      "steps[0].for_each",
      undefined,
    ],
    [
      "for_each over text",
      { steps: [{ ...look, for_each: "a, b" }] },
      "steps[0].for_each",
      undefined,
    ],
    [
      "an unknown step in an expression",
      { steps: [look, { ...look, id: "b", needs: ["look"], when: "steps.loook.result == 1" }] },
      "steps[1].when",
      "look",
    ],
    [
      "an unknown input in an expression",
      { inputs: { hosts: 1 }, steps: [{ ...look, with: { name: "${{ inputs.host }}" } }] },
      "steps[0].with.name",
      "hosts",
    ],
    [
      "an unknown root",
      { steps: [{ ...look, check: ["results.ok"] }] },
      "steps[0].check[0]",
      undefined,
    ],
    [
      "result before there is one",
      { steps: [{ ...look, when: "result.ok" }] },
      "steps[0].when",
      undefined,
    ],
    [
      "item outside for_each",
      { steps: [{ ...look, when: "item == 1" }] },
      "steps[0].when",
      undefined,
    ],
    [
      "a broken expression",
      { steps: [{ ...look, check: ["1 +"] }] },
      "steps[0].check[0]",
      undefined,
    ],
    [
      "steps as a whole",
      { steps: [look, { ...look, id: "b", needs: ["look"], when: "steps.all(s, true)" }] },
      "steps[1].when",
      undefined,
    ],
    [
      "a deferred input with a missing key",
      {
        steps: [
          look,
          {
            id: "b",
            uses: "toy.read",
            needs: ["look"],
            with: { count: "${{ steps.look.result }}" },
          },
        ],
      },
      "steps[1].with.name",
      undefined,
    ],
    [
      "a key that changes what an object inherits",
      { steps: [look], inputs: JSON.parse('{"__proto__": {"a": 1}}') as unknown },
      "",
      undefined,
    ],
  ])("%s is a problem", (_name, value, path, nearest) => {
    const [problem] = problems(source(value));
    expect([problem?.path, problem?.nearest]).toEqual([path, nearest]);
  });

  test("a step that uses another's result must wait for it", () => {
    const steps = [look, { ...look, id: "b", with: { name: "${{ steps.look.result.name }}" } }];
    expect(problems(source({ steps }))[0]).toMatchObject({
      path: "steps[1].with.name",
      found: "steps.look, which b does not wait for",
      expected: "needs: [look] on b",
    });
    expect(problems(source({ steps, mode: "sequential" }))).toEqual([]);
  });

  test("a document that unfolds to millions of values is refused quickly", () => {
    let bomb: unknown = ["x"];
    for (let level = 0; level < 30; level += 1) bomb = [bomb, bomb];
    const ms = cpuMs(() => {
      expect(problems(source({ steps: [look], inputs: { bomb } }))[0]?.found).toMatch(/more than/);
    });
    expect(ms).toBeLessThan(1000);
  });

  test("steps are counted after for_each", () => {
    const steps = [{ ...look, for_each: Array.from({ length: 501 }, () => 1) }];
    expect(problems(source({ steps }))[0]).toMatchObject({
      found: "501 steps",
      expected: "at most 500 steps",
    });
  });

  test("two lists that need each other can't multiply without bound", () => {
    const list = Array.from({ length: 400 }, () => 1);
    const policy = aPolicy({ limits: { ...aPolicy().limits, stepsPerPlan: 10_000 } });
    const steps = [
      { ...look, for_each: list },
      { ...look, id: "b", needs: ["look"], for_each: list },
    ];
    const compiled = compilePlan(source({ steps }), { ...context, policy });
    expect(compiled.ok ? "" : compiled.refusal[0]?.found).toBe("160000 dependencies between steps");
  });
});

describe("a single operation", () => {
  test("takes key=value words as its schema wants them", () => {
    const made = plan({
      kind: "operation",
      name: "toy.change",
      arguments: {
        name: "web-1",
        count: "3",
        tags: "a, b",
        urgent: "yes",
        environment: "staging",
        profile: "ops",
      },
    });
    expect(made).toMatchObject({
      title: "Change web-1 3 times",
      environment: "staging",
      risk: "destructive",
    });
    expect(made.steps[0]).toMatchObject({
      id: "toy_change",
      profile: "ops",
      with: { name: "web-1", count: 3, tags: ["a", "b"], urgent: true },
    });
  });

  test("tells problems by key", () => {
    const found = problems({
      kind: "operation",
      name: "toy.change",
      arguments: { nme: "web-1", count: "many" },
    });
    expect(found.map(({ path, nearest }) => [path, nearest])).toEqual([
      ["name", undefined],
      ["count", undefined],
      ["nme", "name"],
    ]);
    expect(problems({ kind: "operation", name: "toy.chnage", arguments: {} })[0]?.nearest).toBe(
      "toy.change",
    );
  });
});

describe("a playbook", () => {
  const file = {
    name: "rotate",
    summary: "Rotate hosts",
    inputs: {
      hosts: { type: "list", description: "who", pattern: "[a-z0-9-]+", min: 1 },
      count: { type: "integer", default: 2, max: 5 },
      where: { one_of: ["staging", "production"], default: "production" },
    },
    title: "Rotate ${{ string(inputs.hosts.size()) }} hosts",
    environment: "${{ inputs.where }}",
    steps: [
      {
        id: "s",
        uses: "toy.change",
        for_each: "${{ inputs.hosts }}",
        with: { name: "${{ item }}", count: "${{ inputs.count }}" },
      },
    ],
  };
  const parsed = parsePlaybook("rotate.yml", "", file);
  const playbooks = parsed.ok ? [parsed.value] : [];
  const run = (given: Readonly<Record<string, string>>): PlanRequest => ({
    kind: "playbook",
    name: "rotate",
    arguments: given,
  });

  test("becomes a plan with typed inputs and defaults", () => {
    const made = plan(run({ hosts: "web-1,web-2" }), playbooks);
    expect(made).toMatchObject({
      title: "Rotate 2 hosts",
      environment: "production",
      playbook: "rotate",
      inputs: { hosts: ["web-1", "web-2"], count: 2, where: "production" },
    });
    expect(made.steps.map((step) => step.with)).toEqual([
      { name: "web-1", count: 2 },
      { name: "web-2", count: 2 },
    ]);
  });

  test.each([
    [{}, "hosts", undefined],
    [{ hots: "a", hosts: "a" }, "hots", "hosts"],
    [{ hosts: "a", count: "many" }, "count", undefined],
    [{ hosts: "a", count: "6" }, "count", undefined],
    [{ hosts: "web_1" }, "hosts", undefined],
    [{ hosts: "" }, "hosts", undefined],
    [{ hosts: "a", where: "stagin" }, "where", "staging"],
  ])("refuses %j", (given, path, nearest) => {
    const [problem] = problems(run(given), playbooks);
    expect([problem?.path, problem?.nearest]).toEqual([path, nearest]);
  });

  test("text that holds an expression stays text", () => {
    const open = { ...file, inputs: { ...file.inputs, hosts: { type: "list" } } };
    const lax = parsePlaybook("rotate.yml", "", open);
    const found = problems(run({ hosts: "${{ inputs.count }}" }), lax.ok ? [lax.value] : []);
    expect(found[0]?.expected).toMatch(/never evaluated/);
  });

  test.each([
    [{ ...file, name: "Bad Name" }, "name"],
    [{ ...file, stpes: [] }, "stpes"],
    [{ ...file, inputs: { count: { type: "integer", default: "x" } } }, "inputs.count.default"],
    [{ ...file, inputs: { hosts: { tpye: "list" } } }, "inputs.hosts.tpye"],
  ])("with a mistake in its file is refused", (value, path) => {
    const wrong = parsePlaybook("x.yml", "", value);
    expect(wrong.ok ? "accepted" : wrong.refusal[0]?.path).toBe(path);
  });

  test("an unknown name gets the nearest", () => {
    expect(
      problems({ kind: "playbook", name: "rotat", arguments: {} }, playbooks)[0]?.nearest,
    ).toBe("rotate");
  });
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { aPolicy } from "#test/builders/a-policy.ts";
import { languageRegistry } from "#test/builders/toy-operations.ts";
import { compilePlan } from "./compile-plan.ts";
import { playbookCircles } from "./nest-playbook.ts";
import { parsePlaybook } from "./playbook.ts";
import type { Playbook } from "./playbook.ts";
import type { Plan, Problem } from "./plan.ts";

const policy = aPolicy({ env: { REGION: "eu-west-1", STAGE: "blue" } });

function compiled(value: object, playbooks: readonly Playbook[] = []) {
  return compilePlan(
    { kind: "source", value: { title: "A plan", ...value }, text: "" },
    { policy, registry: languageRegistry(), playbooks },
  );
}

function plan(value: object, playbooks: readonly Playbook[] = []): Plan {
  const made = compiled(value, playbooks);
  if (!made.ok) throw new Error(JSON.stringify(made.refusal, null, 1));
  return made.value.plan;
}

function problems(value: object, playbooks: readonly Playbook[] = []): readonly Problem[] {
  const made = compiled(value, playbooks);
  return made.ok ? [] : made.refusal;
}

function playbook(value: { readonly name: string; readonly [key: string]: unknown }): Playbook {
  const parsed = parsePlaybook(`${value.name}.yml`, "", { summary: "Do it", ...value });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.refusal));
  return parsed.value;
}

const look = (id: string, more: object = {}) => ({
  id,
  uses: "toy.read",
  with: { name: id },
  ...more,
});

describe("stages", () => {
  test("may have names, which come in the order in which they first appear", () => {
    const steps = [
      look("a", { stage: "prepare" }),
      look("b", { parallel_group: "roll-out" }),
      look("c", { stage: "prepare" }),
    ];
    const made = plan({ steps, groups: { "roll-out": { parallelism: 2 } } });
    expect(made.steps.map(({ id, stage, stageName }) => [id, stage, stageName])).toEqual([
      ["a", 0, "prepare"],
      ["b", 1, "roll-out"],
      ["c", 0, "prepare"],
    ]);
    expect(made.groups).toEqual({ "roll-out": 2 });
    expect(made.steps[1]?.groups).toEqual(["roll-out"]);
  });

  test("have all a name or all a number", () => {
    expect(problems({ steps: [look("a", { stage: "one" }), look("b", { stage: 1 })] })).toEqual([
      expect.objectContaining({
        path: "steps[1].stage",
        expected: "stages that all have a name, or all a number",
      }),
    ]);
  });

  test("are not made by a group in a graph, where it only limits", () => {
    const steps = [look("a", { parallel_group: "g" }), look("b", { parallel_group: "g" })];
    const made = plan({ mode: "graph", steps, groups: { g: { parallelism: 1 } } });
    expect(made.steps.map(({ stage, groups }) => [stage, groups])).toEqual([
      [0, ["g"]],
      [0, ["g"]],
    ]);
  });
});

describe("groups", () => {
  test("that nobody is in are a mistake, with the nearest name", () => {
    const steps = [look("a", { parallel_group: "rollout" })];
    expect(problems({ steps, groups: { rolout: { parallelism: 1 } } })).toEqual([
      expect.objectContaining({ path: "groups.rolout", nearest: "rollout" }),
    ]);
  });

  test("run no more at once than the policy allows a plan", () => {
    const steps = [look("a", { parallel_group: "g" })];
    expect(problems({ steps, groups: { g: { parallelism: 11 } } })).toEqual([
      expect.objectContaining({ path: "groups.g.parallelism", expected: "at most 10" }),
    ]);
  });
});

describe("variables", () => {
  test("are evaluated once, in their order, and recorded with what they used of the environment", () => {
    const made = plan({
      inputs: { fleet: "api" },
      vars: { host: "${{ inputs.fleet }}.${{ env.REGION }}", url: "https://${{ vars.host }}/" },
      steps: [look("a", { with: { name: "${{ vars.url }}" } })],
    });
    expect(made.vars).toEqual({ host: "api.eu-west-1", url: "https://api.eu-west-1/" });
    expect(made.env).toEqual({ REGION: "eu-west-1" });
    expect(made.steps[0]).toMatchObject({ with: { name: "https://api.eu-west-1/" } });
  });

  test("may not use steps or variables below them", () => {
    const vars = { a: "${{ vars.b }}", b: "x", c: "${{ steps.s.result }}" };
    expect(problems({ vars, steps: [look("s")] }).map(({ path }) => path)).toEqual([
      "vars.a",
      "vars.c",
    ]);
  });

  test("that do not exist are told with the nearest name, those of the environment with what may be read", () => {
    const steps = [look("a", { when: "vars.hots == 'x' && env.REGOIN == 'y'" })];
    expect(problems({ vars: { host: "x" }, steps })).toEqual([
      expect.objectContaining({ path: "steps[0].when", found: "vars.hots", nearest: "host" }),
    ]);
    expect(problems({ steps: [look("a", { when: "env.HOME == 'y'" })] })).toEqual([
      expect.objectContaining({ found: "env.HOME", expected: "one of REGION, STAGE" }),
    ]);
  });

  test("that are a mistake are told once", () => {
    expect(
      problems({ title: "${{ vars.a }}", vars: { a: "${{ nothing }}" }, steps: [look("s")] }),
    ).toHaveLength(2);
  });
});

describe("for each", () => {
  const over = (items: readonly string[], more: object) => ({
    steps: [look("s", { for_each: items, with: { name: "${{ item }}" }, ...more })],
  });

  test("tries its canaries first, which must succeed, and then goes batch by batch", () => {
    const made = plan(over(["a", "b", "c", "d", "e"], { canary: 1, batch: 2, max_failures: 2 }));
    expect(made.steps.map(({ id, needs, after }) => [id, needs, after])).toEqual([
      ["s[0]", [], []],
      ["s[1]", ["s[0]"], []],
      ["s[2]", ["s[0]"], []],
      ["s[3]", ["s[0]"], ["s[1]", "s[2]"]],
      ["s[4]", ["s[0]"], ["s[1]", "s[2]"]],
    ]);
    expect(made.steps.map(({ loop }) => loop)).toEqual(
      [0, 1, 2, 3, 4].map((index) => ({ id: "s", index, canary: index === 0, maxFailures: 2 })),
    );
  });

  test.each([
    [{ canary: 2 }, "steps[0].canary", "fewer canaries than there are items (2 items)"],
    [{ max_failures: 2 }, "steps[0].max_failures", "fewer failures than there are items (2 items)"],
  ])("refuses %o over two items", (more, path, expected) => {
    expect(problems(over(["a", "b"], more))).toEqual([expect.objectContaining({ path, expected })]);
  });

  test.each(["batch", "canary", "max_failures"])("is where %s belongs", (key) => {
    expect(problems({ steps: [look("s", { [key]: 1 })] })).toEqual([
      expect.objectContaining({ path: `steps[0].${key}`, expected: `${key} only beside for_each` }),
    ]);
  });
});

const deploy = playbook({
  name: "deploy",
  inputs: { host: { type: "string" }, tries: { type: "integer", default: 1 } },
  title: "Deploy to ${{ inputs.host }}",
  vars: { label: "v-${{ inputs.host }}" },
  mode: "sequential",
  outputs: { seen: "steps.check.result.name" },
  steps: [
    { id: "push", uses: "toy.change", with: { name: "${{ vars.label }}", count: 1 } },
    { id: "check", needs: ["push"], uses: "toy.read", with: { name: "${{ inputs.host }}" } },
  ],
});

describe("a stage that its author gave", () => {
  const stages = (made: Plan) => made.steps.map(({ id, stage }) => [id, stage]);

  test.each(["p", 0])(
    "%j holds all items of a step, whose batches follow each other in it",
    (p) => {
      const loop = look("x", { stage: p, for_each: [1, 2, 3], batch: 1 });
      const made = plan({ steps: [loop, look("y", { stage: p === "p" ? "q" : 1 })] });
      expect(stages(made)).toEqual([
        ["x[0]", 0],
        ["x[1]", 0],
        ["x[2]", 0],
        ["y", 1],
      ]);
      expect(made.steps.map(({ after }) => after)).toEqual([[], ["x[0]"], ["x[1]"], []]);
    },
  );

  test("holds a canary and those that wait for it", () => {
    const loop = look("x", { stage: "p", for_each: [1, 2, 3], canary: 1 });
    const made = plan({ steps: [loop, look("y", { stage: "q", needs: ["x"] })] });
    expect(stages(made).map(([, stage]) => stage)).toEqual([0, 0, 0, 1]);
  });

  test("holds all steps of a playbook, whose own stages follow each other in it", () => {
    const staged = playbook({
      name: "staged",
      steps: [look("m", { stage: "one" }), look("n", { stage: "two" })],
    });
    const use = { id: "u", uses: "playbook.staged", stage: "second" };
    const steps = [look("a", { stage: "first" }), use, look("z", { stage: "third" })];
    const made = plan({ steps }, [staged]);
    expect(made.steps.map(({ id, stage, stageName }) => [id, stage, stageName])).toEqual([
      ["a", 0, "first"],
      ["u.m", 1, "second"],
      ["u.n", 1, "second"],
      ["z", 2, "third"],
    ]);
    expect(made.steps[2]?.after).toEqual(["u.m"]);
  });

  test("of a nested playbook means nothing to the steps around it", () => {
    const staged = playbook({
      name: "staged",
      steps: [look("m", { stage: "one" }), look("n", { stage: "two" })],
    });
    const use = { id: "u", uses: "playbook.staged", needs: ["a"] };
    expect(stages(plan({ steps: [look("a"), use] }, [staged]))).toEqual([
      ["a", 0],
      ["u.m", 1],
      ["u.n", 2],
    ]);
    expect(stages(plan({ steps: [look("a", { stage: 1 }), use] }, [staged]))).toEqual([
      ["a", 0],
      ["u.m", 1],
      ["u.n", 1],
    ]);
  });
});

describe("a playbook used as a step", () => {
  const use = (more: object = {}) => ({
    id: "roll",
    uses: "playbook.deploy",
    with: { host: "web-1" },
    ...more,
  });

  test("becomes its own steps, with its own names", () => {
    const made = plan({ steps: [look("first"), use({ needs: ["first"] })] }, [deploy]);
    expect(made.steps.map(({ id, scope, needs, after }) => [id, scope, needs, after])).toEqual([
      ["first", "", [], []],
      ["roll.push", "roll", ["first"], []],
      ["roll.check", "roll", ["roll.push", "first"], []],
      ["roll.outputs", "roll", ["roll.push", "roll.check", "first"], []],
    ]);
    expect(made.steps[1]).toMatchObject({ with: { name: "v-web-1" } });
    expect(made.playbooks).toEqual({
      roll: {
        playbook: "deploy",
        title: "Deploy to web-1",
        inputs: { host: "web-1", tries: 1 },
        vars: { label: "v-web-1" },
        outputs: { seen: "steps.check.result.name" },
        steps: { push: ["roll.push"], check: ["roll.check"] },
      },
    });
    expect(made.risk).toBe("modify");
  });

  test("is needed as a whole, and its outputs are its result", () => {
    const after = look("z", { needs: ["roll"], when: "steps.roll.result.seen == 'x'" });
    const made = plan({ mode: "graph", steps: [use(), after] }, [deploy]);
    expect(made.steps.at(-1)?.needs).toEqual(["roll.push", "roll.check", "roll.outputs"]);
  });

  test("hands its outputs out by a step of its own, after all of its others", () => {
    const made = plan({ steps: [use()] }, [deploy]);
    expect(made.steps.at(-1)).toMatchObject({
      id: "roll.outputs",
      needs: ["roll.push", "roll.check"],
      uses: "flow.outputs",
      with: { outputs: { seen: "${{ steps.check.result.name }}" } },
      risk: "read-only",
      scope: "roll",
    });
  });

  test("has no other step of that name", () => {
    const steps = [look("outputs")];
    const bad = playbook({ name: "bad", steps, outputs: { seen: "steps.outputs.result" } });
    expect(problems({ steps: [{ id: "u", uses: "playbook.bad" }] }, [bad])).toMatchObject([
      { path: "steps[0].uses.bad.steps[0].id", expected: "another id" },
    ]);
    const fine = playbook({ name: "fine", steps });
    expect(plan({ steps: [{ id: "u", uses: "playbook.fine" }] }, [fine]).steps).toHaveLength(1);
  });

  test("hands its condition to each of its steps, in the names around it", () => {
    const made = plan({ inputs: { go: true }, steps: [use({ when: "inputs.go" })] }, [deploy]);
    expect(made.steps.map(({ guards }) => guards)).toEqual(
      Array.from({ length: 3 }, () => [{ source: "inputs.go", scope: "" }]),
    );
  });

  test("runs once for each item, whose failures are the step's", () => {
    const steps = [
      use({ for_each: ["a", "b", "c"], with: { host: "${{ item }}" }, canary: 1, max_failures: 1 }),
    ];
    const made = plan({ mode: "graph", steps }, [deploy]);
    expect(made.steps.map(({ id }) => id)).toEqual([
      "roll[0].push",
      "roll[0].check",
      "roll[0].outputs",
      "roll[1].push",
      "roll[1].check",
      "roll[1].outputs",
      "roll[2].push",
      "roll[2].check",
      "roll[2].outputs",
    ]);
    expect(made.steps[3]).toMatchObject({
      needs: ["roll[0].push", "roll[0].check", "roll[0].outputs"],
      loop: { id: "roll", index: 1, canary: false, maxFailures: 1 },
    });
    expect(Object.keys(made.playbooks)).toEqual(["roll[0]", "roll[1]", "roll[2]"]);
  });

  test("fails as its use says, unless its file or a step of it says otherwise", () => {
    const stubborn = playbook({
      name: "stubborn",
      on_failure: "stop",
      steps: [look("a"), look("b", { on_failure: "continue" })],
    });
    const made = plan(
      { steps: [use({ on_failure: "continue" }), { id: "s", uses: "playbook.stubborn" }] },
      [deploy, stubborn],
    );
    expect(made.steps.map(({ id, onFailure }) => [id, onFailure])).toEqual([
      ["roll.push", "continue"],
      ["roll.check", "continue"],
      ["roll.outputs", "continue"],
      ["s.a", "stop"],
      ["s.b", "continue"],
    ]);
  });

  test("keeps its own parallelism as a group", () => {
    const wide = playbook({ name: "wide", parallelism: 2, steps: [look("a"), look("b")] });
    const made = plan({ steps: [{ id: "w", uses: "playbook.wide" }] }, [wide]);
    expect(made.groups).toEqual({ w: 2 });
    expect(made.steps.map(({ groups }) => groups)).toEqual([["w"], ["w"]]);
  });

  test("keeps its groups, under its own name", () => {
    const grouped = playbook({
      name: "grouped",
      groups: { g: { parallelism: 1 } },
      steps: [look("a", { parallel_group: "g" }), look("b", { parallel_group: "g" })],
    });
    const uses = [1, 2].map((nth) => ({ id: `u${nth}`, uses: "playbook.grouped" }));
    const made = plan({ mode: "graph", steps: uses }, [grouped]);
    expect(made.groups).toEqual({ "u1.g": 1, "u2.g": 1 });
    expect(made.steps.map(({ groups }) => groups)).toEqual([
      ["u1.g"],
      ["u1.g"],
      ["u2.g"],
      ["u2.g"],
    ]);
  });

  test.each([
    [{ groups: { nobody: { parallelism: 1 } } }, "groups.nobody"],
    [{ groups: { g: { parallelism: 500 } } }, "groups.g.parallelism"],
    [{ groups: { g: { parallelism: 1 } }, parallelism: 500 }, "parallelism"],
    [{ groups: { g: { parallelism: 1 } }, run_time: "1m" }, "run_time"],
  ])("is refused with %j, which it could not keep", (wrong, at) => {
    const steps = [look("a", { parallel_group: "g" })];
    const bad = playbook({ name: "bad", steps, ...wrong });
    const found = problems({ steps: [{ id: "u", uses: "playbook.bad" }] }, [bad]);
    expect(found.map(({ path }) => path)).toContain(`steps[0].uses.bad.${at}`);
  });

  test("is no group's namesake, because its own steps may be one", () => {
    const steps = [use({ id: "g" }), look("a", { parallel_group: "g" })];
    expect(problems({ groups: { g: { parallelism: 1 } }, steps }, [deploy])).toMatchObject([
      { path: "groups.g", found: "g, which is also a step that is a playbook" },
    ]);
  });

  test("may hold others, whose names are theirs", () => {
    const outer = playbook({ name: "outer", steps: [use({ id: "in" })] });
    const made = plan({ steps: [{ id: "out", uses: "playbook.outer" }] }, [deploy, outer]);
    expect(made.steps.map(({ id, scope }) => [id, scope])).toEqual([
      ["out.in.push", "out.in"],
      ["out.in.check", "out.in"],
      ["out.in.outputs", "out.in"],
    ]);
    expect(made.playbooks["out"]?.steps).toEqual({ in: ["out.in"] });
  });

  test.each([
    [
      "an unknown name",
      use({ uses: "playbook.deplyo" }),
      { path: "steps[0].uses", nearest: "deploy" },
    ],
    [
      "an unknown input",
      use({ with: { hots: "x" } }),
      { path: "steps[0].with.hots", nearest: "host" },
    ],
    [
      "an input that is not known yet",
      use({ with: { host: "${{ run.id }}" } }),
      {
        path: "steps[0].with.host",
        expected: "inputs of a playbook that are known when the plan is filed",
      },
    ],
    ["what belongs to its steps", use({ retry: { max_attempts: 2 } }), { path: "steps[0].retry" }],
  ])("is refused with %s", (_title, step, expected) => {
    expect(problems({ steps: [step] }, [deploy])).toContainEqual(expect.objectContaining(expected));
  });

  test("tells its own mistakes with their place in it", () => {
    const bad = playbook({ name: "bad", steps: [look("a", { uses: "toy.reed" })] });
    expect(problems({ steps: [{ id: "b", uses: "playbook.bad" }] }, [bad])).toEqual([
      expect.objectContaining({ path: "steps[0].uses.bad.steps[0].uses", nearest: "toy.read" }),
    ]);
  });

  test("can't be for another environment than its plan", () => {
    const elsewhere = playbook({ name: "elsewhere", environment: "staging", steps: [look("a")] });
    expect(problems({ steps: [{ id: "e", uses: "playbook.elsewhere" }] }, [elsewhere])).toEqual([
      expect.objectContaining({
        found: "staging",
        expected: "production, as the plan it is part of",
      }),
    ]);
  });

  test("that comes back to itself is refused with the circle, when filed and when loaded", () => {
    const a = playbook({ name: "a", steps: [{ id: "b", uses: "playbook.b" }] });
    const b = playbook({ name: "b", steps: [{ id: "a", uses: "playbook.a" }] });
    const found = "playbooks that use each other: a -> b -> a";
    expect(problems({ steps: [{ id: "s", uses: "playbook.a" }] }, [a, b])).toEqual([
      expect.objectContaining({ found }),
    ]);
    expect(playbookCircles([a, b, deploy]).map(({ problem }) => problem.found)).toEqual([found]);
  });

  test("is refused more than five deep", () => {
    const deep = [1, 2, 3, 4, 5, 6].map((level) =>
      playbook({
        name: `p${level}`,
        steps: level === 6 ? [look("x")] : [{ id: "n", uses: `playbook.p${level + 1}` }],
      }),
    );
    expect(problems({ steps: [{ id: "s", uses: "playbook.p1" }] }, deep)).toEqual([
      expect.objectContaining({ found: "p1 -> p2 -> p3 -> p4 -> p5 -> p6" }),
    ]);
  });

  test("counts its steps against the limit of a plan", () => {
    const many = playbook({
      name: "many",
      steps: [look("s", { for_each: Array.from({ length: 300 }, String), with: { name: "x" } })],
    });
    const steps = ["a", "b"].map((id) => ({ id, uses: "playbook.many" }));
    expect(problems({ steps }, [many])).toEqual([
      expect.objectContaining({ found: "600 steps", expected: "at most 500 steps" }),
    ]);
  });
});

test("expansion gives every step an id of its own, and what a step waits for stands before it", () => {
  const step = fc.record({
    nested: fc.boolean(),
    items: fc.option(fc.integer({ min: 1, max: 4 })),
    needs: fc.array(fc.nat(5), { maxLength: 3 }),
    batch: fc.option(fc.integer({ min: 1, max: 3 })),
  });
  const arbitrary = fc.record({
    mode: fc.constantFrom("stages", "graph", "sequential"),
    steps: fc.array(step, { minLength: 1, maxLength: 6 }),
  });
  fc.assert(
    fc.property(arbitrary, ({ mode, steps }) => {
      const made = plan(
        {
          mode,
          steps: steps.map(({ nested, items, needs, batch }, index) => ({
            id: `s${index}`,
            needs: [...new Set(needs.filter((need) => need < index).map((need) => `s${need}`))],
            ...(nested
              ? { uses: "playbook.deploy", with: { host: "h" } }
              : { uses: "toy.read", with: { name: "n" } }),
            ...(items !== null && {
              for_each: Array.from({ length: items }, String),
              ...(batch !== null && { batch }),
            }),
          })),
        },
        [deploy],
      );
      const place = new Map(made.steps.map(({ id }, index) => [id, index]));
      expect(place.size).toBe(made.steps.length);
      for (const { id, needs, after, stage } of made.steps) {
        for (const before of [...needs, ...after]) {
          expect(place.get(before)).toBeLessThan(place.get(id) ?? -1);
          const other = made.steps[place.get(before) ?? -1];
          if (mode !== "graph") expect(other?.stage).toBeLessThan(stage);
        }
      }
    }),
    { numRuns: 200 },
  );
});

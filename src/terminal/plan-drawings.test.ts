import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Plan, PlanStep } from "#engine/plan.ts";
import { aPlan, aStep } from "#test/builders/plan-records.ts";
import { hostilePlan } from "#test/builders/hostile-plans.ts";
import { displayWidth } from "./display-width.ts";
import { outlineOf } from "./plan-outline.ts";
import { planMermaid } from "./plan-mermaid.ts";
import { planTree } from "./plan-tree.ts";
import { PLAIN } from "./screen.ts";

const DIAMOND: readonly PlanStep[] = [
  aStep({ id: "a" }),
  aStep({ id: "b", needs: ["a"], stage: 1, risk: "modify" }),
  aStep({ id: "c", needs: ["a"], stage: 1, when: "true" }),
  aStep({ id: "d", needs: ["b", "c"], stage: 2, risk: "destructive" }),
];

function many(count: number): readonly PlanStep[] {
  return Array.from({ length: count }, (_, index) => aStep({ id: `stop[${index}]` }));
}

function mermaid(plan: Plan): readonly string[] {
  return planMermaid(plan).trimEnd().split("\n");
}

describe("a plan's outline", () => {
  it("keeps few items of a list apart and folds many into one", () => {
    const labels = (count: number) =>
      outlineOf(aPlan({ steps: many(count) })).stages.flatMap(({ nodes }) =>
        nodes.map(({ label }) => label),
      );
    expect(labels(3)).toEqual(["stop[0]", "stop[1]", "stop[2]"]);
    expect(labels(500)).toEqual(["stop[0…499]"]);
  });

  it("never folds a destructive item into safe ones, nor items of different stages", () => {
    const steps = many(12).map((step, index) => ({
      ...step,
      stage: index < 6 ? 0 : 1,
      risk: index === 3 ? ("destructive" as const) : step.risk,
    }));
    const outline = outlineOf(aPlan({ steps }));
    expect(
      outline.stages.map(({ nodes }) => nodes.map(({ label, risk }) => [label, risk])),
    ).toEqual([
      [
        ["stop[0…5]", "read-only"],
        ["stop[3]", "destructive"],
      ],
      [["stop[6…11]", "read-only"]],
    ]);
  });

  it("joins folded items by one edge, and has an edge for the order alone", () => {
    const steps = [
      aStep({ id: "first" }),
      ...many(50).map((step) => ({ ...step, needs: ["first"], stage: 1 })),
      aStep({ id: "last", after: many(50).map(({ id }) => id), stage: 2 }),
    ];
    const { edges } = outlineOf(aPlan({ steps, mode: "graph" }));
    expect(edges.map(({ from, to }) => `${from.label}>${to.label}`)).toEqual([
      "first>stop[0…49]",
      "stop[0…49]>last",
    ]);
  });

  it("counts every step once, whatever the plan", () => {
    fc.assert(
      fc.property(hostilePlan, (plan) => {
        const counted = outlineOf(plan).stages.flatMap(({ nodes }) =>
          nodes.flatMap(({ steps }) => steps),
        );
        expect(counted).toHaveLength(plan.steps.length);
      }),
      { numRuns: 40 },
    );
  });
});

describe("a plan as Mermaid", () => {
  it("has its stages as boxes, one after the other", () => {
    expect(mermaid(aPlan({ title: "Diamond", steps: DIAMOND })).slice(0, 13)).toEqual([
      "---",
      'title: "Diamond"',
      "---",
      "flowchart TD",
      '  subgraph s0["Stage 1"]',
      '    n0["a<br/>http.request #183; read-only"]:::readonly',
      "  end",
      '  subgraph s1["Stage 2"]',
      '    n1["b<br/>http.request #183; modify"]:::modify',
      '    n2["c<br/>http.request #183; read-only<br/>conditional"]:::readonly',
      "  end",
      '  subgraph s2["Stage 3"]',
      '    n3["d<br/>http.request #183; destructive"]:::destructive',
    ]);
    expect(mermaid(aPlan({ steps: DIAMOND }))).toContain("  s0 --> s1");
  });

  it("has edges for what steps need in graph mode, and a chain in sequential mode", () => {
    const edges = (mode: Plan["mode"]) =>
      mermaid(aPlan({ steps: DIAMOND, mode })).filter((line) => line.includes("-->"));
    expect(edges("graph")).toEqual(["  n0 --> n1", "  n0 --> n2", "  n1 --> n3", "  n2 --> n3"]);
    expect(edges("sequential")).toEqual(["  n0 --> n1", "  n1 --> n2", "  n2 --> n3"]);
  });

  it("says so when it has more edges than Mermaid draws by itself", () => {
    const wide = Array.from({ length: 30 }, (_, index) => aStep({ id: `a${index}` }));
    const next = wide.map(({ id }) =>
      aStep({ id: `b${id}`, needs: wide.map((step) => step.id), stage: 1 }),
    );
    const lines = mermaid(aPlan({ steps: [...wide, ...next], mode: "graph" }));
    expect(lines[3]).toBe("%% 900 edges: raise maxEdges, Mermaid draws 500 by default");
  });

  const text = "(?:[A-Za-z0-9 ,._-]|#\\d+;)*";
  const allowed = [
    "---",
    'title: "(?:[\\p{L}\\p{N} ,.:()/-]|\\\\u[0-9a-f]{4})*"',
    "%% \\d+ edges: raise maxEdges, Mermaid draws 500 by default",
    "flowchart TD",
    `  subgraph s\\d+\\["${text}"\\]`,
    `(?:  ){1,2}n\\d+\\["${text}(?:<br/>${text})*"\\]:::(?:readonly|modify|destructive)`,
    "  end",
    "  [ns]\\d+ --> [ns]\\d+",
    "  classDef (?:readonly|modify|destructive) [a-z0-9:,#-]+",
  ];
  const line = new RegExp(`^(?:${allowed.join("|")})$`, "u");

  it("holds nothing of a hostile plan but quoted letters and codes", () => {
    fc.assert(
      fc.property(hostilePlan, (plan) => {
        for (const written of mermaid(plan)) expect(written).toMatch(line);
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    'x"] --> evil["y',
    "end\n  click n0 call evil()",
    "%%{init: {'securityLevel': 'loose'}}%%",
    "<img src=x onerror=alert(1)>",
    "`**bold**` - 1. list",
    "---\nconfig: {securityLevel: loose}\n---",
    "#quot;#60;script#62;",
    'style n0:#fff;"]',
    "$$\\\\color{white}$$ $$$$",
  ])("is not broken out of by %j", (hostile) => {
    const steps = [
      aStep({ id: hostile, uses: hostile, stageName: hostile }),
      aStep({ id: "b", stage: 1 }),
    ];
    const lines = mermaid(aPlan({ title: hostile, steps }));
    for (const written of lines) expect(written).toMatch(line);
    expect(lines).toHaveLength(4 + 6 + 1 + 3);
    expect(lines.join()).not.toContain("#36;#36;");
  });
});

describe("a plan as a tree", () => {
  it("shows stages, risks and what each step does", () => {
    expect(
      planTree(aPlan({ title: "Diamond", steps: DIAMOND, environment: "test" }), PLAIN).split("\n"),
    ).toEqual([
      "Diamond",
      "destructive in test · 4 steps in 3 stages",
      "├─ Stage 1",
      "│  └─ a  read-only    Ask https://lb.internal/api/health whether it is well",
      "├─ Stage 2",
      "│  ├─ b  modify       Ask https://lb.internal/api/health whether it is well",
      "│  └─ c  read-only    conditional: Ask https://lb.internal/api/health whether it is well",
      "└─ Stage 3",
      "   └─ d  destructive  Ask https://lb.internal/api/health whether it is well",
    ]);
  });

  it("says what steps wait for in graph mode, and needs no headings for one after the other", () => {
    const tree = (mode: Plan["mode"]) => planTree(aPlan({ steps: DIAMOND, mode }), PLAIN);
    expect(tree("graph")).toContain("d  destructive  after b, c: Ask");
    expect(tree("sequential")).not.toContain("Stage");
    expect(tree("sequential")).toContain("└─ d");
  });

  it.each([
    [3, 5],
    [50, 52],
    [500, 502],
  ])("of %i steps that differ has %i lines", (count, lines) => {
    const steps = Array.from({ length: count }, (_, index) => aStep({ id: `step-${index}` }));
    expect(planTree(aPlan({ steps }), PLAIN).split("\n")).toHaveLength(lines);
  });

  it("of 500 items of one list is a few lines", () => {
    const tree = planTree(aPlan({ steps: many(500) }), PLAIN);
    expect(tree.split("\n")).toHaveLength(3);
    expect(tree).toContain("stop[0…499]  read-only    500 steps, the first of them: Ask");
  });

  it("is never wider than the screen, whatever the plan", () => {
    fc.assert(
      fc.property(hostilePlan, fc.integer({ min: 30, max: 200 }), (plan, columns) => {
        for (const line of planTree(plan, { columns, styled: false }).split("\n")) {
          expect(displayWidth(line)).toBeLessThanOrEqual(columns);
          expect(line).not.toMatch(/[\p{Cc}\u202a-\u202e]/u);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("has colours only on a screen that shows them", () => {
    const plan = aPlan({ steps: DIAMOND });
    const coloured = planTree(plan, { columns: null, styled: true });
    expect(coloured).toContain("\u001b[31mdestructive\u001b[39m");
    expect(stripVTControlCharacters(coloured)).toBe(planTree(plan, PLAIN));
  });
});

// A plan as the nodes and edges that its drawings are made of: stages in order, many items of one `for_each` folded
// into one node, and each edge once. Pure; knows neither Mermaid nor terminals.

import type { Plan, PlanStep } from "#engine/plan.ts";
import { highestRisk } from "#engine/risk.ts";
import type { Risk } from "#engine/risk.ts";

export type PlanStage = {
  /** Null where a heading would say nothing: one stage, or one step after the other. */
  readonly title: string | null;
  readonly steps: readonly PlanStep[];
};

/** The plan's stages with their steps, in the order in which they run. */
export function planStages(plan: Plan): readonly PlanStage[] {
  const stages = new Map<number, PlanStep[]>();
  for (const step of plan.steps) {
    const steps = stages.get(step.stage);
    if (steps === undefined) stages.set(step.stage, [step]);
    else steps.push(step);
  }
  const ordered = [...stages].toSorted(([a], [b]) => a - b);
  if (plan.mode === "sequential")
    return [{ title: null, steps: ordered.flatMap(([, steps]) => steps) }];
  const word = plan.mode === "graph" ? "Level" : "Stage";
  return ordered.map(([stage, steps]) => ({
    title: ordered.length === 1 ? null : stageTitle(`${word} ${stage + 1}`, steps),
    steps,
  }));
}

function stageTitle(title: string, steps: readonly PlanStep[]): string {
  const names = [...new Set(steps.flatMap(({ stageName }) => stageName ?? []))];
  return names.length === 0 ? title : `${title}: ${names.join(", ")}`;
}

/** One step, or the many items of a `for_each` that stand in the same stage. */
export type OutlineNode = {
  /** `drain`, or `stop[0…499]`. */
  readonly label: string;
  readonly steps: readonly [PlanStep, ...PlanStep[]];
  readonly risk: Risk;
};

export type Outline = {
  readonly stages: readonly {
    readonly title: string | null;
    readonly nodes: readonly OutlineNode[];
  }[];
  /** Who waits for whom, each pair once: what must be done, and for the order alone. */
  readonly edges: readonly { readonly from: OutlineNode; readonly to: OutlineNode }[];
};

/** Fewer items than this are drawn one by one. */
const FOLDED_FROM = 4;

export function outlineOf(plan: Plan): Outline {
  const stages = planStages(plan).map(({ title, steps }) => ({ title, nodes: nodesOf(steps) }));
  const nodes = new Map<string, OutlineNode>();
  for (const node of stages.flatMap((stage) => stage.nodes))
    for (const { id } of node.steps) nodes.set(id, node);
  return { stages, edges: edgesOf(plan, nodes) };
}

function nodesOf(steps: readonly PlanStep[]): readonly OutlineNode[] {
  const groups = new Map<string, PlanStep[]>();
  for (const step of steps) {
    const key = foldKey(step);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [step]);
    else group.push(step);
  }
  return [...groups.values()].flatMap((group) => {
    const [first, ...others] = group;
    if (first === undefined) return [];
    return group.length < FOLDED_FROM
      ? group.map((step) => node(step.id, [step]))
      : [node(foldedLabel(group), [first, ...others])];
  });
}

function node(label: string, steps: OutlineNode["steps"]): OutlineNode {
  return { label, steps, risk: highestRisk(steps.map((step) => step.risk)) };
}

/** Items are alike when only the item differs: of the same step, using the same operation, at the same risk. */
function foldKey(step: PlanStep): string {
  const base = /^(.*)\[\d+\]$/s.exec(step.id)?.[1];
  if (base === undefined) return JSON.stringify([step.id]);
  return JSON.stringify([base, step.uses, step.risk, step.rollback.kind, step.profile]);
}

function foldedLabel(group: readonly PlanStep[]): string {
  const ids = [group[0]?.id ?? "", group.at(-1)?.id ?? ""];
  const [first, last] = ids.map((id) => /\[(\d+)\]$/.exec(id)?.[1] ?? "");
  return `${ids[0]?.replace(/\[\d+\]$/, "") ?? ""}[${first}…${last}]`;
}

function edgesOf(plan: Plan, nodes: ReadonlyMap<string, OutlineNode>): Outline["edges"] {
  const seen = new Map<OutlineNode, Set<OutlineNode>>();
  const edges: { from: OutlineNode; to: OutlineNode }[] = [];
  for (const step of plan.steps) {
    const to = nodes.get(step.id);
    for (const before of [...step.needs, ...step.after]) {
      const from = nodes.get(before);
      if (from === undefined || to === undefined || from === to) continue;
      const known = seen.get(from) ?? new Set();
      seen.set(from, known);
      if (known.has(to)) continue;
      known.add(to);
      edges.push({ from, to });
    }
  }
  return edges;
}

// A plan as a tree for a terminal: its stages, and under each its steps with their risk and what they do. No line is
// wider than the screen.

import type { Plan } from "#engine/plan.ts";
import { counted, identifier, oneLine } from "#bot/messages/plain.ts";
import { cutToWidth, displayWidth, fillToWidth } from "./display-width.ts";
import { nodeNotes } from "./node-notes.ts";
import { outlineOf } from "./plan-outline.ts";
import type { Outline, OutlineNode } from "./plan-outline.ts";
import { riskText, styled } from "./screen.ts";
import type { Screen } from "./screen.ts";

const WIDEST_LABEL = 32;
const RISK_WIDTH = "destructive".length;
/** Less room than this says nothing. */
const LEAST_DETAIL = 8;

export function planTree(plan: Plan, screen: Screen): string {
  const outline = outlineOf(plan);
  const nodes = outline.stages.flatMap((stage) => stage.nodes);
  const labelWidth = Math.min(
    WIDEST_LABEL,
    Math.max(8, (screen.columns ?? Infinity) - "│  ├─ ".length - 2 - RISK_WIDTH),
    Math.max(...nodes.map((node) => displayWidth(labelOf(node)))),
  );
  const draw = { plan, screen, labelWidth, before: namesBefore(plan, outline) };
  return [
    styled(screen, "bold", fit(oneLine(plan.title, 150).text, screen)),
    aboutLine(plan, outline, screen),
    ...outline.stages.flatMap((stage, index) =>
      stageLines(stage, index === outline.stages.length - 1, draw),
    ),
  ].join("\n");
}

type Drawing = {
  readonly plan: Plan;
  readonly screen: Screen;
  readonly labelWidth: number;
  readonly before: ReadonlyMap<OutlineNode, readonly string[]>;
};

function aboutLine(plan: Plan, { stages }: Outline, screen: Screen): string {
  const order = {
    sequential: "one after the other",
    stages: stages.length === 1 ? "at the same time" : `in ${counted(stages.length, "stage")}`,
    graph: "each as soon as what it needs is done",
  }[plan.mode];
  const rest = ` in ${identifier(plan.environment).text} · ${counted(plan.steps.length, "step")} ${order}`;
  return riskText(screen, plan.risk) + cut(rest, screen, plan.risk.length);
}

function stageLines(
  { title, nodes }: Outline["stages"][number],
  isLast: boolean,
  draw: Drawing,
): readonly string[] {
  const branch = (last: boolean): string => (last ? "└─ " : "├─ ");
  if (title === null)
    return nodes.map((node, index) => nodeLine(branch(index === nodes.length - 1), node, draw));
  const trunk = isLast ? "   " : "│  ";
  return [
    branch(isLast) + styled(draw.screen, "bold", cut(oneLine(title, 150).text, draw.screen, 3)),
    ...nodes.map((node, index) => nodeLine(trunk + branch(index === nodes.length - 1), node, draw)),
  ];
}

function nodeLine(prefix: string, node: OutlineNode, draw: Drawing): string {
  const { screen, labelWidth } = draw;
  const label = fillToWidth(cutToWidth(labelOf(node), labelWidth), labelWidth);
  const risk = riskText(screen, node.risk);
  const used = prefix.length + labelWidth + 2 + RISK_WIDTH + 2;
  const room = (screen.columns ?? Infinity) - used;
  const head = `${prefix}${label}  ${risk}`;
  if (room < LEAST_DETAIL) return head;
  const detail = cutToWidth(detailOf(node, draw.before.get(node) ?? []), room);
  return `${head}${" ".repeat(RISK_WIDTH - node.risk.length)}  ${detail}`;
}

function labelOf(node: OutlineNode): string {
  return oneLine(node.label, 80).text;
}

function detailOf(node: OutlineNode, before: readonly string[]): string {
  const [first] = node.steps;
  const notes = [
    ...(before.length === 0 ? [] : [`after ${listed(before)}`]),
    ...nodeNotes(node),
    ...(node.steps.length === 1
      ? []
      : [`${counted(node.steps.length, "step")}, the first of them`]),
  ];
  const summary = oneLine(first.summary, 300).text;
  return notes.length === 0 ? summary : `${notes.join(" · ")}: ${summary}`;
}

const NAMES_SHOWN = 3;

function listed(names: readonly string[]): string {
  const shown = names.slice(0, NAMES_SHOWN);
  const more = names.length - shown.length;
  return more === 0 ? shown.join(", ") : `${shown.join(", ")} and ${more} more`;
}

/** What each node waits for, where the stages don't say it. */
function namesBefore(plan: Plan, { edges }: Outline): ReadonlyMap<OutlineNode, readonly string[]> {
  const before = new Map<OutlineNode, string[]>();
  if (plan.mode !== "graph") return before;
  for (const { from, to } of edges) {
    const names = before.get(to);
    if (names === undefined) before.set(to, [labelOf(from)]);
    else names.push(labelOf(from));
  }
  return before;
}

function fit(text: string, screen: Screen): string {
  return cut(text, screen, 0);
}

function cut(text: string, { columns }: Screen, used: number): string {
  return columns === null ? text : cutToWidth(text, columns - used);
}

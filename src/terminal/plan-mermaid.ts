// A plan as a Mermaid flowchart: stages as boxes one after the other, or steps joined by what they need in graph
// mode; the risk as a class and as a word. Text from the plan is written so that none of it can be read as Mermaid.

import type { Plan } from "#engine/plan.ts";
import type { Risk } from "#engine/risk.ts";
import { counted, oneLine } from "#bot/messages/plain.ts";
import { outlineOf } from "./plan-outline.ts";
import type { Outline, OutlineNode } from "./plan-outline.ts";
import { nodeNotes } from "./node-notes.ts";

/** Class names can't hold a hyphen everywhere. */
const CLASSES: Readonly<Record<Risk, string>> = {
  "read-only": "readonly",
  modify: "modify",
  destructive: "destructive",
};
const CLASS_LINES = [
  "  classDef readonly fill:#e3f4e6,stroke:#2b8a3e,color:#10240f",
  "  classDef modify fill:#fff3cd,stroke:#b7791f,color:#3a2a05",
  "  classDef destructive fill:#fde0df,stroke:#c92a2a,stroke-width:3px,color:#3b0b0b",
];
/** Of Mermaid itself, unless its `maxEdges` says otherwise. */
const MOST_EDGES = 500;

export function planMermaid(plan: Plan): string {
  const outline = outlineOf(plan);
  const ids = new Map(
    outline.stages.flatMap(({ nodes }) => nodes).map((node, index) => [node, `n${index}`]),
  );
  const idOf = (node: OutlineNode): string => ids.get(node) ?? "n";
  const edges = edgeLines(plan, outline, idOf);
  return [
    "---",
    `title: "${escapedTitle(plan.title)}"`,
    "---",
    ...(edges.length > MOST_EDGES
      ? [`%% ${edges.length} edges: raise maxEdges, Mermaid draws ${MOST_EDGES} by default`]
      : []),
    "flowchart TD",
    ...nodeLines(plan, outline, idOf),
    ...edges,
    ...CLASS_LINES,
    "",
  ].join("\n");
}

function nodeLines(plan: Plan, { stages }: Outline, idOf: (node: OutlineNode) => string): string[] {
  return stages.flatMap(({ title, nodes }, index) => {
    const lines = nodes.map((node) => `${idOf(node)}["${label(node)}"]:::${CLASSES[node.risk]}`);
    // Levels of a graph are no barriers: a box around them would say so.
    if (title === null || plan.mode === "graph") return lines.map((line) => `  ${line}`);
    return [
      `  subgraph s${index}["${escaped(title, 150)}"]`,
      ...lines.map((line) => `    ${line}`),
      "  end",
    ];
  });
}

function label(node: OutlineNode): string {
  const [first] = node.steps;
  const rows = [
    escaped(node.label, 80),
    `${escaped(first.uses, 80)} #183; ${escaped(node.risk, 20)}`,
    ...(node.steps.length > 1 ? [counted(node.steps.length, "step")] : []),
    ...nodeNotes(node).map((note) => escaped(note, 100)),
  ];
  return rows.join("<br/>");
}

function edgeLines(
  plan: Plan,
  { stages, edges }: Outline,
  idOf: (node: OutlineNode) => string,
): string[] {
  switch (plan.mode) {
    case "graph":
      return edges.map(({ from, to }) => `  ${idOf(from)} --> ${idOf(to)}`);
    case "stages":
      return stages.slice(1).map((_stage, index) => `  s${index} --> s${index + 1}`);
    case "sequential": {
      const nodes = stages.flatMap((stage) => stage.nodes);
      return nodes
        .slice(1)
        .map((node, index) => `  ${idOf(nodes[index] ?? node)} --> ${idOf(node)}`);
    }
  }
}

/**
 * Text inside a quoted label: whatever is no Latin letter, digit or space is an entity code, so that nothing in it
 * ends the label, becomes HTML or Markdown, or is taken for an entity. Dots, hyphens and underscores between
 * letters mean nothing to Mermaid and stay readable.
 */
function escaped(text: string, max: number): string {
  // Mermaid looks for formulas between two dollars after it has read the codes: a space of no width keeps them apart.
  const apart = oneLine(text, max).text.replace(/\$(?=\$)/g, "$\u200B");
  return apart.replace(
    /(?<![A-Za-z0-9])[._-]|[._-](?![A-Za-z0-9])|[^A-Za-z0-9 ,._-]/gu,
    (character) => `#${character.codePointAt(0) ?? 0};`,
  );
}

/** Text inside a double-quoted YAML text of the front matter: all but letters, digits and spaces as its code. */
function escapedTitle(title: string): string {
  return oneLine(title, 150).text.replace(/[^\p{L}\p{N} ,.:()/-]/gu, (character) =>
    Array.from(
      { length: character.length },
      (_, unit) => `\\u${character.charCodeAt(unit).toString(16).padStart(4, "0")}`,
    ).join(""),
  );
}

// How a plan's steps look on a card and in lists: destructive ones first and marked, each whole or not at all,
// with what will take it back. Everything hidden is counted.

import type { RichTextBlockElement } from "@slack/types";
import type { Plan, PlanStep, Rollback } from "#engine/plan.ts";
import { riskWithRollback } from "#engine/rollback-risk.ts";
import type { Part } from "./budget.ts";
import { counted, identifier, oneLine } from "./plain.ts";
import {
  type Piece,
  bold,
  bullets,
  code,
  packRichText,
  richText,
  riskPieces,
  section,
  words,
} from "./rich-text.ts";
import { stepTerms } from "./step-terms.ts";

/** A step and its 1-based place in the plan. */
export type PlacedStep = { readonly step: PlanStep; readonly place: number };

/** Destructive steps first, then the rest, each in plan order. */
export function stepsAsShown(plan: Plan): readonly PlacedStep[] {
  const placed = plan.steps.map((step, index) => ({ step, place: index + 1 }));
  const destructive = placed.filter(({ step }) => isDestructive(step));
  return [...destructive, ...placed.filter(({ step }) => !isDestructive(step))];
}

/** Destructive itself, or by what its rollback would do. */
export function isDestructive(step: PlanStep): boolean {
  return riskWithRollback(step) === "destructive";
}

export function destructiveCount(plan: Plan): number {
  return plan.steps.filter(isDestructive).length;
}

export type StepsShown = {
  readonly part: Part;
  /** A step's own text is longer than a card shows, wherever it stands. */
  readonly shortened: boolean;
};

/** The steps of a plan as a part of a message, at most `most` of them. */
export function stepsPart(plan: Plan, most: number): StepsShown {
  const steps = stepsAsShown(plan);
  const drawn = steps.slice(0, most).map((placed) => drawStep(placed, plan));
  const render = (shown: number) => {
    const blocks = packRichText([...groups(drawn.slice(0, shown), plan)]);
    const hidden = steps.slice(shown);
    return hidden.length === 0 ? blocks : [...blocks, richText(section(...hiddenSteps(hidden)))];
  };
  return {
    part: { items: drawn.length, priority: 2, render },
    shortened: drawn.some(({ cut }) => cut),
  };
}

/** One step with its risk, conditions and what takes it back, as a card shows it. */
export function stepElements(placed: PlacedStep, plan: Plan): readonly RichTextBlockElement[] {
  return drawStep(placed, plan).elements;
}

type DrawnStep = {
  readonly elements: readonly RichTextBlockElement[];
  readonly cut: boolean;
  readonly destructive: boolean;
};

/** The steps' elements with a heading before the first of each kind, in one group with it: a heading never stands alone. */
function groups(
  drawn: readonly DrawnStep[],
  plan: Plan,
): readonly (readonly RichTextBlockElement[])[] {
  const destructive = destructiveCount(plan);
  const others = plan.steps.length - destructive;
  return drawn.map(({ elements, destructive: isMarked }, index) => {
    const first = index === 0 || drawn[index - 1]?.destructive !== isMarked;
    if (!first) return elements;
    return [
      section(...heading(isMarked, isMarked ? destructive : others, destructive > 0)),
      ...elements,
    ];
  });
}

function heading(marked: boolean, count: number, mixed: boolean): Piece[] {
  if (marked)
    return [
      bold(
        count === 1 ? "1 destructive step, shown first" : `${count} destructive steps, shown first`,
      ),
    ];
  return [bold(mixed ? counted(count, "other step") : counted(count, "step"))];
}

function hiddenSteps(hidden: readonly PlacedStep[]): Piece[] {
  const destructive = hidden.filter(({ step }) => isDestructive(step)).length;
  const kinds =
    destructive === 0 ? "none of them destructive" : `${destructive} of them destructive`;
  return [bold(`${counted(hidden.length, "more step")} not shown`), words(`, ${kinds}.`)];
}

const SUMMARY = 300;

/** There are barriers between steps. */
export function hasStages({ mode, steps }: Plan): boolean {
  return mode === "stages" && steps.some(({ stage }) => stage > 0);
}

function drawStep({ step, place }: PlacedStep, plan: Plan): DrawnStep {
  const id = identifier(step.id, 60);
  const summary = oneLine(step.summary, SUMMARY);
  const uses = identifier(step.uses, 80);
  const rollback = rollbackPieces(step);
  const terms = stepTerms(step, plan);
  const stage = hasStages(plan) ? [words(` · stage ${step.stage + 1}`)] : [];
  return {
    destructive: isDestructive(step),
    cut: id.cut || summary.cut || uses.cut || rollback.cut || terms.cut,
    elements: [
      bullets([section(bold(`${place}. ${id.text}`), words("  "), words(summary.text))]),
      bullets(
        [
          section(
            ...riskPieces(step.risk),
            words(" · "),
            code(uses.text),
            ...stage,
            ...conditions(step),
            words(" · "),
            ...rollback.pieces,
          ),
          ...terms.lines.map((pieces) => section(...pieces)),
        ],
        1,
      ),
    ],
  };
}

function conditions(step: PlanStep): Piece[] {
  return [
    ...(step.profile === null
      ? []
      : [words(" · credentials "), code(identifier(step.profile, 40).text)]),
    ...(step.deferred ? [words(" · some inputs are computed when the step runs")] : []),
  ];
}

const ROLLBACK_CALLS = 3;

/** What takes the step back, in a few words. */
function rollbackPieces(step: PlanStep): {
  readonly pieces: readonly Piece[];
  readonly cut: boolean;
} {
  const rollback: Rollback = step.rollback;
  switch (rollback.kind) {
    case "none":
      return {
        pieces:
          step.risk === "read-only"
            ? [words("nothing to take back")]
            : [bold("no rollback exists")],
        cut: false,
      };
    case "not-needed":
      return { pieces: [words("nothing to take back, the plan says")], cut: false };
    case "captured": {
      const summary = oneLine(rollback.summary, 200);
      return {
        pieces: [
          words("rollback: "),
          ...(rollback.risk === "destructive" ? [...riskPieces(rollback.risk), words(" ")] : []),
          words(summary.text),
        ],
        cut: summary.cut,
      };
    }
    case "commands": {
      const calls = rollback.calls
        .slice(0, ROLLBACK_CALLS)
        .map((call) => ({ call, summary: oneLine(call.summary, 200) }));
      const more = rollback.calls.length - calls.length;
      return {
        pieces: [
          words("rollback: "),
          ...calls.flatMap(({ call, summary }, index) => [
            ...(index === 0 ? [] : [words("; then ")]),
            ...(call.risk === "destructive" ? [...riskPieces(call.risk), words(" ")] : []),
            words(summary.text),
          ]),
          ...(more > 0 ? [words("; then "), bold(counted(more, "more call"))] : []),
        ],
        cut: more > 0 || calls.some(({ summary }) => summary.cut),
      };
    }
  }
}

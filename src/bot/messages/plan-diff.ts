// What an edit changed, posted in the thread for those who had voted on the version before.

import type { RichTextBlockElement } from "@slack/types";
import type { Json } from "#engine/json.ts";
import { type FieldChange, type PlanDiff, diffPlans } from "#engine/plan-diff.ts";
import type { Plan, PlanRecord, PlanStep } from "#engine/plan.ts";
import { always, fitMessage } from "./budget.ts";
import { listed } from "./listed.ts";
import { type Message, notificationText } from "./message.ts";
import { oneLine } from "./plain.ts";
import { isDestructive } from "./plan-steps.ts";
import {
  type Piece,
  bold,
  bullets,
  lines,
  name,
  people,
  person,
  richText,
  riskPieces,
  section,
  words,
} from "./rich-text.ts";

export type PlanDiffInput = {
  readonly record: PlanRecord;
  readonly fromVersion: number;
  readonly before: Plan;
  readonly after: Plan;
  readonly editorId: string;
  /** Who had voted on the version before; mentioned, because their vote is void. */
  readonly votesVoided: readonly string[];
};

export function planDiffMessage(input: PlanDiffInput): Message {
  const { record, fromVersion, before, after, editorId, votesVoided } = input;
  const diff = diffPlans(before, after);
  const head = lines(
    [
      bold("Plan edited"),
      words(" by "),
      person(editorId),
      words(`: version ${fromVersion} is now version ${record.version}.`),
    ],
    votesVoided.length === 0
      ? [words("No votes were lost.")]
      : [
          words("Votes on the old version no longer count: "),
          ...people(votesVoided),
          words(". Please look again."),
        ],
    diff.risk === null
      ? []
      : [
          bold("Risk: "),
          ...riskPieces(diff.risk.before),
          words(" → "),
          ...riskPieces(diff.risk.after),
        ],
  );
  const entries = changes(diff);
  const hint = "Open Full plan on the card.";
  const fitted = fitMessage([
    always([richText(head)]),
    entries.length === 0
      ? always([richText(section(words("No step was changed.")))])
      : listed(entries, (draw) => draw(), { priority: 1, noun: "change", hint, most: 60 }),
  ]);
  return {
    text: notificationText(`Plan edited: ${record.plan.title} is now version ${record.version}`),
    blocks: fitted.blocks,
  };
}

/** What adds danger first: added destructive steps, other added, changed, removed, and what is outside the steps. */
function changes(diff: PlanDiff): readonly (() => readonly RichTextBlockElement[])[] {
  const added = [
    ...diff.added.filter(isDestructive),
    ...diff.added.filter((step) => !isDestructive(step)),
  ];
  return [
    ...added.map((step) => () => [bullets([section(bold("Added "), ...stepPieces(step))])]),
    ...diff.changed.map(
      ({ stepId, fields }) =>
        () =>
          changedFields([bold("Changed "), name(stepId)], fields),
    ),
    ...diff.removed.map((step) => () => [
      bullets([section(bold("Removed "), ...stepPieces(step))]),
    ]),
    ...diff.other.map(
      (change) => () => changedFields([bold("Changed the plan's "), name(change.field)], [change]),
    ),
  ];
}

function stepPieces(step: PlanStep): Piece[] {
  return [
    name(step.id),
    words(" · "),
    ...riskPieces(step.risk),
    words(` · ${oneLine(step.summary, 300).text}`),
  ];
}

const FIELDS = 6;

function changedFields(
  head: readonly Piece[],
  fields: readonly FieldChange[],
): RichTextBlockElement[] {
  const shown = fields
    .slice(0, FIELDS)
    .map((change) =>
      section(name(change.field), words(`: ${value(change.before)} → ${value(change.after)}`)),
    );
  const more =
    fields.length > FIELDS
      ? [section(bold(`${fields.length - FIELDS} more fields`), words(" changed too"))]
      : [];
  return [bullets([section(...head)]), bullets([...shown, ...more], 1)];
}

function value(json: Json): string {
  return json === null
    ? "nothing"
    : oneLine(typeof json === "string" ? json : JSON.stringify(json), 200).text;
}

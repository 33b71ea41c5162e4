// The modal in which a plan's source is edited. A source longer than one input takes is spread over several, broken
// between lines; one too long for that is sent as a file instead.

import type { InputBlock, ModalView } from "@slack/types";
import type { PlanRecord } from "#engine/plan.ts";
import { problemSentence } from "#engine/explain-refusal.ts";
import { modal } from "./blocks.ts";
import { LIMITS } from "./budget.ts";
import { CALLBACKS, COMMAND, INPUTS, planValue } from "./identifiers.ts";
import { cutTo, oneLine } from "./plain.ts";
import { type Piece, bold, code, lines, richText, words } from "./rich-text.ts";
import { editableSource } from "#yaml/write-yaml.ts";
import { lineOf } from "./problems.ts";
import type { ToldProblem } from "./problems.ts";
import type { ViewValues } from "./view-values.ts";

/** Leaves room to type in every input. */
const PART = 2400;
const MOST_PARTS = 10;

/** `private_metadata` is `planValue` of the version being edited. @param given.held its run is held: what is submitted becomes another plan. */
export function editView({
  record,
  held = false,
}: {
  readonly record: PlanRecord;
  readonly held?: boolean;
}): ModalView {
  const parts = sourceParts(editableSource(record.source));
  const frame = {
    callback: held ? CALLBACKS.editHeld : CALLBACKS.edit,
    title: "Edit plan",
    close: "Back",
    metadata: planValue({ planId: record.id, version: record.version }),
  };
  if (parts === null) return modal({ ...frame, blocks: [tooLong(record)] });
  return modal({
    ...frame,
    submit: held ? "File as a new plan" : "Save as new version",
    blocks: [
      richText(lines(held ? ANOTHER_PLAN : nextVersion(record))),
      ...parts.map((part, index) => sourceInput(part, index, parts.length)),
    ],
  });
}

const ANOTHER_PLAN: Piece[] = [
  bold("This files another plan, asked for by you."),
  words(" It needs approvals of its own. The held run is canceled; what it has done stays."),
];

function nextVersion({ version }: PlanRecord): Piece[] {
  return [
    bold(`This makes version ${version + 1}.`),
    words(" Votes so far no longer count, and you can't approve a plan that you edited."),
  ];
}

/** The source in pieces that fit an input each, or null when it cannot be split between lines or is too long. */
export function sourceParts(source: string): readonly string[] | null {
  const parts: string[] = [];
  for (const line of source.split("\n")) {
    if (line.length > PART) return null;
    const last = parts.at(-1);
    if (last === undefined || last.length + 1 + line.length > PART) parts.push(line);
    else parts[parts.length - 1] = `${last}\n${line}`;
  }
  return parts.length > MOST_PARTS ? null : parts;
}

function sourceInput(part: string, index: number, count: number): InputBlock {
  return {
    type: "input",
    block_id: `${INPUTS.editSource.blockPrefix}${index}`,
    // A part may be emptied: removing its steps is an edit.
    optional: count > 1,
    label: {
      type: "plain_text",
      text: count === 1 ? "Plan (YAML or JSON)" : `Plan, part ${index + 1} of ${count}`,
    },
    element: {
      type: "plain_text_input",
      action_id: INPUTS.editSource.actionId,
      multiline: true,
      max_length: LIMITS.inputText,
      ...(part === "" ? {} : { initial_value: part }),
    },
  };
}

function tooLong(record: PlanRecord) {
  return richText(
    lines(
      [bold("This plan is too long to edit in a Slack window.")],
      [
        words("Reply in the plan's thread: mention Countersign, write "),
        code("plan"),
        words(" and attach the whole new text as a snippet. Then withdraw this plan with "),
        code("withdraw"),
        words("."),
      ],
      [words("Its text is in the full plan: "), code(`${COMMAND} show ${record.id}`)],
    ),
  );
}

/** The edited source from `view.state.values`, its parts joined in order. */
export function readEditedSource(values: ViewValues): string {
  return sourceBlockIds(values)
    .map((blockId) => values[blockId]?.[INPUTS.editSource.actionId]?.value ?? "")
    .join("\n");
}

/** For `response_action: "errors"`: the problems under the first input, whole ones only. */
export function editErrors(
  values: ViewValues,
  problems: readonly ToldProblem[],
): Record<string, string> {
  const first = sourceBlockIds(values)[0] ?? `${INPUTS.editSource.blockPrefix}0`;
  const sentences = problems.slice(0, 8).map((problem) => {
    const line = lineOf(problem);
    const sentence = problemSentence(problem);
    return oneLine(line === null ? sentence : `${line}: ${sentence}`, 300).text;
  });
  const more =
    problems.length > sentences.length ? [`And ${problems.length - sentences.length} more.`] : [];
  return { [first]: cutTo([...sentences, ...more].join("\n"), 2000).text };
}

function sourceBlockIds(values: ViewValues): readonly string[] {
  const place = (blockId: string) => Number(blockId.slice(INPUTS.editSource.blockPrefix.length));
  return Object.keys(values)
    .filter((blockId) => blockId.startsWith(INPUTS.editSource.blockPrefix))
    .toSorted((a, b) => place(a) - place(b));
}

// What a dry run found, step by step. Nothing was changed, and the message says so first.

import type { RichTextBlockElement } from "@slack/types";
import type { PlanPreview } from "#engine/preview-steps.ts";
import { header } from "./blocks.ts";
import { always, fitMessage } from "./budget.ts";
import { listed } from "./listed.ts";
import { type Message, notificationText } from "./message.ts";
import { counted, identifier, oneLine } from "./plain.ts";
import { destructiveCount } from "./plan-steps.ts";
import {
  type Piece,
  bold,
  bullets,
  emoji,
  lines,
  richText,
  riskPieces,
  section,
  untrusted,
  words,
} from "./rich-text.ts";

type PreviewedStep = PlanPreview["steps"][number];

export function dryRunMessage({ plan, steps }: PlanPreview): Message {
  const of = (wanted: ReturnType<typeof kind>): number =>
    steps.filter((step) => kind(step) === wanted).length;
  const [failing, unsure, left] = [of("fails"), of("unsure"), of("left-out")];
  const destructive = destructiveCount(plan);
  const result =
    failing > 0
      ? `${counted(failing, "step")} would fail`
      : unsure > 0
        ? `no step would fail as far as can be told; ${counted(unsure, "step")} can't be told`
        : left === steps.length
          ? "every step would be left out"
          : left > 0
            ? `every step would succeed but ${left} left out`
            : "every step would succeed";
  const head = lines(
    [
      bold("Dry run: nothing was changed."),
      words(` ${result.charAt(0).toUpperCase()}${result.slice(1)}.`),
    ],
    [
      ...riskPieces(plan.risk),
      words(" in "),
      bold(identifier(plan.environment).text),
      words(` · ${counted(steps.length, "step")}, ${destructive} destructive`),
    ],
  );
  const places = new Map(plan.steps.map((step, index) => [step.id, index + 1]));
  const order = { fails: 0, unsure: 1, succeeds: 2, "left-out": 3 };
  const sorted = [...steps].toSorted(
    (a, b) =>
      order[kind(a)] - order[kind(b)] || (places.get(a.stepId) ?? 0) - (places.get(b.stepId) ?? 0),
  );
  const fitted = fitMessage([
    always([header(plan.title), richText(head)]),
    listed(sorted, (step) => drawn(step, places.get(step.stepId)), {
      priority: 1,
      noun: "step",
      hint: "They are listed after those that would fail or can't be told.",
      most: 40,
    }),
  ]);
  return {
    text: notificationText(`Dry run: ${plan.title}: ${result}. Nothing was changed.`),
    blocks: fitted.blocks,
  };
}

function kind({ preview, leftOut }: PreviewedStep): "fails" | "unsure" | "succeeds" | "left-out" {
  if (leftOut) return "left-out";
  if (preview === null || preview.wouldSucceed === null) return "unsure";
  return preview.wouldSucceed ? "succeeds" : "fails";
}

const MARKS: Readonly<Record<ReturnType<typeof kind>, readonly Piece[]>> = {
  fails: [emoji("x", "274c"), words(" "), bold("would fail")],
  unsure: [emoji("grey_question", "2754"), words(" "), bold("can't be told")],
  succeeds: [emoji("white_check_mark", "2705"), words(" "), bold("would succeed")],
  "left-out": [
    emoji("black_right_pointing_double_triangle_with_vertical_bar", "23ed-fe0f"),
    words(" "),
    bold("would be left out"),
  ],
};

const LINES = 6;

function drawn(step: PreviewedStep, place: number | undefined): RichTextBlockElement[] {
  const found = step.preview?.lines ?? [];
  const below = [
    ...found.slice(0, LINES).map((line) => section(untrusted(line))),
    ...(found.length > LINES ? [section(bold(counted(found.length - LINES, "more line")))] : []),
    ...(step.note === null ? [] : [section(untrusted(step.note))]),
  ];
  const head = section(
    ...MARKS[kind(step)],
    words("  "),
    bold(`${place ?? "?"}. ${identifier(step.stepId, 60).text}`),
    words(`  ${oneLine(step.summary, 300).text}`),
  );
  return [bullets([head]), ...(below.length === 0 ? [] : [bullets(below, 1)])];
}

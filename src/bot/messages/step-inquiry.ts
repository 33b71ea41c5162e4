// What a run asks a person before one of its steps: the question, who may answer, the clock, and afterwards what was
// answered. A secret is only ever said to have been given.

import type { AskedInquiry } from "#engine/asked-inquiry.ts";
import { formatDuration } from "#engine/duration.ts";
import type { Json } from "#engine/json.ts";
import type { Inquiry, InquiryField, PlanStep } from "#engine/plan.ts";
import type { RunReport } from "#engine/run-report.ts";
import { actions, button, smallPrint } from "./blocks.ts";
import { always, fitMessage } from "./budget.ts";
import { ACTIONS, askingValue, CHOICE_ACTIONS, choiceValue } from "./identifiers.ts";
import type { AskingRef } from "./identifiers.ts";
import { type Message, notificationText } from "./message.ts";
import { identifier } from "./plain.ts";
import {
  type Piece,
  bold,
  boldUntrusted,
  emoji,
  lines,
  name,
  person,
  richText,
  time,
  untrusted,
  words,
} from "./rich-text.ts";
import { closingPieces } from "./step-approval.ts";

export type StepInquiryInput = {
  readonly report: RunReport;
  readonly step: PlanStep;
  readonly inquiry: Inquiry;
  readonly asked: AskedInquiry;
};

export function stepInquiryMessage({ report, step, inquiry, asked }: StepInquiryInput): Message {
  const stepIndex = report.plan.steps.findIndex(({ id }) => id === step.id);
  const ref = { runId: report.runId, stepIndex, opening: asked.opening };
  const open = asked.end === null;
  const head = lines(
    [
      emoji("speech_balloon", "1f4ac"),
      words(" "),
      bold(open ? "This run asks" : "This run asked"),
      words("  "),
      boldUntrusted(report.plan.title, 150),
    ],
    [untrusted(inquiry.message, 1000)],
    [words(`Before step ${stepIndex + 1}. `), name(step.id)],
    ...(open ? openPieces(report, inquiry, asked) : endPieces(inquiry, asked)),
  );
  const { blocks } = fitMessage([
    always([
      richText(head),
      ...(open ? [actions(...answerButtons(inquiry, ref))] : []),
      smallPrint(`${report.runId} · ${identifier(report.plan.environment, 60).text}`),
    ]),
  ]);
  return {
    text: notificationText(
      `${open ? "An answer is needed" : "Answered"}: step ${step.id} of ${report.plan.title}`,
    ),
    blocks,
  };
}

/** The only field, when it is a choice that fits on buttons. */
export function buttonChoice({ fields }: Inquiry): InquiryField | null {
  const [field] = fields;
  const fits = fields.length === 1 && field?.type === "choice";
  return fits && field.options.length <= CHOICE_ACTIONS.length ? field : null;
}

function answerButtons(inquiry: Inquiry, ref: AskingRef) {
  const choice = buttonChoice(inquiry);
  if (choice === null)
    return [
      button({
        action: ACTIONS.inquiryOpen,
        text: "Answer",
        value: askingValue(ref),
        style: "primary",
      }),
    ];
  return choice.options.map((option, nth) =>
    button({
      action: CHOICE_ACTIONS[nth] ?? "",
      text: identifier(option, 75).text,
      value: choiceValue(ref, nth),
    }),
  );
}

const TIMEOUT = {
  fail: "the step fails",
  rollback: "the run is rolled back",
  skip: "the step is left out",
  continue: "the step runs with the defaults",
} as const;

function openPieces(
  report: RunReport,
  { from, timeoutMs, onTimeout }: Inquiry,
  asked: AskedInquiry,
) {
  const who =
    from === null
      ? [person(report.requesterId), words(" or whoever could approve the plan")]
      : [words([...from.groups, ...from.users].map((one) => identifier(one, 40).text).join(", "))];
  return [
    [words("Can answer: "), ...who],
    [
      ...closingPieces(asked),
      words(` (${formatDuration(timeoutMs)} in all); then ${TIMEOUT[onTimeout]}.`),
    ],
  ];
}

function endPieces({ fields }: Inquiry, { end }: AskedInquiry): Piece[][] {
  switch (end?.kind) {
    case "answered": {
      const by =
        end.by?.kind === "person" ? [person(end.by.userId)] : [words("nobody: the defaults stand")];
      const answers = fields.map((field) => answerPieces(field, end.answers[field.name] ?? null));
      return [[bold("Answered by "), ...by, words(" · "), time(end.at)], ...answers];
    }
    case "expired":
      return [[bold("Nobody answered in time.")]];
    case "left":
      return [[bold("Not needed any more. "), untrusted(end.explanation, 300)]];
    case undefined:
      return [];
  }
}

function answerPieces(field: InquiryField, answer: Json): Piece[] {
  const label = [untrusted(field.label, 150), words(": ")];
  if (answer === null) return [...label, words("nothing")];
  if (field.type === "secret") return [...label, bold("given, and kept sealed")];
  if (field.type === "user" && typeof answer === "string") return [...label, person(answer)];
  return [...label, untrusted(typeof answer === "string" ? answer : JSON.stringify(answer), 300)];
}

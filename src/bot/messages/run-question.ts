// The question after an attempt whose outcome is unknown: what is known, and four answers with what each one does.

import type { Failure } from "#engine/failure.ts";
import type { CallRef, UnknownAnswer } from "#engine/run.ts";
import type { Instant } from "#engine/time.ts";
import { actions, button } from "./blocks.ts";
import { always, fitMessage } from "./budget.ts";
import { ANSWER_ACTIONS, questionValue } from "./identifiers.ts";
import { type Message, notificationText } from "./message.ts";
import { identifier, oneLine } from "./plain.ts";
import {
  type Piece,
  bold,
  boldUntrusted,
  bullets,
  code,
  emoji,
  lines,
  person,
  preformatted,
  richText,
  section,
  time,
  words,
} from "./rich-text.ts";
import type { RunReport } from "#engine/run-report.ts";
import { failureWords } from "./run-steps.ts";

export type RunQuestionInput = {
  readonly report: RunReport;
  readonly call: CallRef;
  readonly attempt: number;
  readonly failure: Failure;
  /** Null while the question is open. */
  readonly answered: {
    readonly answer: UnknownAnswer;
    readonly byUserId: string | null;
    readonly at: Instant;
  } | null;
};

const ANSWERS: Readonly<
  Record<UnknownAnswer, { readonly label: string; readonly effect: string }>
> = {
  "it-happened": {
    label: "It happened",
    effect: "The step counts as done, without a result, and the run goes on.",
  },
  "it-did-not-happen": {
    label: "It did not happen",
    effect: "The step counts as failed and the plan's rule for failures applies.",
  },
  "try-again": {
    label: "Try again",
    effect: "The step runs once more. If it did happen, it happens twice.",
  },
  "give-up": {
    label: "Give up",
    effect:
      "The step stays of unknown outcome, is listed as left to finish by hand, and the plan's rule for failures applies.",
  },
};
const ORDER: readonly UnknownAnswer[] = [
  "it-happened",
  "it-did-not-happen",
  "try-again",
  "give-up",
];

export function runQuestionMessage(input: RunQuestionInput): Message {
  const { report, call, attempt, failure, answered } = input;
  const stepIndex = report.plan.steps.findIndex((step) => step.id === call.stepId);
  const known = lines(
    [
      emoji("question", "2753"),
      words(" "),
      bold("Did this happen?"),
      words("  "),
      person(report.requesterId),
    ],
    callPieces(report, call, stepIndex),
    [
      words(
        `Attempt ${attempt} was started, but its outcome was lost. It may or may not have taken effect, so nothing is tried again until somebody says.`,
      ),
    ],
  );
  const { blocks } = fitMessage([
    always([
      richText(known, preformatted(oneLine(failureWords(failure), 600).text)),
      ...(answered === null
        ? openBlocks(report, call, stepIndex, attempt)
        : [richText(lines(answeredPieces(answered)))]),
    ]),
  ]);
  return {
    text: notificationText(
      `${answered === null ? "Did this happen?" : "Answered:"} ${report.plan.title}, step ${call.stepId}`,
    ),
    blocks,
  };
}

function callPieces({ plan }: RunReport, call: CallRef, stepIndex: number): Piece[] {
  const step = plan.steps[stepIndex];
  const rollback =
    call.phase === "rollback" && step?.rollback.kind === "commands"
      ? step.rollback.calls[call.index]
      : undefined;
  const summary =
    rollback?.summary ??
    (call.phase === "rollback" && step?.rollback.kind === "captured"
      ? step.rollback.summary
      : step?.summary);
  const uses = rollback?.uses ?? (call.phase === "forward" ? step?.uses : undefined);
  return [
    bold(`${call.phase === "rollback" ? "Rollback of step" : "Step"} ${stepIndex + 1}. `),
    boldUntrusted(call.stepId, 60),
    words(`  ${oneLine(summary ?? "", 300).text}`),
    ...(uses === undefined ? [] : [words(" · "), code(identifier(uses).text)]),
  ];
}

function openBlocks(report: RunReport, call: CallRef, stepIndex: number, attempt: number) {
  const value = questionValue({
    runId: report.runId,
    stepIndex: Math.max(0, stepIndex),
    rollbackIndex: call.phase === "rollback" ? call.index : null,
    attempt,
  });
  const explained = ORDER.map((answer) =>
    section(bold(ANSWERS[answer].label), words(`: ${ANSWERS[answer].effect}`)),
  );
  const buttons = ORDER.map((answer) =>
    button({
      action: ANSWER_ACTIONS[answer],
      text: ANSWERS[answer].label,
      value,
      confirm: {
        title: `${ANSWERS[answer].label}?`,
        text: ANSWERS[answer].effect,
        yes: ANSWERS[answer].label,
        no: "Not now",
        danger: answer === "try-again",
      },
    }),
  );
  return [
    richText(section(words("Look at the target itself, then answer:")), bullets(explained)),
    actions(...buttons),
  ];
}

function answeredPieces({
  answer,
  byUserId,
  at,
}: NonNullable<RunQuestionInput["answered"]>): Piece[] {
  return [
    emoji("white_check_mark", "2705"),
    words(" "),
    bold(ANSWERS[answer].label),
    ...(byUserId === null ? [] : [words(", says "), person(byUserId)]),
    words(" · "),
    time(at),
    words(` · ${ANSWERS[answer].effect}`),
  ];
}

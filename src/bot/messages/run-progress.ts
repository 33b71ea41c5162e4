// The one message of a run, edited as it goes: where it stands, its steps, the last lines it wrote, and the buttons
// that fit its status.

import type { ActionsBlock, Button, KnownBlock } from "@slack/types";
import type { Instant } from "#engine/time.ts";
import { actions, button, smallPrint } from "./blocks.ts";
import { always, fitMessage } from "./budget.ts";
import { ACTIONS } from "./identifiers.ts";
import { type Message, notificationText } from "./message.ts";
import { identifier, lastLines } from "./plain.ts";
import { boldUntrusted, lines, preformatted, richText, words } from "./rich-text.ts";
import { elapsedWords, progressWords, stageWords } from "./run-headline.ts";
import type { Estimate } from "#engine/estimate.ts";
import type { LockWait } from "#engine/run-locks.ts";
import type { RunReport } from "#engine/run-report.ts";
import { restPieces } from "./estimates.ts";
import { lockWaitPieces } from "./lock-wait.ts";
import { runSteps } from "./run-steps.ts";
import { runMark, runWord } from "./step-marks.ts";
import { isFinal } from "#engine/run.ts";

/** `RunStore.outputTail`. */
export type OutputTail = readonly { readonly call: string; readonly text: string }[];
export type RunProgressInput = {
  readonly report: RunReport;
  readonly output: OutputTail;
  readonly now: Instant;
  /** What the run waits for while it is queued; null or left out: nothing. */
  readonly wait?: LockWait | null;
  /** How long it will still take; null or left out: not known. */
  readonly rest?: Estimate | null;
};

const STEPS = 15;
const OUTPUT = { lines: 8, characters: 1500 };

export function runProgressMessage({
  report,
  output,
  now,
  wait = null,
  rest = null,
}: RunProgressInput): Message {
  const headline = lines(
    [...runMark(report), words("  "), boldUntrusted(report.plan.title, 150)],
    [
      words(`${progressWords(report)} · ${elapsedWords(report)}`),
      ...(isFinal(report.status) ? [] : stageWords(report)),
      ...(rest === null || !goesOn(report) ? [] : restPieces(rest)),
    ],
    ...(wait === null ? [] : [lockWaitPieces(wait)]),
  );
  const buttons = controls(report);
  const { blocks } = fitMessage([
    always([richText(headline)]),
    runSteps(report, now, STEPS),
    always([
      ...outputBlocks(output),
      smallPrint(
        `${report.runId} · ${report.planId} · ${identifier(report.plan.environment, 60).text}`,
      ),
      ...(buttons === null ? [] : [buttons]),
    ]),
  ]);
  return {
    text: notificationText(`${runWord(report)}: ${report.plan.title} · ${progressWords(report)}`),
    blocks,
  };
}

/** Nothing but its own calls decides how long it takes. */
function goesOn({ status, steps }: RunReport): boolean {
  return status === "running" && steps.every(({ delay }) => delay === null);
}

function outputBlocks(output: OutputTail): KnownBlock[] {
  const text = output
    .map(({ call, text }) =>
      text
        .replace(/\n+$/, "")
        .split("\n")
        .map((line) => `${identifier(call, 40).text} │ ${line}`)
        .join("\n"),
    )
    .join("\n");
  return text === "" ? [] : [richText(preformatted(lastLines(text, OUTPUT).text))];
}

/** Only what the status allows; the server checks again. */
function controls(report: RunReport): ActionsBlock | null {
  const value = report.runId;
  const pause = button({ action: ACTIONS.pause, text: "Pause", value });
  const resume = button({ action: ACTIONS.resume, text: "Resume", value, style: "primary" });
  const ends = [cancelButton(report), rollbackButton(report)];
  switch (report.status) {
    case "queued":
      return actions(cancelButton(report));
    case "running":
      return actions(pause, ...ends);
    case "paused":
    case "held":
      return actions(resume, ...ends);
    case "waiting-approval":
    case "waiting-answer":
      return actions(...ends);
    case "rolling-back":
    case "completed":
    case "failed":
    case "canceled":
    case "rolled-back":
      return null;
  }
}

export function cancelButton(report: RunReport): Button {
  return button({
    action: ACTIONS.cancel,
    text: "Cancel",
    value: report.runId,
    confirm: {
      title: "Cancel this run?",
      text: `${progressWords(report)}.\nWhat runs now is stopped and nothing new starts. What was done stays as it is; use Roll back to take it back.`,
      yes: "Cancel the run",
      no: "Keep running",
      danger: true,
    },
  });
}

export function rollbackButton(report: RunReport): Button {
  const without = report.plan.steps.filter(
    (step) => step.rollback.kind === "none" && step.risk !== "read-only",
  ).length;
  const missing = without === 0 ? "" : `\nNo rollback exists for ${without} of its steps.`;
  return button({
    action: ACTIONS.rollback,
    text: "Roll back",
    value: report.runId,
    style: "danger",
    confirm: {
      title: "Roll this run back?",
      text: `What runs now is stopped, and what was done is taken back, newest first.${missing}`,
      yes: "Roll back",
      no: "Not now",
      danger: true,
    },
  });
}

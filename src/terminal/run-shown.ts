// `run show`: the thread's progress message as text, and below it what the thread says in messages of its own: why
// it is held, what it asks, how it ended.

import type { LockWait } from "#engine/run-locks.ts";
import type { RunReport } from "#engine/run-report.ts";
import type { Instant } from "#engine/time.ts";
import { oneLine, reveal } from "#bot/messages/plain.ts";
import { runFinishedMessage } from "#bot/messages/run-finished.ts";
import { runProgressMessage } from "#bot/messages/run-progress.ts";
import type { OutputTail } from "#bot/messages/run-progress.ts";
import { failureWords } from "#bot/messages/run-steps.ts";
import { isFinal } from "#bot/messages/step-marks.ts";
import { blockText } from "./block-text.ts";
import { styled } from "./screen.ts";
import type { Screen } from "./screen.ts";

export type ShownRun = {
  readonly report: RunReport;
  readonly output: OutputTail;
  /** The worker that has it in hand; null: none. */
  readonly owner: string | null;
  readonly now: Instant;
  /** What it waits for while it is queued; null: nothing. */
  readonly wait: LockWait | null;
};

export function runShown({ report, output, owner, now, wait }: ShownRun, screen: Screen): string {
  const progress = blockText(runProgressMessage({ report, output, now, wait }).blocks, screen);
  if (isFinal(report.status)) {
    const end = blockText(runFinishedMessage({ report, logLink: null }).blocks, screen);
    return `${progress}\n\n${end}`;
  }
  const worker =
    owner === null
      ? "No worker has it in hand."
      : `Worker ${oneLine(owner, 80).text} has it in hand.`;
  return [progress, ...heldLines(report, screen), ...questionLines(report, screen), worker].join(
    "\n",
  );
}

function heldLines({ heldReasons }: RunReport, screen: Screen): readonly string[] {
  if (heldReasons.length === 0) return [];
  return [
    styled(screen, "bold", "Held because:"),
    ...heldReasons.map((reason) => `• ${oneLine(reason, 500).text}`),
  ];
}

function questionLines({ question }: RunReport, screen: Screen): readonly string[] {
  if (question === null) return [];
  return [
    `${styled(screen, "bold", `It asks whether ${oneLine(question.call.stepId, 80).text} happened:`)} ${reveal(failureWords(question.failure))}`,
    "Only people who may decide on the plan can answer, in its thread.",
  ];
}

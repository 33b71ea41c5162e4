// `run show`: the thread's progress message as text, and below it what the thread says in messages of its own: why
// it is held, what it asks, what it waits for, how it ended.

import type { LockWait } from "#engine/run-locks.ts";
import { reportRun } from "#engine/run-report.ts";
import type { RunView } from "#engine/run-store.ts";
import type { Instant } from "#engine/time.ts";
import { oneLine } from "#bot/messages/plain.ts";
import { runFinishedMessage } from "#bot/messages/run-finished.ts";
import { runProgressMessage } from "#bot/messages/run-progress.ts";
import type { OutputTail } from "#bot/messages/run-progress.ts";
import { isFinal } from "#engine/run.ts";
import { blockText } from "./block-text.ts";
import { runWaits } from "./run-waits.ts";
import type { Screen } from "./screen.ts";

export type ShownRun = {
  readonly view: RunView;
  readonly output: OutputTail;
  readonly now: Instant;
  /** What it waits for while it is queued; null: nothing. */
  readonly wait: LockWait | null;
};

export function runShown({ view, output, now, wait }: ShownRun, screen: Screen): string {
  const report = reportRun(view, now);
  const { owner } = view;
  const progress = blockText(runProgressMessage({ report, output, now, wait }).blocks, screen);
  if (isFinal(report.status)) {
    const end = blockText(runFinishedMessage({ report, logLink: null }).blocks, screen);
    return `${progress}\n\n${end}`;
  }
  const worker =
    owner === null
      ? "No worker has it in hand."
      : `Worker ${oneLine(owner, 80).text} has it in hand.`;
  return [progress, ...runWaits({ view, report, now }, screen), worker].join("\n");
}

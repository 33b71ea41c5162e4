// Marks and words for the states of runs and steps. The word always stands beside the mark.

import { type RunStatus, type StepStatus } from "#engine/run.ts";
import { glassMark } from "./glass-mark.ts";
import { type Piece, bold, emoji, words } from "./rich-text.ts";

type Mark = { readonly mark: Piece; readonly word: string };

const done = emoji("white_check_mark", "2705");
const failed = emoji("x", "274c");
const asked = emoji("question", "2753");
const back = emoji("leftwards_arrow_with_hook", "21a9-fe0f");
const paused = emoji("double_vertical_bar", "23f8-fe0f");
const busy = emoji("arrows_counterclockwise", "1f504");
const warned = emoji("warning", "26a0-fe0f");
const later = emoji("white_circle", "26aa");

const RUNS: Readonly<Record<RunStatus, Mark>> = {
  queued: { mark: emoji("hourglass_flowing_sand", "23f3"), word: "Queued" },
  running: { mark: busy, word: "Running" },
  paused: { mark: paused, word: "Paused" },
  "waiting-approval": { mark: asked, word: "Waiting for an approval" },
  "waiting-answer": { mark: asked, word: "Waiting for an answer" },
  held: { mark: emoji("raised_hand", "270b"), word: "Held" },
  "rolling-back": { mark: back, word: "Rolling back" },
  completed: { mark: done, word: "Completed" },
  failed: { mark: failed, word: "Failed" },
  canceled: { mark: emoji("no_entry", "26d4"), word: "Canceled" },
  "rolled-back": { mark: back, word: "Rolled back" },
};

const STEPS: Readonly<Record<StepStatus, Mark>> = {
  pending: { mark: later, word: "pending" },
  running: { mark: busy, word: "running" },
  "waiting-approval": { mark: asked, word: "waiting for an approval" },
  "waiting-answer": { mark: asked, word: "waiting for an answer" },
  succeeded: { mark: done, word: "done" },
  failed: { mark: failed, word: "failed" },
  skipped: {
    mark: emoji("black_right_pointing_double_triangle_with_vertical_bar", "23ed-fe0f"),
    word: "skipped",
  },
  unknown: { mark: asked, word: "outcome unknown" },
  "rolling-back": { mark: back, word: "rolling back" },
  "rolled-back": { mark: back, word: "rolled back" },
  "rollback-failed": { mark: emoji("rotating_light", "1f6a8"), word: "rollback failed" },
};

/** What is said of a run: its status, and whether it completed although steps of it failed. */
type Standing = {
  readonly status: RunStatus;
  readonly failedSteps: readonly string[];
  /** The glass was broken for it. */
  readonly emergency: boolean;
};

export function runMark(run: Standing): Piece[] {
  const mark = completedWithFailures(run) ? warned : RUNS[run.status].mark;
  return [mark, words(" "), bold(runWord(run)), ...glassMark(run.emergency)];
}

export function runWord(run: Standing): string {
  return completedWithFailures(run) ? "Completed with failures" : RUNS[run.status].word;
}

function completedWithFailures({ status, failedSteps }: Standing): boolean {
  return status === "completed" && failedSteps.length > 0;
}

export function stepMark(status: StepStatus): Piece {
  return STEPS[status].mark;
}

export function stepWord(status: StepStatus): string {
  return STEPS[status].word;
}

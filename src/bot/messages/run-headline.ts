// Where a run stands, in one or two lines: status, progress in words, time.

import { formatDuration } from "#engine/duration.ts";
import { counted } from "./plain.ts";
import { hasStages } from "./plan-steps.ts";
import { type Piece, bold, boldUntrusted, words } from "./rich-text.ts";
import type { RunReport, StepReport } from "#engine/run-report.ts";
import { runMark } from "./step-marks.ts";
import { isFinal } from "#engine/run.ts";

/** One line, for lists: `Running  Restart the fleet · 4 of 12 steps done · 2m 5s`. */
export function runPieces(report: RunReport): Piece[] {
  return [
    ...runMark(report),
    words("  "),
    boldUntrusted(report.plan.title, 150),
    words(` · ${progressWords(report)} · ${elapsedWords(report)}`),
  ];
}

/** `4 of 12 steps done · 2 running · 1 failed · 5 to go`. */
export function progressWords({ steps, detached }: Pick<RunReport, "steps" | "detached">): string {
  if (detached) return "its steps are no longer in the log";
  const done = count(steps, ["succeeded"]);
  const others: readonly (readonly [string, number])[] = [
    ["running", count(steps, ["running"])],
    ["failed", count(steps, ["failed"])],
    ["skipped", count(steps, ["skipped"])],
    ["of unknown outcome", count(steps, ["unknown"])],
    ["waiting for an approval", count(steps, ["waiting-approval"])],
    ["waiting for an answer", count(steps, ["waiting-answer"])],
    ["rolling back", count(steps, ["rolling-back"])],
    ["rolled back", count(steps, ["rolled-back"])],
    ["with a failed rollback", count(steps, ["rollback-failed"])],
    ["to go", count(steps, ["pending"])],
  ];
  const parts = others
    .filter(([, number]) => number > 0)
    .map(([word, number]) => `${number} ${word}`);
  return [`${done} of ${counted(steps.length, "step")} done`, ...parts].join(" · ");
}

function count(steps: readonly StepReport[], statuses: readonly StepReport["status"][]): number {
  return steps.filter((step) => statuses.includes(step.status)).length;
}

export function elapsedWords(report: RunReport): string {
  if (report.detached) return "neither are its times";
  if (report.startedAt === null) return "not started yet";
  return `${isFinal(report.status) ? "took" : "for"} ${spent(report.elapsedMs)}`;
}

/** A length of time as a person reads it: no milliseconds once there are seconds. */
export function spent(ms: number): string {
  return formatDuration(ms < 1000 ? Math.max(0, ms) : Math.floor(ms / 1000) * 1000);
}

export function stageWords({ plan, steps }: RunReport): Piece[] {
  if (!hasStages(plan)) return [];
  const last = Math.max(0, ...plan.steps.map((step) => step.stage));
  const pending = new Map(steps.map((step) => [step.stepId, step.status]));
  const current = plan.steps.find(
    (step) => !["succeeded", "skipped", "rolled-back"].includes(pending.get(step.id) ?? "pending"),
  );
  return [words(" · "), bold(`stage ${(current?.stage ?? last) + 1} of ${last + 1}`)];
}

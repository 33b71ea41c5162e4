// The last message of a run: what happened, what was taken back, what is left and how to finish it by hand, and
// where all of it can be read.

import type { Button } from "@slack/types";
import type { CheckpointSummary } from "#engine/checkpoint.ts";
import type { StepStatus } from "#engine/run.ts";
import { type Part, always, fitMessage } from "./budget.ts";
import { actions, button } from "./blocks.ts";
import { ACTIONS, COMMAND } from "./identifiers.ts";
import { listed } from "./listed.ts";
import { type Message, notificationText } from "./message.ts";
import { counted, identifier } from "./plain.ts";
import {
  type Piece,
  bold,
  boldUntrusted,
  bullets,
  code,
  lines,
  link,
  person,
  richText,
  section,
  sentence,
  time,
  untrusted,
  words,
} from "./rich-text.ts";
import { elapsedWords, progressWords } from "./run-headline.ts";
import type { RunReport } from "#engine/run-report.ts";
import { stepPieces } from "./run-steps.ts";
import { runMark, runWord } from "./step-marks.ts";

export type RunFinishedInput = {
  readonly report: RunReport;
  /** The uploaded log's address, null when there is none (yet). */
  readonly logLink: string | null;
  /** Those taken in the run, the oldest first. */
  readonly checkpoints?: readonly Pick<CheckpointSummary, "name" | "captured">[];
};

const MOST_CHECKPOINTS = 5;

const STANDS: readonly StepStatus[] = ["succeeded", "failed", "unknown", "rollback-failed"];

export function runFinishedMessage({
  report,
  logLink,
  checkpoints = [],
}: RunFinishedInput): Message {
  const at = report.endedAt ?? report.queuedAt;
  const where: Piece[] =
    report.conversation.permalink === null
      ? []
      : [words(" · "), link(report.conversation.permalink, "conversation")];
  const head = lines(
    [...runMark(report), words("  "), boldUntrusted(report.plan.title, 150)],
    [
      words(`${progressWords(report)} · ${elapsedWords(report)} · `),
      words(report.detached ? "queued " : "ended "),
      time(at),
    ],
    [
      words("Asked for by "),
      person(report.requesterId),
      words(" · "),
      words(identifier(report.plan.environment, 60).text),
      ...where,
    ],
    report.reason === null
      ? []
      : [bold("Why: "), ...sentence(report.reason, new Set(report.steeredBy), 500)],
  );
  const { blocks } = fitMessage([
    always([richText(head)]),
    ...listOf(report, {
      title: "What failed",
      statuses: ["failed", "rollback-failed", "unknown", "waiting-answer"],
      priority: 1,
    }),
    ...leftovers(report),
    ...listOf(report, { title: "Taken back", statuses: ["rolled-back"], priority: 3 }),
    always([richText(lines(...checkpointRows(checkpoints), ...logRows(report, logLink)))]),
    ...(leftSomething(report) ? [always([actions(takeBackButton(report))])] : []),
  ]);
  return {
    text: notificationText(`${runWord(report)}: ${report.plan.title} · ${progressWords(report)}`),
    blocks,
  };
}

/** Something stands that the plan says how to take back. */
function leftSomething(report: RunReport): boolean {
  const states = new Map(report.steps.map(({ stepId, status }) => [stepId, status]));
  return report.plan.steps.some(({ id, rollback }) => {
    const status = states.get(id);
    const way = rollback.kind === "captured" || rollback.kind === "commands";
    return way && status !== undefined && STANDS.includes(status);
  });
}

function takeBackButton(report: RunReport): Button {
  return button({
    action: ACTIONS.rollback,
    text: "Roll back",
    value: report.runId,
    confirm: {
      title: "Plan the way back?",
      text: "A new plan that takes back what this run did is made and needs its own approval. Nothing is changed before. It is not made if anything has changed since the run.",
      yes: "Make the plan",
      no: "Not now",
    },
  });
}

function listOf(
  report: RunReport,
  {
    title,
    statuses,
    priority,
  }: {
    readonly title: string;
    readonly statuses: readonly StepStatus[];
    readonly priority: number;
  },
): Part[] {
  const states = new Map(report.steps.map((state) => [state.stepId, state]));
  const steps = report.plan.steps.flatMap((step, index) => {
    const state = states.get(step.id);
    return state !== undefined && statuses.includes(state.status)
      ? [{ step, state, place: index + 1 }]
      : [];
  });
  const now = report.endedAt ?? report.queuedAt;
  return titledList(title, steps, ({ step, state, place }) => stepPieces(step, state, place, now), {
    priority,
    noun: "step",
    most: 12,
  });
}

/** What was neither done as planned nor taken back: a person has to look. */
function leftovers({ leftovers: left }: RunReport): Part[] {
  const title = `${counted(left.length, "thing")} left to finish by hand`;
  return titledList(title, left, (leftover) => [untrusted(leftover, 400)], {
    priority: 2,
    noun: "leftover",
    most: 20,
  });
}

function titledList<T>(
  title: string,
  items: readonly T[],
  draw: (item: T) => readonly Piece[],
  options: { readonly priority: number; readonly noun: string; readonly most: number },
): Part[] {
  if (items.length === 0) return [];
  const list = listed(items, (item) => [bullets([section(...draw(item))])], {
    ...options,
    hint: `See ${COMMAND} show.`,
  });
  return [always([richText(section(bold(title)))]), list];
}

function checkpointRows(
  checkpoints: NonNullable<RunFinishedInput["checkpoints"]>,
): readonly Piece[][] {
  const shown = checkpoints.slice(0, MOST_CHECKPOINTS);
  const rest = checkpoints.length - shown.length;
  return [
    ...shown.map(({ name, captured }): Piece[] => [
      words(`The state of before is kept (${counted(captured, "state")}): `),
      code(`${COMMAND} restore ${identifier(name, 100).text}`),
    ]),
    ...(rest > 0
      ? [[words(`${rest} more are in `), code(`${COMMAND} checkpoints`), words(".")]]
      : []),
  ];
}

function logRows(report: RunReport, logLink: string | null): Piece[][] {
  const show = [
    words("Everything: "),
    code(`${COMMAND} show ${report.planId}`),
    words(" · "),
    code(report.runId),
  ];
  return [logLink === null ? show : [link(logLink, "Full log"), words(" · "), ...show]];
}

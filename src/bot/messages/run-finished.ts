// The last message of a run: what happened, what was taken back, what is left and how to finish it by hand, and
// where all of it can be read.

import type { RichTextBlockElement } from "@slack/types";
import { always, fitMessage } from "./budget.ts";
import { COMMAND } from "./identifiers.ts";
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
  time,
  untrusted,
  words,
} from "./rich-text.ts";
import { elapsedWords, progressWords } from "./run-headline.ts";
import type { RunReport } from "#engine/run-report.ts";
import { stepPieces } from "./run-steps.ts";
import { runMark, runWord } from "./step-marks.ts";

/** `logLink`: the uploaded log's address, null when there is none (yet). */
export type RunFinishedInput = { readonly report: RunReport; readonly logLink: string | null };

export function runFinishedMessage({ report, logLink }: RunFinishedInput): Message {
  const at = report.endedAt ?? report.queuedAt;
  const where: Piece[] =
    report.conversation.permalink === null
      ? []
      : [words(" · "), link(report.conversation.permalink, "conversation")];
  const head = lines(
    [...runMark(report.status), words("  "), boldUntrusted(report.plan.title, 150)],
    [words(`${progressWords(report)} · ${elapsedWords(report)} · ended `), time(at)],
    [
      words("Asked for by "),
      person(report.requesterId),
      words(" · "),
      words(identifier(report.plan.environment, 60).text),
      ...where,
    ],
    report.reason === null ? [] : [bold("Why: "), untrusted(report.reason, 500)],
  );
  const { blocks } = fitMessage([
    always([richText(head)]),
    ...listOf(report, "What failed", ["failed", "rollback-failed", "unknown"], 1),
    leftovers(report),
    ...listOf(report, "Taken back", ["rolled-back"], 3),
    always([richText(lines(...logRows(report, logLink)))]),
  ]);
  return {
    text: notificationText(
      `${runWord(report.status)}: ${report.plan.title} · ${progressWords(report)}`,
    ),
    blocks,
  };
}

function listOf(report: RunReport, title: string, statuses: readonly string[], priority: number) {
  const states = new Map(report.steps.map((state) => [state.stepId, state]));
  const entries = report.plan.steps.flatMap((step, index) => {
    const state = states.get(step.id);
    if (state === undefined || !statuses.includes(state.status)) return [];
    return [
      [
        bullets([
          section(...stepPieces(step, state, index + 1, report.endedAt ?? report.queuedAt)),
        ]),
      ],
    ];
  });
  return [titledList(title, entries, priority, "step", 12)];
}

/** What was neither done as planned nor taken back: a person has to look. */
function leftovers(report: RunReport) {
  const entries = report.leftovers.map((leftover) => [
    bullets([section(untrusted(leftover, 400))]),
  ]);
  const title = `${counted(report.leftovers.length, "thing")} left to finish by hand`;
  return titledList(title, entries, 2, "leftover", 20);
}

function titledList(
  title: string,
  entries: readonly (readonly RichTextBlockElement[])[],
  priority: number,
  noun: string,
  most: number,
) {
  const hint = `See ${COMMAND} show.`;
  const [first, ...rest] = entries;
  const withTitle = first === undefined ? [] : [[section(bold(title)), ...first], ...rest];
  return listed(withTitle, { priority, noun, hint, most });
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

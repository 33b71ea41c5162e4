// How a plan or its run ended, told privately to the person who asked for it.

import type { PlanFreeze } from "#engine/freeze-of-plan.ts";
import type { PlanRecord } from "#engine/plan.ts";
import type { Instant } from "#engine/time.ts";
import type { Verdict } from "#engine/verdict.ts";
import { freezePieces } from "./approvals.ts";
import { always, fitMessage } from "./budget.ts";
import { COMMAND } from "./identifiers.ts";
import { counted } from "./plain.ts";
import { type Message, notificationText } from "./message.ts";
import { outcomePieces, outcomeWord } from "./plan-outcome.ts";
import {
  type Piece,
  bold,
  boldUntrusted,
  code,
  lines,
  link,
  richText,
  riskPieces,
  sentence,
  words,
} from "./rich-text.ts";
import { elapsedWords, progressWords } from "./run-headline.ts";
import type { RunReport } from "#engine/run-report.ts";
import { runMark, runWord } from "./step-marks.ts";

export type OutcomeInput = {
  readonly record: PlanRecord;
  readonly verdict: Verdict;
  readonly report: RunReport | null;
  readonly now: Instant;
  /** What holds back a run that has not begun; null or left out: nothing. */
  readonly freeze?: PlanFreeze | null;
};

export function outcomePrivateMessage({
  record,
  verdict,
  report,
  now,
  freeze = null,
}: OutcomeInput): Message {
  const { plan, conversation } = record;
  const where: Piece[] =
    conversation.permalink === null
      ? []
      : [words(" · "), link(conversation.permalink, "conversation")];
  const word = report === null ? outcomeWord(record, now) : runWord(report);
  const rows: Piece[][] = [
    [words("Your plan "), boldUntrusted(plan.title, 150)],
    report === null
      ? outcomePieces(record, verdict, now)
      : [...runMark(report), words(` · ${progressWords(report)} · ${elapsedWords(report)}`)],
    ...(report === null || report.reason === null
      ? []
      : [[bold("Why: "), ...sentence(report.reason, new Set(report.steeredBy), 400)]]),
    ...(report?.status === "held" ? heldRows(report) : []),
    freeze === null ? [] : freezePieces(freeze),
    ...(record.supersededBy === null
      ? []
      : [[words("Asked for again as plan "), code(record.supersededBy)]]),
    [...riskPieces(plan.risk), ...where, words(" · "), code(`${COMMAND} show ${record.id}`)],
  ];
  return {
    text: notificationText(`${word}: your plan ${plan.title}`),
    blocks: fitMessage([always([richText(lines(...rows))])]).blocks,
  };
}

const MOST_REASONS = 3;

/** People are not mentioned here: who is meant stands in the thread. */
function heldRows({ heldReasons }: RunReport): Piece[][] {
  const shown = heldReasons.slice(0, MOST_REASONS);
  const rest = heldReasons.length - shown.length;
  return [
    ...shown.map((reason): Piece[] => [bold("Why: "), ...sentence(reason, new Set(), 400)]),
    [
      ...(rest > 0 ? [words(`And ${counted(rest, "more reason")}. `)] : []),
      words("The ways forward are in its thread."),
    ],
  ];
}

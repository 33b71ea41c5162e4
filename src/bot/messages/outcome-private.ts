// How a plan or its run ended, told privately to the person who asked for it.

import type { PlanRecord } from "#engine/plan.ts";
import type { Instant } from "#engine/time.ts";
import type { Verdict } from "#engine/verdict.ts";
import { always, fitMessage } from "./budget.ts";
import { COMMAND } from "./identifiers.ts";
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
};

export function outcomePrivateMessage({ record, verdict, report, now }: OutcomeInput): Message {
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
    report === null || report.reason === null
      ? []
      : [bold("Why: "), ...sentence(report.reason, new Set(report.steeredBy), 400)],
    [...riskPieces(plan.risk), ...where, words(" · "), code(`${COMMAND} show ${record.id}`)],
  ];
  return {
    text: notificationText(`${word}: your plan ${plan.title}`),
    blocks: fitMessage([always([richText(lines(...rows))])]).blocks,
  };
}

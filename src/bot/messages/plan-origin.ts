// What a plan was made from, when it takes back, puts back or repeats something, and what it leaves as it is.

import type { PlanOrigin } from "#engine/plan.ts";
import { counted, identifier } from "./plain.ts";
import { type Piece, bold, code, link, time, untrusted, words } from "./rich-text.ts";

/** Sentences about what a rollback or restore leaves as it is. */
const MOST_NOTES = 6;

/** Empty for what somebody wrote. */
export function originRows(origin: PlanOrigin | null): Piece[][] {
  if (origin === null) return [];
  const shown = origin.notes.slice(0, MOST_NOTES);
  const rest = origin.notes.length - shown.length;
  return [
    originPieces(origin),
    ...shown.map((note) => [untrusted(note, 300)]),
    ...(rest > 0 ? [[words(`and ${counted(rest, "more note")}`)]] : []),
  ];
}

function originPieces(origin: PlanOrigin): Piece[] {
  switch (origin.kind) {
    case "rollback":
      return [
        bold("Takes back "),
        words("what run "),
        code(origin.runId),
        words(" did"),
        ...conversationPieces(origin.permalink),
      ];
    case "restore":
      return [
        bold("Puts back "),
        words("checkpoint "),
        code(identifier(origin.checkpoint, 100).text),
        words(", taken "),
        time(origin.takenAt),
      ];
    case "replay":
      return [
        bold("Once more: "),
        words("plan "),
        code(origin.planId),
        ...(origin.ofRun === null ? [] : [words(", which ran as "), code(origin.ofRun)]),
        words(", filed "),
        time(origin.filedAt),
        ...conversationPieces(origin.permalink),
        words(". Since then:"),
      ];
  }
}

function conversationPieces(permalink: string | null): Piece[] {
  return permalink === null ? [] : [words(" in "), link(permalink, "its conversation")];
}

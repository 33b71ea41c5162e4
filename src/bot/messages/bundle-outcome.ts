// What came of approving several plans at once, plan by plan.

import type { Refusal } from "#engine/refusal.ts";
import type { Verdict } from "#engine/verdict.ts";
import { explainRefusal } from "#engine/explain-refusal.ts";
import { always, fitMessage } from "./budget.ts";
import { MOST_TOGETHER } from "./bundle-view.ts";
import { listed } from "./listed.ts";
import { type Message, notificationText } from "./message.ts";
import { counted } from "./plain.ts";
import { namedIn } from "./refusal-message.ts";
import {
  type Piece,
  bold,
  bullets,
  code,
  emoji,
  lines,
  richText,
  section,
  sentence,
  untrusted,
  words,
} from "./rich-text.ts";

export type BundleOutcome = {
  readonly planId: string;
  /** Null: there is no such plan here. */
  readonly title: string | null;
  readonly end:
    /** `met`: with its quorum. */
    | { readonly kind: "approved"; readonly met: boolean; readonly verdict: Verdict }
    | { readonly kind: "refused"; readonly refusal: Refusal }
    /** Not put to a vote before all of it is read. */
    | { readonly kind: "unread"; readonly explanation: string };
};

export function bundleOutcomeMessage(outcomes: readonly BundleOutcome[]): Message {
  const title = headline(
    outcomes.filter(({ end }) => end.kind === "approved").length,
    outcomes.length,
  );
  const list = listed(outcomes, (outcome) => [bullets([section(...entry(outcome))])], {
    priority: 1,
    noun: "plan",
    hint: "",
    most: MOST_TOGETHER,
  });
  return {
    text: notificationText(title),
    blocks: fitMessage([always([richText(lines([bold(title)]))]), list]).blocks,
  };
}

function headline(approved: number, all: number): string {
  if (approved === 0) return "You approved none of these plans.";
  return approved === all
    ? `You approved ${counted(all, "plan")}.`
    : `You approved ${approved} of ${counted(all, "plan")}.`;
}

function entry({ planId, title, end }: BundleOutcome): readonly Piece[] {
  const mark =
    end.kind === "approved" ? emoji("white_check_mark", "2705") : emoji("no_entry", "26d4");
  return [
    mark,
    words(" "),
    ...(title === null ? [] : [untrusted(title, 120), words(" · ")]),
    code(planId),
    words(": "),
    ...endPieces(end),
  ];
}

function endPieces(end: BundleOutcome["end"]): readonly Piece[] {
  switch (end.kind) {
    case "approved":
      return end.met
        ? [bold("approved."), words(" The quorum is met: it starts now.")]
        : [bold("approved,"), words(` ${end.verdict.had} of ${end.verdict.needed} so far.`)];
    case "refused":
      return [
        bold("not approved. "),
        ...sentence(explainRefusal(end.refusal), namedIn(end.refusal), 400),
      ];
    case "unread":
      return [untrusted(end.explanation, 400)];
  }
}

// The reminder in a waiting plan's thread. Mentions those who could still approve, a few of them by name.

import type { AwaitingPlan } from "#engine/plan.ts";
import type { Verdict } from "#engine/verdict.ts";
import { always, fitMessage } from "./budget.ts";
import { type Message, notificationText } from "./message.ts";
import {
  type Piece,
  bold,
  lines,
  link,
  people,
  richText,
  riskPieces,
  time,
  untrusted,
  words,
} from "./rich-text.ts";

/** More mentions than this is noise to most of those mentioned. */
const MENTIONED = 8;

export function planReminderMessage({
  record,
  verdict,
  people: meant = verdict.couldApprove,
}: {
  readonly record: AwaitingPlan;
  readonly verdict: Verdict;
  /** Those it is for: nobody else is mentioned. Absent: everyone who could approve. */
  readonly people?: readonly string[];
}): Message {
  const { conversation, plan } = record;
  const card: Piece[] =
    conversation.permalink === null
      ? []
      : [words(" · "), link(conversation.permalink, "conversation")];
  const mentioned = verdict.couldApprove.filter((userId) => meant.includes(userId));
  const text = lines(
    [bold("Still waiting for approval: "), untrusted(plan.title, 150)],
    [
      ...riskPieces(plan.risk),
      words(` · ${verdict.had} of ${verdict.needed} · approve by `),
      time(record.approveBy),
      ...card,
    ],
    verdict.couldApprove.length === 0
      ? [
          bold("Nobody can complete the quorum any more."),
          words(" Withdraw the plan, or have an operator widen the approvers."),
        ]
      : mentioned.length === 0
        ? []
        : [words("Can approve: "), ...people(mentioned, MENTIONED)],
  );
  return {
    text: notificationText(`Still waiting for approval: ${plan.title}`),
    blocks: fitMessage([always([richText(text)])]).blocks,
  };
}

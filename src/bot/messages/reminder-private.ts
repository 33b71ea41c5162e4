// Told privately to one person who could approve a waiting plan: that it waits for them, or that they may decide now.

import type { AwaitingPlan } from "#engine/plan.ts";
import type { Instant } from "#engine/time.ts";
import type { Verdict } from "#engine/verdict.ts";
import { timeLeft } from "./approvals.ts";
import { always, fitMessage } from "./budget.ts";
import { COMMAND } from "./identifiers.ts";
import { type Message, notificationText } from "./message.ts";
import {
  type Piece,
  boldUntrusted,
  code,
  lines,
  link,
  person,
  richText,
  riskPieces,
  time,
  untrusted,
  words,
} from "./rich-text.ts";

type PrivateReminderInput = {
  readonly record: AwaitingPlan;
  readonly verdict: Verdict;
  /** They may decide only since it has waited too long for others. */
  readonly widened: boolean;
  readonly now: Instant;
};

export function privateReminderMessage(input: PrivateReminderInput): Message {
  const { record, verdict, widened, now } = input;
  const { conversation, plan, requester } = record;
  const where: Piece[] =
    conversation.permalink === null ? [] : [words(" · "), link(conversation.permalink, "card")];
  const rows: Piece[][] = [
    [
      words(widened ? "You may approve this now: " : "Waiting for your approval: "),
      boldUntrusted(plan.title, 150),
    ],
    [
      ...riskPieces(plan.risk),
      words(" · "),
      untrusted(plan.environment, 60),
      words(" · asked for by "),
      person(requester.userId),
    ],
    widened
      ? [words("It has waited too long for others, so the policy lets you decide, too.")]
      : [],
    [
      words(`${verdict.had} of ${verdict.needed} · approve by `),
      time(record.approveBy),
      words(` (${timeLeft(record.approveBy, now)})`),
      ...where,
      words(" · "),
      code(`${COMMAND} show ${record.id}`),
    ],
  ];
  return {
    text: notificationText(
      `${widened ? "You may approve this now" : "Waiting for your approval"}: ${plan.title}`,
    ),
    blocks: fitMessage([always([richText(lines(...rows))])]).blocks,
  };
}

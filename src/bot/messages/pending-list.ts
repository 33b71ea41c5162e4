// The plans that wait for approval, oldest clock first, with those the reader could approve marked.

import type { RichTextBlockElement } from "@slack/types";
import type { AwaitingPlan } from "#engine/plan.ts";
import type { Instant } from "#engine/time.ts";
import type { Verdict } from "#engine/verdict.ts";
import { timeLeft } from "./approvals.ts";
import { always, fitMessage } from "./budget.ts";
import { COMMAND } from "./identifiers.ts";
import { listed } from "./listed.ts";
import { type Message, notificationText } from "./message.ts";
import { counted, identifier } from "./plain.ts";
import {
  type Piece,
  bold,
  bullets,
  code,
  lines,
  link,
  person,
  richText,
  riskPieces,
  section,
  time,
  untrusted,
  words,
} from "./rich-text.ts";

export type WaitingPlan = { readonly record: AwaitingPlan; readonly verdict: Verdict };

export type PendingInput = {
  readonly plans: readonly WaitingPlan[];
  readonly viewerId: string;
  readonly now: Instant;
};

export function pendingMessage({ plans, viewerId, now }: PendingInput): Message {
  const sorted = oldestClockFirst(plans);
  const mine = sorted.filter(({ verdict }) => verdict.couldApprove.includes(viewerId)).length;
  const title =
    plans.length === 0
      ? "No plan waits for approval."
      : `${counted(plans.length, "plan")} waiting for approval, ${mine} of them for you`;
  const fitted = fitMessage([
    always([richText(lines([bold(title)]))]),
    listed(sorted, (plan) => drawn(plan, viewerId, now), {
      priority: 1,
      noun: "plan",
      hint: `See one with ${COMMAND} show <id>.`,
      most: 25,
    }),
  ]);
  return { text: notificationText(title), blocks: fitted.blocks };
}

export function oldestClockFirst(plans: readonly WaitingPlan[]): readonly WaitingPlan[] {
  return [...plans].toSorted((a, b) => a.record.approveBy - b.record.approveBy);
}

function drawn(
  { record, verdict }: WaitingPlan,
  viewerId: string,
  now: Instant,
): RichTextBlockElement[] {
  const { plan, conversation } = record;
  const forMe: Piece[] = verdict.couldApprove.includes(viewerId) ? [bold("For you  ")] : [];
  const card: Piece[] =
    conversation.permalink === null
      ? []
      : [words(" · "), link(conversation.permalink, "conversation")];
  return [
    bullets([section(...forMe, untrusted(plan.title, 150), ...card)]),
    bullets(
      [
        section(
          ...riskPieces(plan.risk),
          words(` · ${identifier(plan.environment, 60).text} · asked for by `),
          person(record.requester.userId),
          words(" · "),
          code(record.id),
        ),
        section(
          words(`${verdict.had} of ${verdict.needed} · approve by `),
          time(record.approveBy),
          words(` (${timeLeft(record.approveBy, now)})`),
        ),
      ],
      1,
    ),
  ];
}

// What waits for people, oldest clock first: plans for approval, and runs that ask for an approval or an answer. What
// the reader could decide is marked.

import type { RichTextBlockElement } from "@slack/types";
import type { OpenAsking } from "#engine/open-askings.ts";
import type { AwaitingPlan } from "#engine/plan.ts";
import type { Instant } from "#engine/time.ts";
import type { Verdict } from "#engine/verdict.ts";
import { timeLeft } from "./approvals.ts";
import { type Part, always, fitMessage } from "./budget.ts";
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
  readonly askings: readonly OpenAsking[];
  readonly viewerId: string;
  readonly now: Instant;
};

export function pendingMessage({ plans, askings, viewerId, now }: PendingInput): Message {
  const sorted = oldestClockFirst(plans);
  const mine = sorted.filter(({ verdict }) => verdict.couldApprove.includes(viewerId)).length;
  const title =
    plans.length === 0
      ? "No plan waits for approval."
      : `${counted(plans.length, "plan")} waiting for approval, ${mine} of them for you`;
  const fitted = fitMessage([
    ...askingsPart(askings, viewerId, now),
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

function askingsPart(
  askings: readonly OpenAsking[],
  viewerId: string,
  now: Instant,
): readonly Part[] {
  if (askings.length === 0) return [];
  const mine = askings.filter(({ couldAnswer }) => couldAnswer.includes(viewerId)).length;
  const verb = askings.length === 1 ? "waits" : "wait";
  const title = `${counted(askings.length, "running step")} ${verb} for people, ${mine} for you`;
  return [
    always([richText(lines([bold(title)]))]),
    listed(
      askings,
      (asking) => [
        bullets([
          section(
            ...(asking.couldAnswer.includes(viewerId) ? [bold("For you  ")] : []),
            ...askingPieces(asking, now),
          ),
        ]),
      ],
      { priority: 1, noun: "step", hint: "", most: 15 },
    ),
  ];
}

/** What a running step waits for, in whose conversation it is answered. */
export function askingPieces({ kind, run, step, closesAt }: OpenAsking, now: Instant): Piece[] {
  const { permalink } = run.conversation;
  return [
    words(kind === "approval" ? "Approval of step " : "Answer for step "),
    code(identifier(step.id, 80).text),
    words(" of "),
    untrusted(run.plan.title, 120),
    words(` · ${timeLeft(closesAt, now)}`),
    ...(permalink === null ? [] : [words(" · "), link(permalink, "conversation")]),
  ];
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

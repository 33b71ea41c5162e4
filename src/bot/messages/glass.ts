// A broken glass: what the thread and everyone who was passed over are told, before and after somebody has looked at
// it.

import type { Emergency, PlanRecord } from "#engine/plan.ts";
import type { Instant } from "#engine/time.ts";
import { actions, button } from "./blocks.ts";
import { always, fitMessage } from "./budget.ts";
import { ACTIONS, COMMAND, glassValue } from "./identifiers.ts";
import { ALARM } from "./glass-mark.ts";
import { listed } from "./listed.ts";
import { type Message, notificationText } from "./message.ts";
import { identifier } from "./plain.ts";
import {
  type Piece,
  bold,
  boldUntrusted,
  bullets,
  code,
  lines,
  link,
  people,
  person,
  richText,
  riskPieces,
  section,
  time,
  untrusted,
  words,
} from "./rich-text.ts";

/** A plan whose glass was broken. */
export type Broken = PlanRecord & { readonly emergency: Emergency };

export function isBroken(record: PlanRecord): record is Broken {
  return record.emergency !== null;
}

/** The answer to the words: the window can only be opened by a click. Their reason stands in it already. */
export function glassAskedMessage(record: PlanRecord, reason: string | null): Message {
  const { id: planId, version } = record;
  const asks =
    reason === null ? "asks why and to confirm" : "shows your reason and asks to confirm";
  const text = `Break the glass for plan ${planId}? Nothing has happened yet: the button ${asks}.`;
  const foot = actions(breakGlassButton(glassValue({ planId, version, reason: reason ?? "" })));
  return {
    text: notificationText(text),
    blocks: [richText(lines([ALARM, words(` ${text}`)])), foot],
  };
}

export function breakGlassButton(value: string) {
  return button({ action: ACTIONS.breakGlass, text: "Break glass...", value, style: "danger" });
}

/** In the thread: what happened, and how its review stands. */
export function glassBrokenMessage(record: Broken): Message {
  return glassMessage(record, []);
}

/** To somebody who was passed over, or for whom the plan was made. */
export function glassBrokenPrivately(record: Broken, userId: string): Message {
  return glassMessage(record, [[words(whyTold(record, userId))]]);
}

function whyTold({ requester, votes, version }: Broken, userId: string): string {
  if (userId === requester.userId) return "You asked for this plan.";
  const vote = votes.find((one) => one.userId === userId && one.planVersion === version);
  if (vote === undefined) return "You could have approved this plan and were not asked.";
  return vote.choice === "approve"
    ? "You had approved this plan; others were not waited for."
    : "You had rejected this plan.";
}

function glassMessage(record: Broken, more: readonly Piece[][]): Message {
  const { plan, emergency, conversation } = record;
  const where: Piece[] =
    conversation.permalink === null
      ? []
      : [words(" · "), link(conversation.permalink, "conversation")];
  const rows: Piece[][] = [
    [ALARM, words(" "), bold("Glass broken: "), boldUntrusted(plan.title, 150)],
    [
      person(emergency.userId),
      words(" started it without the approvals it needs · "),
      time(emergency.at),
    ],
    [bold("Why: "), untrusted(emergency.reason, 1000)],
    [...riskPieces(plan.risk), words(` in ${identifier(plan.environment, 60).text}`), ...where],
    ...more,
    ...reviewRows(record),
  ];
  return {
    text: notificationText(`Glass broken: ${plan.title}`),
    blocks: fitMessage([always([richText(lines(...rows))])]).blocks,
  };
}

function reviewRows({ id, emergency }: Broken): Piece[][] {
  const { review, reviewBy } = emergency;
  return review === null
    ? [
        [bold("Review open"), words(" until "), time(reviewBy), words(": somebody else writes")],
        [code(`${COMMAND} review ${id} <what was found>`)],
      ]
    : [
        [bold("Reviewed"), words(" by "), person(review.userId), words(" · "), time(review.at)],
        [untrusted(review.note, 1000)],
      ];
}

export function glassReviewedMessage(record: Broken): Message {
  const { plan, emergency } = record;
  const rows = [
    [bold("Reviewed: "), untrusted(plan.title, 150), words(", run by "), person(emergency.userId)],
    ...reviewRows(record),
  ];
  return {
    text: notificationText(`Reviewed: ${plan.title}`),
    blocks: fitMessage([always([richText(lines(...rows))])]).blocks,
  };
}

/** @param whoCan close it: they are mentioned. */
export function reviewOverdueMessage(record: Broken, whoCan: readonly string[]): Message {
  const { plan, emergency } = record;
  const rows: Piece[][] = [
    [ALARM, words(" "), bold("Review overdue: "), untrusted(plan.title, 150)],
    [
      person(emergency.userId),
      words(" broke the glass "),
      time(emergency.at),
      words(" and can't do it again before somebody has looked."),
    ],
    whoCan.length === 0
      ? [words("Nobody who is known could close it: that takes another approver of this plan.")]
      : [words("Who could close it: "), ...people(whoCan)],
    ...reviewRows(record),
  ];
  return {
    text: notificationText(`Review overdue: ${plan.title}`),
    blocks: fitMessage([always([richText(lines(...rows))])]).blocks,
  };
}

/** `/ops review`. */
export function openReviewsMessage(records: readonly Broken[], now: Instant): Message {
  const title =
    records.length === 0 ? "No review of a broken glass is open." : "Open reviews, oldest first";
  const { blocks } = fitMessage([
    always([richText(lines([bold(title)]))]),
    listed(records, (record) => [bullets([section(...openReviewPieces(record, now))])], {
      priority: 1,
      noun: "review",
      hint: "",
      most: 20,
    }),
    ...(records.length === 0
      ? []
      : [
          always([
            richText(
              lines([words("To close one: "), code(`${COMMAND} review <id> <what was found>`)]),
            ),
          ]),
        ]),
  ]);
  return { text: notificationText(title), blocks };
}

/** One of them, for lists. */
export function openReviewPieces(
  { id, plan, emergency, conversation }: Broken,
  now: Instant,
): Piece[] {
  const where: Piece[] =
    conversation.permalink === null
      ? []
      : [words(" · "), link(conversation.permalink, "conversation")];
  return [
    code(id),
    words("  "),
    untrusted(plan.title, 120),
    words(" · by "),
    person(emergency.userId),
    words(" · "),
    ...(now >= emergency.reviewBy ? [bold("overdue since ")] : [words("until ")]),
    time(emergency.reviewBy),
    ...where,
  ];
}

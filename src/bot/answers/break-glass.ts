// Breaking the glass by button or words, and closing its review.

import { MOST_OF_A_REASON, breakGlass, glassRefusal } from "#engine/break-glass.ts";
import type { PlanRecord } from "#engine/plan.ts";
import { reviewGlass } from "#engine/review-glass.ts";
import type { Asker } from "#engine/use-case-ports.ts";
import type { BotPorts } from "../bot-ports.ts";
import { glassAskedMessage, isBroken, openReviewsMessage } from "../messages/glass.ts";
import { VIEW_FORMAT } from "../messages/view-hash.ts";
import { refusedAnswer, said } from "../reply.ts";
import type { Answer } from "../reply.ts";
import { askerOf } from "../requester.ts";
import type { Desk, Requester } from "../requester.ts";
import { cardSeenBy, unreadBarrier } from "./read-before-approving.ts";
import type { CardSeen } from "./read-before-approving.ts";

/** Null: the window may be opened. What is cut on the card must have been read, as before an approval. */
export async function glassBarred(
  desk: Desk,
  requester: Requester,
  record: PlanRecord,
): Promise<Answer | null> {
  const { ports } = desk;
  const asker = askerOf(desk, requester, record.conversation);
  const refusal = await glassRefusal(ports, asker, record);
  if (refusal !== null) return refusedAnswer(refusal);
  return unreadAnswer(ports, asker, record, await cardSeenBy(ports, record, requester.userId));
}

async function unreadAnswer(
  ports: BotPorts,
  asker: Asker,
  record: PlanRecord,
  { unread }: CardSeen,
): Promise<Answer | null> {
  const attempted = `break the glass for plan ${record.id}`;
  const explanation = await unreadBarrier(ports, asker, record, {
    unread,
    attempted,
    what: "break-glass",
  });
  return explanation === null ? null : said(explanation, "warning");
}

export async function askToBreakGlass(
  desk: Desk,
  requester: Requester,
  record: PlanRecord,
  reason: string | null,
): Promise<Answer> {
  const barred = await glassBarred(desk, requester, record);
  if (barred !== null) return barred;
  const prepared = reason === null ? null : reason.slice(0, MOST_OF_A_REASON).toWellFormed();
  return { message: glassAskedMessage(record, prepared), to: "asker" };
}

export async function breakTheGlass(
  desk: Desk,
  requester: Requester,
  broken: { readonly record: PlanRecord; readonly version: number; readonly reason: string },
): Promise<Answer> {
  const { ports } = desk;
  const { record, version, reason } = broken;
  const asker = askerOf(desk, requester, record.conversation);
  const seen = await cardSeenBy(ports, record, requester.userId);
  // The rest is asked by the use case, which also knows a request that is worked on twice.
  const barred = await unreadAnswer(ports, asker, record, seen);
  if (barred !== null) return barred;
  const result = await breakGlass(ports, asker, {
    planId: record.id,
    planVersion: version,
    reason,
    viewHash: seen.viewHash,
    viewFormat: VIEW_FORMAT,
  });
  if (!result.ok) return refusedAnswer(result.refusal);
  const told = result.value.told.length;
  const who = told === 1 ? " One person is told." : told > 1 ? ` ${told} people are told.` : "";
  return said(
    `The glass is broken: plan ${record.id} starts now.${who} Its review is open until somebody else closes it.`,
    "done",
  );
}

export async function listReviews({ ports, slack }: Desk): Promise<Answer> {
  const open = await ports.plans.openReviews(slack.identity.teamId);
  const message = openReviewsMessage(open.filter(isBroken), ports.clock.now());
  return { message, to: "everyone" };
}

export async function review(
  desk: Desk,
  requester: Requester,
  record: PlanRecord,
  note: string,
): Promise<Answer> {
  const asker = askerOf(desk, requester, record.conversation);
  const result = await reviewGlass(desk.ports, asker, { planId: record.id, note });
  return result.ok
    ? said(`The review of plan ${record.id} is closed.`, "done")
    : refusedAnswer(result.refusal);
}

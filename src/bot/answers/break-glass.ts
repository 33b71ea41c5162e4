// Breaking the glass by button or words, and closing its review.

import { MOST_OF_A_REASON, breakGlass, glassRefusal } from "#engine/break-glass.ts";
import type { PlanRecord } from "#engine/plan.ts";
import { reviewGlass } from "#engine/review-glass.ts";
import { glassAskedMessage, isBroken, openReviewsMessage } from "../messages/glass.ts";
import { VIEW_FORMAT } from "../messages/view-hash.ts";
import { refusedAnswer, said } from "../reply.ts";
import type { Answer } from "../reply.ts";
import { askerOf } from "../requester.ts";
import type { Desk, Requester } from "../requester.ts";
import { cardSeenBy, readFirst, recordUnread } from "./read-before-approving.ts";

/** Null: the window may be opened. What is cut on the card must have been read, as before an approval. */
export async function glassBarred(
  desk: Desk,
  requester: Requester,
  record: PlanRecord,
): Promise<Answer | null> {
  const asker = askerOf(desk, requester, record.conversation);
  const refusal = await glassRefusal(desk.ports, asker, record);
  return refusal === null ? unreadAnswer(desk, requester, record) : refusedAnswer(refusal);
}

async function unreadAnswer(
  desk: Desk,
  requester: Requester,
  record: PlanRecord,
): Promise<Answer | null> {
  const { unread } = await cardSeenBy(desk.ports, record, requester.userId);
  if (unread.length === 0) return null;
  const explanation = readFirst(unread, "break-glass");
  const attempted = `break the glass for plan ${record.id}`;
  const asker = askerOf(desk, requester, record.conversation);
  await recordUnread(desk.ports, asker, record, { attempted, explanation });
  return said(explanation, "warning");
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
  const { record, version, reason } = broken;
  // The rest is asked by the use case, which also knows a request that is worked on twice.
  const barred = await unreadAnswer(desk, requester, record);
  if (barred !== null) return barred;
  const { viewHash } = await cardSeenBy(desk.ports, record, requester.userId);
  const result = await breakGlass(desk.ports, askerOf(desk, requester, record.conversation), {
    planId: record.id,
    planVersion: version,
    reason,
    viewHash,
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

// A plan filed in the place of another, by words or from a run that is held.

import type { PlanRequest } from "#engine/compile-plan.ts";
import type { AwaitingPlan, PlanRecord } from "#engine/plan.ts";
import { supersedePlan } from "#engine/supersede-plan.ts";
import type { Wish } from "../command-language/command.ts";
import { samePlanMessage } from "../messages/same-plan.ts";
import { refusedAnswer, said } from "../reply.ts";
import type { Answer } from "../reply.ts";
import { askerOf } from "../requester.ts";
import type { Desk, Requester } from "../requester.ts";
import { askerForCard, refusedWish, requestOf, storedRequest } from "./ask-for-work.ts";

/** Null: the new plan's card is the answer. */
export async function supersede(
  desk: Desk,
  requester: Requester,
  record: PlanRecord,
  wish: Wish,
): Promise<Answer | null> {
  const request = requestOf(wish);
  if (!request.ok) return request.refusal;
  const asker = await askerForCard(desk, requester);
  if (!asker.ok) return asker.refusal;
  const given = { planId: record.id, request: request.value };
  const result = await supersedePlan(desk.ports, asker.value, given);
  if (!result.ok) return refusedWish(wish, result.refusal);
  const { sameAs } = result.value;
  return sameAs === null ? null : notReplaced(requester, record, sameAs);
}

/** The same plan once more, for new approvals, in the conversation of the one whose run is held. */
export async function askAgain(
  desk: Desk,
  requester: Requester,
  record: PlanRecord,
): Promise<Answer> {
  return fileInPlace(desk, requester, record, storedRequest(record));
}

/** The card of the new plan stands in the old one's thread. */
export async function fileInPlace(
  desk: Desk,
  requester: Requester,
  record: PlanRecord,
  request: PlanRequest,
): Promise<Answer> {
  const asker = askerOf(desk, requester, record.conversation);
  const result = await supersedePlan(desk.ports, asker, { planId: record.id, request });
  if (!result.ok) return refusedAnswer(result.refusal);
  if (result.value.sameAs !== null) return notReplaced(requester, record, result.value.sameAs);
  return said(
    `Filed as plan ${result.value.planId}: its card is in the thread and needs approvals of its own. Plan ${record.id} has given way, and its run is canceled.`,
    "done",
  );
}

/** Nothing was filed that could take its place: the same plan waits already, as somebody's own. */
function notReplaced({ userId }: Requester, record: PlanRecord, sameAs: AwaitingPlan): Answer {
  return { message: samePlanMessage(sameAs, userId, record.id), to: "asker" };
}

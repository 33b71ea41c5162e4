// The plan of something that is over, filed once more where it was asked for.

import type { PlanRecord } from "#engine/plan.ts";
import { replayPlan } from "#engine/replay-plan.ts";
import { samePlanMessage } from "../messages/same-plan.ts";
import { refusedAnswer } from "../reply.ts";
import type { Answer } from "../reply.ts";
import type { Desk, Requester } from "../requester.ts";
import { askerForCard, storedRequest } from "./ask-for-work.ts";

/** Null: the new plan's card is the answer, and says what has changed since. */
export async function replay(
  desk: Desk,
  requester: Requester,
  record: PlanRecord,
): Promise<Answer | null> {
  const asker = await askerForCard(desk, requester);
  if (!asker.ok) return asker.refusal;
  const given = { planId: record.id, request: storedRequest(record) };
  const result = await replayPlan(desk.ports, asker.value, given);
  if (!result.ok) return refusedAnswer(result.refusal);
  const { sameAs } = result.value;
  return sameAs === null
    ? null
    : { message: samePlanMessage(sameAs, requester.userId), to: "asker" };
}

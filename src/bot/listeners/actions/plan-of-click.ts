// The plan a button speaks of, read from the database, and the answer when there is none.

import type { PlanRecord } from "#engine/plan.ts";
import { parsePlanValue } from "../../messages/identifiers.ts";
import { refusedAnswer, reply } from "../../reply.ts";
import type { Desk, Requester } from "../../requester.ts";

export type PlanOfClick = { readonly record: PlanRecord; readonly version: number };

/** Null: the person was told that there is no such plan. */
export async function planOfClick(
  desk: Desk,
  requester: Requester,
  value: string | undefined,
): Promise<PlanOfClick | null> {
  const ref = parsePlanValue(value);
  const record = ref === null ? null : await desk.ports.plans.get(ref.planId);
  if (ref !== null && record?.conversation.teamId === desk.slack.identity.teamId)
    return { record, version: ref.version };
  await reply(
    desk.ports,
    requester,
    refusedAnswer({ code: "plan-not-found", planId: ref?.planId ?? "of this button" }),
  );
  return null;
}

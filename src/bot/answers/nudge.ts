// The requester has the approvers of a plan reminded.

import { nudgePlan } from "#engine/nudge-plan.ts";
import type { PlanRecord } from "#engine/plan.ts";
import { refusedAnswer, said } from "../reply.ts";
import type { Answer } from "../reply.ts";
import { askerOf } from "../requester.ts";
import type { Desk, Requester } from "../requester.ts";

export async function nudge(
  desk: Desk,
  requester: Requester,
  { id, conversation }: PlanRecord,
): Promise<Answer> {
  const result = await nudgePlan(desk.ports, askerOf(desk, requester, conversation), id);
  if (!result.ok) return refusedAnswer(result.refusal);
  const { people, silent } = result.value;
  if (people.length === 0 && silent > 0)
    return said(
      `Whoever could still approve plan ${id} is not to be reminded, says the policy: its thread tells that it waits.`,
      "warning",
    );
  if (people.length === 0)
    return said(`Nobody is left who could approve plan ${id}: policy ${id} says why.`, "warning");
  const who = people.length === 1 ? "One person is" : `${people.length} people are`;
  return said(`${who} reminded that plan ${id} waits for them.`, "done");
}

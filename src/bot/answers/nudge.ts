// The requester has the approvers of a plan reminded.

import { nudgePlan } from "#engine/nudge-plan.ts";
import type { PlanRecord } from "#engine/plan.ts";
import { counted } from "../messages/plain.ts";
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
  const { people } = result.value;
  return people.length === 0
    ? said(`Nobody is left who could approve plan ${id}: policy ${id} says why.`, "warning")
    : said(
        `${counted(people.length, "person")} who could approve plan ${id} are reminded.`,
        "done",
      );
}

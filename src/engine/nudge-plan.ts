// The requester has those who could approve reminded, at most once in ten minutes.

import { audited, personActor } from "./audited-use-case.ts";
import { circleOf, verdictOf } from "./explain-policy.ts";
import { entryOf } from "./file-plan.ts";
import { nudgePlan as noteNudge } from "./plan-life.ts";
import type { PlanRecord } from "./plan.ts";
import { NO_CHANGE } from "./plan-store.ts";
import type { PlanChange } from "./plan-store.ts";
import type { Refusal } from "./refusal.ts";
import { accept, refuse } from "./result.ts";
import type { Result } from "./result.ts";
import { memberOrRefusal } from "./sound-plan.ts";
import type { Asker, EnginePorts } from "./use-case-ports.ts";
import { isSilent } from "./whom-to-remind.ts";

type Nudged = {
  readonly people: readonly string[];
  /** How many others could approve, and are not to be disturbed. */
  readonly silent: number;
};

/** Whom the reminder is for. Every refusal is in the audit log when this returns. */
export async function nudgePlan(
  ports: EnginePorts,
  asker: Asker,
  planId: string,
): Promise<Result<Nudged, Refusal>> {
  const attempt = { attempted: `nudge the approvers of plan ${planId}`, planId, runId: null };
  return audited(ports, asker, attempt, async () => {
    const record = await ports.plans.get(planId);
    if (record === null || record.conversation.teamId !== asker.teamId)
      return refuse({ code: "plan-not-found", planId });
    const person = await memberOrRefusal(ports, asker);
    if (!person.ok) return person;
    const whoCan = [record.requester.userId];
    if (asker.userId !== record.requester.userId)
      return refuse({ code: "not-yours", attempted: "nudge the approvers of this plan", whoCan });
    const circle = await circleOf(ports, record, "cached");
    const { couldApprove } = await verdictOf(ports, record, "cached", circle);
    const people = couldApprove.filter((userId) => !isSilent(userId, circle));
    const silent = couldApprove.length - people.length;
    const at = ports.clock.now();
    const answer = await ports.plans.change(planId, (locked) =>
      decide(locked, { asker, people, silent, at }),
    );
    return answer ?? refuse({ code: "plan-not-found", planId });
  });
}

function decide(
  record: PlanRecord,
  given: Nudged & { readonly asker: Asker; readonly at: number },
): { change: PlanChange; answer: Result<Nudged, Refusal> } {
  const { asker, people, silent, at } = given;
  const nudged = noteNudge(record, at);
  if (!nudged.ok) return { change: NO_CHANGE, answer: nudged };
  const { requestId, entry } = asker;
  const event = {
    kind: "plan.nudged",
    version: record.version,
    people,
    requestId,
    entry,
  } as const;
  const change: PlanChange = {
    record: nudged.value,
    events: [{ ...entryOf(record, at), actor: personActor(asker), event }],
    notices: [{ kind: "plan-reminder", planId: record.id, people }],
  };
  return { change, answer: accept({ people, silent }) };
}

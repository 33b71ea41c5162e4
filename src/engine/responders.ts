// Who may answer what a run asks: the people and groups the plan names, else the requester and whoever could approve
// the plan. Asked live, when it is answered.

import { gatherMembers } from "./gather-facts.ts";
import type { Inquiry } from "./plan.ts";
import { sayRefusal } from "./plan-powers.ts";
import { unknownMembers } from "./refusal.ts";
import type { Refusal } from "./refusal.ts";
import type { RunHeader } from "./run-store.ts";
import type { Asker, EnginePorts } from "./use-case-ports.ts";

/** Null when the asker, known to be a full member, may answer. */
export async function responderRefusal(
  ports: EnginePorts,
  asker: Asker,
  { planId, runId }: RunHeader,
  { from }: Inquiry,
): Promise<Refusal | null> {
  if (from === null) {
    const record = await ports.plans.get(planId);
    return record === null
      ? { code: "run-not-found", runId }
      : sayRefusal(ports, asker, record, "answer what this run asks");
  }
  const { groups, users } = from;
  if (users.includes(asker.userId)) return null;
  const members = await gatherMembers(ports, asker.teamId, groups, "fresh");
  if (groups.some((group) => members[group]?.includes(asker.userId))) return null;
  const unasked = groups.filter((group) => members[group] === undefined);
  if (unasked.length > 0) return unknownMembers(unasked);
  const whoCan = [...new Set([...users, ...groups.flatMap((group) => members[group] ?? [])])];
  return { code: "not-yours", attempted: "answer what this run asks", whoCan };
}

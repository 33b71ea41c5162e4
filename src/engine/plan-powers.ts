// Who, besides its requester, has a say in a plan: anyone who could approve it. Used for edits, dry runs and
// the control of runs; deciding is cast-vote.ts.

import { candidatesOf, eligibilityOf } from "./eligibility.ts";
import { factsOf } from "./explain-policy.ts";
import { gatherMembers, groupsOf } from "./gather-facts.ts";
import type { PlanRecord } from "./plan.ts";
import type { Refusal } from "./refusal.ts";
import type { Asker, EnginePorts } from "./use-case-ports.ts";

/**
 * Null when the asker, known to be a full member, is the requester or could approve the plan. Editors could
 * have, so they keep this say.
 * @param attempted reads after "You may not", e.g. `cancel this run`.
 */
export async function sayRefusal(
  ports: EnginePorts,
  asker: Asker,
  record: PlanRecord,
  attempted: string,
): Promise<Refusal | null> {
  if (asker.userId === record.requester.userId) return null;
  const members = await gatherMembers(ports, asker.teamId, groupsOf(record.rule), "fresh");
  const standings = { [asker.userId]: "member" } as const;
  const facts = {
    ...factsOf(record, { members, standings, now: ports.clock.now() }),
    editorIds: [],
  };
  const eligibility = eligibilityOf(asker.userId, facts);
  if (eligibility.kind === "eligible") return null;
  if (eligibility.kind === "unknown")
    return { code: "directory-unavailable", detail: "the members of its groups are not known" };
  const whoCan = [record.requester.userId, ...candidatesOf(record.rule.require, members)];
  return { code: "not-yours", attempted, whoCan: [...new Set(whoCan)] };
}

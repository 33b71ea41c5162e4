// Who, besides its requester, has a say in a plan: anyone who could approve it. Used for edits, dry runs and
// the control of runs; deciding is cast-vote.ts. What goes beyond the plan takes an approver who is not its requester.

import { candidatesOf, eligibilityOf } from "./eligibility.ts";
import { circleOf, factsOf } from "./explain-policy.ts";
import { gatherStandings, lendersOf } from "./gather-facts.ts";
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
  // As if nobody had edited the plan.
  const { eligibility, candidates } = await rankOf(ports, asker, record, []);
  if (eligibility === "eligible") return null;
  if (eligibility === "unknown") return UNKNOWN_MEMBERS;
  const whoCan = [record.requester.userId, ...candidates];
  return { code: "not-yours", attempted, whoCan: [...new Set(whoCan)] };
}

/**
 * Null when the asker, known to be a full member, could approve the plan: its requester and its editors can't.
 * @param given.attempted reads after "You may not".
 * @param given.own the refusal for the requester.
 * @param given.barred has no say in this either, and lends none.
 */
export async function approverRefusal(
  ports: EnginePorts,
  asker: Asker,
  record: PlanRecord,
  given: {
    readonly attempted: string;
    readonly own: "self-override" | "self-skip" | "self-review";
    readonly barred?: string;
  },
): Promise<Refusal | null> {
  const barred = [...record.editors, ...(given.barred === undefined ? [] : [given.barred])];
  const { eligibility, candidates } = await rankOf(ports, asker, record, barred);
  const whoCan = candidates.filter((userId) => !wrote(record, userId) && userId !== given.barred);
  if (asker.userId === record.requester.userId) return { code: given.own, whoCan };
  if (eligibility === "eligible") return null;
  if (eligibility === "unknown") return UNKNOWN_MEMBERS;
  return { code: "not-yours", attempted: given.attempted, whoCan };
}

/** Who could approve, as far as the directory knows; null: the plan needs nobody's approval. */
export async function approversOf(
  ports: Pick<EnginePorts, "directory" | "policy" | "clock" | "delegations">,
  record: PlanRecord,
): Promise<readonly string[] | null> {
  if (record.rule.require.length === 0) return null;
  const circle = await circleOf(ports, record, "cached");
  return candidatesOf(record.rule.require, circle).filter((userId) => !wrote(record, userId));
}

function wrote({ requester, editors }: PlanRecord, userId: string): boolean {
  return userId === requester.userId || editors.includes(userId);
}

const UNKNOWN_MEMBERS: Refusal = {
  code: "directory-unavailable",
  detail: "the members of its groups are not known",
};

/** @param barred these count as its editors: they have no say, and lend none. */
async function rankOf(
  ports: EnginePorts,
  asker: Asker,
  record: PlanRecord,
  barred: readonly string[],
) {
  const whole = await circleOf(ports, record, "fresh");
  const delegations = whole.delegations.filter(({ fromUserId }) => !barred.includes(fromUserId));
  const circle = { ...whole, delegations };
  const lenders = lendersOf(circle, [asker.userId]);
  const { directory } = ports;
  const standings = {
    ...(await gatherStandings(directory, asker.teamId, lenders, "fresh")),
    [asker.userId]: "member",
  } as const;
  const facts = {
    ...factsOf(record, { circle, standings, now: ports.clock.now() }),
    editorIds: barred,
  };
  return {
    eligibility: eligibilityOf(asker.userId, facts).kind,
    candidates: candidatesOf(record.rule.require, circle),
  };
}

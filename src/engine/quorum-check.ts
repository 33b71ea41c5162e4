// Whether enough people exist, active and neither requester nor editor, to approve a plan at all. Asked when a
// plan is filed or edited, so that nobody waits for the impossible (reference: approval rule 4).

import { decideVerdict } from "./decide-verdict.ts";
import { ruleOf } from "./decide-step-approval.ts";
import { candidatesOf } from "./eligibility.ts";
import { gatherStandings, groupsOf } from "./gather-facts.ts";
import type { FactPorts, Standings } from "./gather-facts.ts";
import { circleOf, factsOf } from "./explain-policy.ts";
import type { AwaitingPlan, StepApproval } from "./plan.ts";
import { unknownMembers } from "./refusal.ts";
import type { Refusal } from "./refusal.ts";
import type { Instant } from "./time.ts";
import type { Verdict } from "./verdict.ts";

/** People asked about at a time: enough for most quorums at once, few beside Slack's limit. */
const ASKED_AT_ONCE = 10;

export type Quorum =
  | { readonly kind: "reachable"; readonly verdict: Verdict }
  | { readonly kind: "refused"; readonly refusal: Refusal };

/**
 * The quorum of the plan, and that of each approval inside its run. The verdict is of the plan without votes.
 * Asks only as many people as it takes to know.
 */
export async function checkQuorum(ports: FactPorts, record: AwaitingPlan): Promise<Quorum> {
  const own = await reachable(ports, record);
  if (own.kind === "refused") return own;
  const asked = new Map<string, StepApproval>();
  for (const { approval } of record.plan.steps)
    if (approval !== null) asked.set(JSON.stringify(approval.require), approval);
  for (const approval of asked.values()) {
    const inside = await reachable(ports, { ...record, rule: ruleOf(approval) });
    if (inside.kind === "refused") return inside;
  }
  return own;
}

async function reachable(ports: FactPorts, record: AwaitingPlan): Promise<Quorum> {
  const { teamId } = record.requester;
  const { require, selfApproval } = record.rule;
  const circle = await circleOf(ports, record, "fresh");
  const { members } = circle;
  const own = selfApproval ? [] : [record.requester.userId];
  const barred = new Set([
    ...own,
    ...record.editors.filter((id) => id !== record.requester.userId),
  ]);
  const lenders = circle.delegations.map(({ fromUserId }) => fromUserId);
  const voters = record.votes.map(({ userId }) => userId);
  const all = [...voters, ...candidatesOf(require, circle), ...lenders];
  const candidates = [...new Set(all)].filter((userId) => !barred.has(userId));
  let standings: Standings = {};
  const decide = (known: Standings): Verdict =>
    decideVerdict(factsOf(record, { circle, standings: known, now: ports.clock.now() }));

  for (let at = 0; ; at += ASKED_AT_ONCE) {
    // Whoever has not been asked, or could not be, is taken for refused: only sure people make a quorum.
    const sure = Object.fromEntries(
      candidates.map(
        (userId) => [userId, standings[userId] === "member" ? "member" : "refused"] as const,
      ),
    );
    const verdict = decide(sure);
    if (
      verdict.outcome === "approved" ||
      (verdict.outcome === "waiting" && sureQuorum(record, members))
    ) {
      return { kind: "reachable", verdict: decide(standings) };
    }
    if (at >= candidates.length) break;
    const asked = candidates.slice(at, at + ASKED_AT_ONCE);
    standings = {
      ...standings,
      ...(await gatherStandings(ports.directory, teamId, asked, "cached")),
    };
  }
  return {
    kind: "refused",
    refusal: whyNot(
      decide(standings),
      groupsOf(record.rule).filter((group) => members[group] === undefined),
    ),
  };
}

/** With a group that could not be asked, "waiting" only means that nobody knows. */
function sureQuorum(
  record: AwaitingPlan,
  members: Readonly<Record<string, readonly string[]>>,
): boolean {
  return groupsOf(record.rule).every((group) => members[group] !== undefined);
}

/** The verdict on a plan that a standing approval covers: nobody has to be asked about. */
export function standingVerdict(record: AwaitingPlan, standing: string, now: Instant): Verdict {
  const { rule } = record;
  const circle = { rule, widened: false, members: {}, delegations: [] };
  return decideVerdict(factsOf(record, { circle, standings: {}, now, standing }));
}

function whyNot(verdict: Verdict, unasked: readonly string[]): Refusal {
  if (unasked.length > 0) {
    return unknownMembers(unasked);
  }
  if (verdict.outcome === "unreachable") return { code: "quorum-unreachable", tree: verdict.tree };
  return { code: "directory-unavailable", detail: "some approvers could not be asked about" };
}

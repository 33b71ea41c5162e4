// The verdict on a plan as it stands now, for its card and for `/ops policy`. Gathers facts, then decides.

import { decideVerdict } from "./decide-verdict.ts";
import { candidatesOf } from "./eligibility.ts";
import { gatherMembers, gatherStandings, groupsOf } from "./gather-facts.ts";
import type { Freshness, Members, Standings } from "./gather-facts.ts";
import type { PlanRecord } from "./plan.ts";
import type { ApprovalRule } from "./policy.ts";
import type { Instant } from "./time.ts";
import type { EnginePorts } from "./use-case-ports.ts";
import type { Verdict, VerdictFacts } from "./verdict.ts";

/** People asked about beyond those who voted; the rest of a large group is presumed to be as it was. */
const CANDIDATES_ASKED = 40;

type Asking = Pick<EnginePorts, "directory" | "policy" | "clock">;

/**
 * Decides over facts asked now. What can't be asked never counts toward approval. A plan that was decided
 * answers the verdict it was decided by.
 * @param freshness `cached` for display, `fresh` to decide.
 */
export async function verdictOf(
  ports: Asking,
  record: PlanRecord,
  freshness: Freshness,
): Promise<Verdict> {
  if (record.status === "approved" || record.status === "spent" || record.status === "rejected") {
    return record.verdict;
  }
  const { teamId } = record.requester;
  const members = await gatherMembers(ports, teamId, groupsOf(record.rule), freshness);
  const candidates = candidatesOf(record.rule.require, members).slice(0, CANDIDATES_ASKED);
  const people = [...record.votes.map(({ userId }) => userId), ...candidates];
  const standings = await gatherStandings(ports.directory, teamId, people, freshness);
  const verdict = decideVerdict(factsOf(record, { members, standings, now: ports.clock.now() }));
  if (record.status !== "expired" || record.clock === "approve-by") return verdict;
  const sentence = "It was approved, but was not started in time.";
  return { ...verdict, tree: { ...verdict.tree, sentence } };
}

/** The facts of a plan's decision. */
export function factsOf(
  record: PlanRecord,
  asked: {
    readonly members: Members;
    readonly standings: Standings;
    readonly now: Instant;
    /** Instead of the rule the plan was filed under. */
    readonly rule?: ApprovalRule;
  },
): VerdictFacts {
  return {
    now: asked.now,
    planVersion: record.version,
    planHash: record.hash,
    requesterId: record.requester.userId,
    editorIds: record.editors,
    rule: asked.rule ?? record.rule,
    approveBy: approveByOf(record),
    votes: record.votes,
    members: asked.members,
    standings: asked.standings,
  };
}

/** States after the decision have no such clock any more: it can't run out twice. */
function approveByOf(record: PlanRecord): Instant {
  if (record.status === "awaiting-approval") return record.approveBy;
  return record.status === "expired" ? record.expiredAt : Number.POSITIVE_INFINITY;
}

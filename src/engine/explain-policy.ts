// The verdict on a plan as it stands now, for its card and for `/ops policy`. Gathers facts, then decides.

import { decideVerdict } from "./decide-verdict.ts";
import { candidatesOf } from "./eligibility.ts";
import { gatherCircle, gatherStandings } from "./gather-facts.ts";
import type { Circle, FactPorts, Freshness, Standings } from "./gather-facts.ts";
import type { JsonObject } from "./json.ts";
import type { Plan, PlanRecord } from "./plan.ts";
import type { ApprovalRule } from "./policy.ts";
import type { Instant } from "./time.ts";
import type { Verdict, VerdictFacts } from "./verdict.ts";

/** People asked about beyond those who voted; the rest of a large group is presumed to be as it was. */
export const CANDIDATES_ASKED = 40;

/**
 * Decides over facts asked now. What can't be asked never counts toward approval. A plan that was decided
 * answers the verdict it was decided by.
 * @param freshness `cached` for display, `fresh` to decide.
 * @param asked the plan's circle, by whoever needs it for more than the verdict.
 */
export async function verdictOf(
  ports: FactPorts,
  record: PlanRecord,
  freshness: Freshness,
  asked?: Circle,
): Promise<Verdict> {
  if (record.status === "approved" || record.status === "spent" || record.status === "rejected") {
    return record.verdict;
  }
  const circle = asked ?? (await circleOf(ports, record, freshness));
  const verdict = await decideFor(ports, record, circle, freshness);
  if (record.status !== "expired" || record.clock === "approve-by") return verdict;
  const sentence = "It was approved, but was not started in time.";
  return { ...verdict, tree: { ...verdict.tree, sentence } };
}

async function decideFor(
  ports: FactPorts,
  record: PlanRecord,
  circle: Circle,
  freshness: Freshness,
): Promise<Verdict> {
  const candidates = candidatesOf(record.rule.require, circle).slice(0, CANDIDATES_ASKED);
  const people = [
    ...record.votes.map(({ userId }) => userId),
    ...circle.delegations.map(({ fromUserId }) => fromUserId),
    ...candidates,
  ];
  const { teamId } = record.requester;
  const standings = await gatherStandings(ports.directory, teamId, people, freshness);
  return decideVerdict(factsOf(record, { circle, standings, now: ports.clock.now() }));
}

/** Whoever may decide on a plan, by the rule it was filed under or by another one. */
export async function circleOf(
  ports: FactPorts,
  record: PlanRecord,
  freshness: Freshness,
  rule: ApprovalRule = record.rule,
): Promise<Circle> {
  const decided =
    record.status === "approved" || record.status === "spent" || record.status === "rejected";
  const about = {
    teamId: record.requester.teamId,
    rule,
    begunAt: record.begunAt,
    decidedAt: decided ? record.decidedAt : null,
  };
  return gatherCircle(ports, about, freshness);
}

/** The facts of a plan's decision. */
export function factsOf(
  record: PlanRecord,
  asked: {
    readonly circle: Circle;
    readonly standings: Standings;
    readonly now: Instant;
    readonly standing?: string | null;
  },
): VerdictFacts {
  return {
    now: asked.now,
    planVersion: record.version,
    planHash: record.hash,
    requesterId: record.requester.userId,
    editorIds: record.editors,
    approveBy: approveByOf(record),
    votes: record.votes,
    standings: asked.standings,
    plan: planFacts(record.plan),
    standing: asked.standing ?? null,
    ...asked.circle,
  };
}

/** What policies and filters see as `plan`. */
export function planFacts({ title, environment, risk, playbook, steps }: Plan): JsonObject {
  const operations = [...new Set(steps.map(({ uses }) => uses))].toSorted();
  return { title, environment, risk, playbook, operations, steps: steps.length };
}

/** States after the decision have no such clock any more: it can't run out twice. */
function approveByOf(record: PlanRecord): Instant {
  if (record.status === "awaiting-approval") return record.approveBy;
  return record.status === "expired" ? record.expiredAt : Number.POSITIVE_INFINITY;
}

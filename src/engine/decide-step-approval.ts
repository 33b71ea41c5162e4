// The decision on an approval inside a run: the one decision over votes (decide-verdict.ts), with the people as
// Slack knows them now. Writes nothing.

import { decideVerdict } from "./decide-verdict.ts";
import { candidatesOf } from "./eligibility.ts";
import { gatherStandings, groupsOf, lendersOf } from "./gather-facts.ts";
import type { Circle, Freshness, Standings } from "./gather-facts.ts";
import type { Plan, PlanRecord, PlanStep, StepApproval } from "./plan.ts";
import type { ApprovalRule, Policy } from "./policy.ts";
import { circleOf, factsOf } from "./explain-policy.ts";
import { PLAIN_RULE } from "./policy.ts";
import { environmentOf } from "./rights-to-ask.ts";
import type { Risk } from "./risk.ts";
import type { StepVote } from "./run.ts";
import type { RunHeader } from "./run-store.ts";
import type { Instant } from "./time.ts";
import type { EnginePorts } from "./use-case-ports.ts";
import type { Verdict, VerdictFacts } from "./verdict.ts";

/** People asked about for display beyond those who voted. */
const CANDIDATES_ASKED = 40;

/** As much of an approval's state as decides. */
export type ApprovalFacts = {
  readonly closesAt: Instant;
  /** Each person's newest word. */
  readonly votes: readonly StepVote[];
};

type Deciding = Pick<EnginePorts, "plans" | "directory" | "policy" | "clock" | "delegations">;

/**
 * The verdict over the votes cast so far. Null while Slack can't be asked about somebody on whom it depends: it is
 * asked for again later. A rejection needs nobody to be asked about.
 */
export async function decideStepApproval(
  ports: Deciding,
  header: RunHeader,
  step: PlanStep,
  approval: ApprovalFacts,
): Promise<Verdict | null> {
  const asked = step.approval;
  if (asked === null) throw new Error(`step "${step.id}" asks for no approval`);
  const record = await ports.plans.get(header.planId);
  if (record === null) return null;
  const { teamId } = header;
  const circle = await stepCircle(ports, record, asked, "fresh");
  const { rule, members } = circle;
  const voters = approval.votes.map(({ userId }) => userId);
  const people = [...voters, ...lendersOf(circle, voters)];
  const standings = {
    // Whoever has not voted can't decide it: they are presumed to be members and not asked about.
    ...presumed(candidatesOf(rule.require, circle)),
    ...(await gatherStandings(ports.directory, teamId, people, "fresh")),
  };
  const about = { record, approval, circle, standings };
  const now = ports.clock.now();
  const last = lastWord(approval, now);
  const verdict = decideVerdict(stepFacts(about, last));
  if (verdict.outcome === "denied") return verdict;
  if (verdict.outcome === "approved" && now < last + record.rule.startWithinMs) return verdict;
  if (now >= approval.closesAt) return decideVerdict(stepFacts(about, now));
  const unsure = groupsOf(rule).some((group) => members[group] === undefined);
  const unknown = voters.some((userId) => standings[userId] === "unavailable");
  return unsure || unknown ? null : verdict;
}

/** The verdict as it stands, for cards and for the answer to a vote. */
export async function stepVerdictOf(
  ports: Deciding,
  given: {
    readonly record: PlanRecord;
    readonly asked: StepApproval;
    readonly approval: ApprovalFacts;
  },
  freshness: Freshness,
): Promise<Verdict> {
  const { record, asked, approval } = given;
  const { teamId } = record.requester;
  const circle = await stepCircle(ports, record, asked, freshness);
  const candidates = candidatesOf(circle.rule.require, circle).slice(0, CANDIDATES_ASKED);
  const voters = approval.votes.map(({ userId }) => userId);
  const people = [...voters, ...lendersOf(circle, voters), ...candidates];
  const standings = await gatherStandings(ports.directory, teamId, people, freshness);
  return decideVerdict(stepFacts({ record, approval, circle, standings }, ports.clock.now()));
}

/** The facts of a step's approval: those of its plan, with the step's own clauses, clock and votes. */
export function stepFacts(
  given: {
    readonly record: PlanRecord;
    readonly approval: ApprovalFacts;
    readonly circle: Circle;
    readonly standings: Standings;
  },
  now: Instant,
): VerdictFacts {
  const { record, approval, circle, standings } = given;
  return {
    ...factsOf(record, { circle, standings, now }),
    approveBy: approval.closesAt,
    votes: approval.votes.map(({ viewHash: _viewHash, ...vote }) => ({
      ...vote,
      planVersion: record.version,
      planHash: record.hash,
      policyVersion: record.policyVersion,
    })),
  };
}

/** A step's clauses as a rule; its clocks are the approval's own. */
export function ruleOf({ require, timeoutMs }: StepApproval): ApprovalRule {
  return {
    ...PLAIN_RULE,
    require,
    approveWithinMs: timeoutMs,
    startWithinMs: timeoutMs,
    remindAfterMs: null,
  };
}

/** Whoever may decide on a step. */
export function stepCircle(
  ports: Deciding,
  record: PlanRecord,
  asked: StepApproval,
  freshness: Freshness,
): Promise<Circle> {
  return circleOf(ports, record, freshness, ruleOf(asked));
}

/** Whether the policy in force lets the plan's steps go on by themselves that mean to when nobody decides in time. */
export function timeoutReasons(policy: Policy, plan: Plan): readonly string[] {
  const allowed = environmentOf(policy, plan.environment)?.approvesOnTimeout ?? [];
  return plan.steps
    .filter(({ risk, approval }) => approval?.onTimeout === "approve" && !isNamed(allowed, risk))
    .map(
      ({ id, risk }) =>
        `Step ${id} would go on without an approval when its time is over, which the policy does not allow for ${risk} steps in ${plan.environment}.`,
    );
}

/** Never for what destroys, whatever a policy says. */
function isNamed(allowed: readonly Risk[], risk: Risk): boolean {
  return risk !== "destructive" && allowed.includes(risk);
}

/**
 * When the votes were cast that decide. Those cast in time decide although the run's owner comes to them after the
 * time: a rejection always, approvals for as long as the plan's own approval would have let it start. A worker that
 * was away makes nobody's word void.
 */
function lastWord({ closesAt, votes }: ApprovalFacts, now: Instant): Instant {
  const times = votes.map(({ at }) => at).filter((at) => at < closesAt);
  return now < closesAt || times.length === 0 ? now : Math.max(...times);
}

function presumed(userIds: readonly string[]): Standings {
  return Object.fromEntries(userIds.map((userId) => [userId, "member"] as const));
}

// The last look before a run starts and before each destructive stage (reference: approval rule 9).
// Anything wrong, and anything that can't be found out, holds the run.

import { decideVerdict } from "./decide-verdict.ts";
import { timeoutReasons } from "./decide-step-approval.ts";
import { candidatesOf } from "./eligibility.ts";
import { factsOf } from "./explain-policy.ts";
import { gatherMembers, gatherStandings, groupsOf, standingNow } from "./gather-facts.ts";
import { DirectoryUnavailable } from "./identity.ts";
import { frozenPlanHash } from "./plan-hash.ts";
import { effectiveStatus } from "./plan-life.ts";
import type { PlanRecord } from "./plan.ts";
import { explainRefusal } from "./refusal.ts";
import { accept, refuse } from "./result.ts";
import type { Result } from "./result.ts";
import { askingGroups, callsOf, environmentOf, rightsRefusal } from "./rights-to-ask.ts";
import type { RunHeader } from "./run-store.ts";
import { permittedRefusal } from "./sound-plan.ts";
import type { EnginePorts } from "./use-case-ports.ts";
import type { VerdictNode } from "./verdict.ts";

type CheckPorts = Pick<
  EnginePorts,
  "plans" | "directory" | "registry" | "policy" | "clock" | "sha256"
>;
export type CheckMoment = "start" | "destructive-stage";

/**
 * Complete sentences about what holds the run, or none.
 * @throws {DirectoryUnavailable} while Slack can't be asked about somebody on whom it depends.
 */
export async function checkStart(
  ports: CheckPorts,
  header: RunHeader,
  when: CheckMoment,
): Promise<Result<null, readonly string[]>> {
  const record = await ports.plans.get(header.planId);
  if (record === null)
    return refuse([`The plan ${header.planId} of this run does not exist any more.`]);
  const reasons = [
    ...identityReasons(ports, header, record),
    ...statusReasons(record, header, when, ports.clock.now()),
    ...operationReasons(ports, record),
    ...timeoutReasons(ports.policy, record.plan),
  ];
  // With another plan than the approved one there is nothing left to ask people about.
  if (reasons.length === 0) reasons.push(...(await peopleReasons(ports, record)));
  return reasons.length === 0 ? accept(null) : refuse(reasons);
}

function identityReasons(
  ports: CheckPorts,
  header: RunHeader,
  record: PlanRecord,
): readonly string[] {
  const hash = frozenPlanHash(header.plan, ports.sha256);
  if (hash === header.planHash && hash === record.hash && header.planVersion === record.version)
    return [];
  return ["The plan of this run is not the one that was approved: its hash or version differs."];
}

function statusReasons(
  record: PlanRecord,
  header: RunHeader,
  when: CheckMoment,
  now: number,
): readonly string[] {
  const status = effectiveStatus(record, now);
  const wanted = when === "start" ? "approved" : "spent";
  if (status === "expired")
    return ["The time to start this plan has run out. Ask for it again if it is still wanted."];
  if (status !== wanted) {
    return [
      when === "start"
        ? `The plan is ${status}, and only an approved plan that has not been started can start.`
        : `The plan is ${status}, and this run was not the one its approval was spent on.`,
    ];
  }
  const ownRun =
    (record.status === "approved" || record.status === "spent") && record.runId === header.runId;
  return ownRun ? [] : ["The plan's approval was given to another run."];
}

/** The registry in this process may be newer than the one the plan was filed with. */
function operationReasons(ports: CheckPorts, { plan }: PlanRecord): readonly string[] {
  const missing = callsOf(plan).find((call) => ports.registry.get(call.uses) === undefined);
  if (missing !== undefined) return [`The operation ${missing.uses} is not switched on any more.`];
  const forbidden = permittedRefusal(plan, ports.registry);
  return forbidden === null ? [] : [explainRefusal(forbidden)];
}

async function peopleReasons(ports: CheckPorts, record: PlanRecord): Promise<readonly string[]> {
  return [...(await requesterReasons(ports, record)), ...(await approverReasons(ports, record))];
}

async function requesterReasons(ports: CheckPorts, record: PlanRecord): Promise<readonly string[]> {
  const { requester, plan } = record;
  const standing = await standingNow(ports, requester);
  if (standing.kind === "refused") {
    return [
      `@${requester.userId}, who asked for this plan, is not an active full member any more (${standing.reason}).`,
    ];
  }
  const environment = environmentOf(ports.policy, plan.environment);
  const groups = environment === null ? [] : askingGroups(environment);
  const members = await gatherMembers(ports, requester.teamId, groups, "fresh");
  const refusal = rightsRefusal(ports.policy, plan, requester.userId, members);
  return refusal === null ? [] : [explainRefusal(refusal)];
}

/** Decides again over the same votes, by the policy in force now and by who the voters are now. */
async function approverReasons(ports: CheckPorts, record: PlanRecord): Promise<readonly string[]> {
  const { plan, requester, votes } = record;
  const rule = environmentOf(ports.policy, plan.environment)?.approval[plan.risk];
  if (rule === undefined) return [`The environment ${plan.environment} does not exist any more.`];
  const { teamId } = requester;
  const members = await gatherMembers(ports, teamId, groupsOf(rule), "fresh");
  const voters = votes.map(({ userId }) => userId);
  const standings = await gatherStandings(ports.directory, teamId, voters, "fresh");
  // Only those who voted can count; the others need no questions.
  const others = candidatesOf(rule.require, members).filter((userId) => !voters.includes(userId));
  const presumed = Object.fromEntries(others.map((userId) => [userId, "member"] as const));
  const facts = factsOf(record, {
    members,
    standings: { ...presumed, ...standings },
    now: ports.clock.now(),
    rule,
  });
  const verdict = decideVerdict(facts);
  if (verdict.outcome === "approved") return [];
  const explained = unmet(verdict.tree).map(({ sentence }) => sentence);
  const unasked = groupsOf(rule).some((group) => members[group] === undefined);
  if (unasked || voters.some((userId) => standings[userId] === "unavailable"))
    throw new DirectoryUnavailable(explained.join(" "));
  return [`The approval does not hold any more: ${explained.join(" ")}`];
}

function unmet(node: VerdictNode): readonly VerdictNode[] {
  if (node.children.length === 0) return node.status === "met" ? [] : [node];
  return node.children.flatMap(unmet);
}

// The last look before a run starts and before each destructive stage (reference: approval rule 9).
// Anything wrong, and anything that can't be found out, holds the run.

import { decideVerdict } from "./decide-verdict.ts";
import { timeoutReasons } from "./decide-step-approval.ts";
import { candidatesOf } from "./eligibility.ts";
import type { ActiveFreeze } from "./calendar.ts";
import { circleOf, factsOf } from "./explain-policy.ts";
import { gatherStandings, groupsOf, lendersOf, standingNow } from "./gather-facts.ts";
import type { Hold } from "./hold.ts";
import { DirectoryUnavailable } from "./identity.ts";
import { frozenPlanHash } from "./plan-hash.ts";
import { effectiveStatus } from "./plan-life.ts";
import { namedRefusal, passkeyRefusal } from "./break-glass.ts";
import type { Emergency, PlanRecord } from "./plan.ts";
import type { ApprovalRule } from "./policy.ts";
import { explainRefusal } from "./explain-refusal.ts";
import { accept, refuse } from "./result.ts";
import type { Result } from "./result.ts";
import { callsOf } from "./rights-to-ask.ts";
import { ruleOfPlan } from "./rule-of-plan.ts";
import type { PlanRule } from "./rule-of-plan.ts";
import type { RunHeader } from "./run-store.ts";
import { permittedRefusal, rightsCheck } from "./sound-plan.ts";
import { formatInstant } from "./time.ts";
import type { Instant } from "./time.ts";
import type { EnginePorts } from "./use-case-ports.ts";
import type { VerdictNode } from "./verdict.ts";

type CheckPorts = Pick<
  EnginePorts,
  "plans" | "directory" | "delegations" | "registry" | "policy" | "clock" | "calendar" | "sha256"
>;
export type CheckMoment = "start" | "destructive-stage";

/** Why a run may not go on, as a complete sentence. `passes`: without anybody doing anything. */
export type StartReason = { readonly sentence: string; readonly passes: boolean };

/**
 * What holds the run, or nothing.
 * @throws {DirectoryUnavailable} while Slack can't be asked about somebody on whom it depends.
 */
export async function checkStart(
  ports: CheckPorts,
  header: RunHeader,
  when: CheckMoment,
): Promise<Result<null, Hold>> {
  const record = await ports.plans.get(header.planId);
  if (record === null)
    return refuse({ reasons: [`The plan ${header.planId} of this run does not exist any more.`] });
  const reasons: StartReason[] = [
    ...identityReasons(ports, header, record),
    ...statusReasons(record, header, when, ports.clock.now()),
    ...operationReasons(ports, record),
    ...timeoutReasons(ports.policy, record.plan),
  ].map(lasting);
  // With another plan than the approved one there is nothing left to ask people about.
  if (reasons.length === 0) reasons.push(...(await peopleReasons(ports, record)));
  if (reasons.length === 0) return accept(null);
  const mayPass = reasons.every(({ passes }) => passes);
  return refuse({
    reasons: reasons.map(({ sentence }) => sentence),
    ...(mayPass && { mayPass }),
  });
}

function lasting(sentence: string): StartReason {
  return { sentence, passes: false };
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

async function peopleReasons(
  ports: CheckPorts,
  record: PlanRecord,
): Promise<readonly StartReason[]> {
  const { plan, requester, emergency } = record;
  const asked = { plan, teamId: requester.teamId, requesterId: requester.userId };
  const ruled = await ruleOfPlan(ports, asked);
  if (!ruled.ok && ruled.refusal.code === "directory-unavailable")
    throw new DirectoryUnavailable(ruled.refusal.detail);
  if (!ruled.ok) return [lasting(explainRefusal(ruled.refusal))];
  const { freeze } = ruled.value;
  const passing =
    freeze === null || (emergency !== null && freeze.breakGlass)
      ? []
      : [{ sentence: freezeSentence(plan.environment, freeze), passes: true }];
  const sentences = [
    ...(await requesterReasons(ports, record)),
    ...(emergency === null
      ? await approverReasons(ports, record, ruled.value)
      : await glassReasons(ports, record, { emergency, rule: ruled.value.rule })),
  ];
  return [...passing, ...sentences.map(lasting)];
}

function freezeSentence(environment: string, { name, reason, until }: ActiveFreeze): string {
  return `${environment} is frozen until ${formatInstant(until)} (${name}: ${reason}).`;
}

async function requesterReasons(ports: CheckPorts, record: PlanRecord): Promise<readonly string[]> {
  const { requester, plan } = record;
  const standing = await standingNow(ports, requester);
  if (standing.kind === "refused") {
    return [
      `@${requester.userId}, who asked for this plan, is not an active full member any more (${standing.reason}).`,
    ];
  }
  const { channelId } = record.conversation;
  const refusal = await rightsCheck(ports, { ...requester, channelId }, plan);
  return refusal === null ? [] : [explainRefusal(refusal)];
}

/** Instead of votes there is one person, who must still be there and named by the policy in force. */
async function glassReasons(
  ports: CheckPorts,
  record: PlanRecord,
  { emergency, rule }: { readonly emergency: Emergency; readonly rule: ApprovalRule },
): Promise<readonly string[]> {
  const { userId } = emergency;
  const { teamId } = record.requester;
  const standing = await standingNow(ports, { teamId, userId });
  if (standing.kind === "refused")
    return [
      `@${userId}, who broke the glass, is not an active full member any more (${standing.reason}).`,
    ];
  const passkey = passkeyRefusal(ports, record, rule);
  if (passkey !== null) return [explainRefusal(passkey)];
  const refusal = await namedRefusal(ports, userId, record);
  if (refusal === null) return [];
  if (refusal.code === "directory-unavailable") throw new DirectoryUnavailable(refusal.detail);
  return [
    `@${userId}, who broke the glass, may not do that in ${record.plan.environment} any more.`,
  ];
}

/** Decides again over the same votes, by the policy in force now and by who the voters are now. */
async function approverReasons(
  ports: CheckPorts,
  record: PlanRecord,
  { rule, standing }: PlanRule,
): Promise<readonly string[]> {
  const { requester, votes } = record;
  const circle = await circleOf(ports, record, "fresh", rule);
  const voters = votes.map(({ userId }) => userId);
  const people = [...voters, ...lendersOf(circle, voters)];
  const standings = await gatherStandings(ports.directory, requester.teamId, people, "fresh");
  // Only those who voted can count; the others need no questions.
  const others = candidatesOf(rule.require, circle).filter((userId) => !people.includes(userId));
  const presumed = Object.fromEntries(others.map((userId) => [userId, "member"] as const));
  const facts = factsOf(record, {
    circle,
    standings: { ...presumed, ...standings },
    now: ports.clock.now(),
    standing,
  });
  const verdict = decideVerdict({ ...facts, ...clockOf(record) });
  if (verdict.outcome === "approved") return [];
  const explained = unmet(verdict.tree).map(({ sentence }) => sentence);
  const unasked = groupsOf(rule).some((group) => circle.members[group] === undefined);
  if (unasked || people.some((userId) => standings[userId] === "unavailable"))
    throw new DirectoryUnavailable(explained.join(" "));
  return [`The approval does not hold any more: ${explained.join(" ")}`];
}

/** What the end of its time approved is decided again as at that end: by a policy that still says so. */
function clockOf(record: PlanRecord): { readonly approveBy?: Instant } {
  const decided = record.status === "approved" || record.status === "spent";
  return decided && record.verdict.by === "timeout" ? { approveBy: record.decidedAt } : {};
}

function unmet(node: VerdictNode): readonly VerdictNode[] {
  if (node.children.length === 0) return node.status === "met" ? [] : [node];
  return node.children.flatMap(unmet);
}

// One case of a team's own table: what the policy makes of a plan by this person, with these people in its groups, at
// this moment, after these votes. Decided by the functions that file and decide real plans, over facts that are given.

import { admitPlan } from "./admit-plan.ts";
import type { Admitted } from "./admit-plan.ts";
import { verdictOf } from "./explain-policy.ts";
import { gatherMembers } from "./gather-facts.ts";
import type { FactPorts } from "./gather-facts.ts";
import { DirectoryUnavailable } from "./identity.ts";
import type { Directory } from "./identity.ts";
import { beginPlan } from "./plan-life.ts";
import type { AwaitingPlan, Plan } from "./plan.ts";
import type { ApprovalRule, Group, Policy } from "./policy.ts";
import type { Refusal } from "./refusal.ts";
import { askingGroups, channelRefusal, environmentOf, rightsRefusal } from "./rights-to-ask.ts";
import type { Instant } from "./time.ts";
import type { EnginePorts } from "./use-case-ports.ts";
import type { DelegatedVote, Verdict, Vote } from "./verdict.ts";

export type PolicyCase = {
  readonly plan: Plan;
  readonly requesterId: string;
  /** Where it is asked for, an internal channel; left out: wherever this person may. */
  readonly channelId?: string;
  readonly editorIds: readonly string[];
  /** Who is in which group, in the place of Slack and of whoever is on call. */
  readonly groups: Readonly<Record<string, readonly string[]>>;
  /** Who is no active full member. */
  readonly inactive: readonly string[];
  readonly delegations: readonly Omit<DelegatedVote, "until">[];
  readonly votes: readonly Pick<Vote, "userId" | "choice">[];
  readonly filedAt: Instant;
  /** When the verdict is asked for. */
  readonly askedAt: Instant;
};

export type CaseOutcome =
  | { readonly kind: "refused"; readonly refusal: Refusal }
  | {
      readonly kind: "accepted";
      readonly rule: ApprovalRule;
      readonly standing: string | null;
      readonly freeze: string | null;
      readonly verdict: Verdict;
    };

type Given = Pick<EnginePorts, "policy" | "calendar" | "registry">;

export async function decideCase(given: Given, one: PolicyCase): Promise<CaseOutcome> {
  const ports = portsOf(given, one, one.filedAt);
  const { plan, requesterId } = one;
  const environment = environmentOf(ports.policy, plan.environment);
  const asking = environment === null ? [] : askingGroups(environment);
  const members = await gatherMembers(ports, TEAM, asking, "fresh");
  const { channelId = null } = one;
  const rights =
    (channelId === null
      ? null
      : channelRefusal(ports.policy, { id: channelId, shared: false }, environment)) ??
    rightsRefusal(ports.policy, plan, { userId: requesterId, channelId }, members);
  if (rights !== null) return { kind: "refused", refusal: rights };
  const asked = { plan, teamId: TEAM, requesterId };
  const admitted = await admitPlan(ports, asked, (rule) => recordOf(one, rule));
  if (!admitted.ok) return { kind: "refused", refusal: admitted.refusal };
  const { ruled } = admitted.value;
  return {
    kind: "accepted",
    rule: ruled.rule,
    standing: ruled.standing,
    freeze: ruled.freeze?.name ?? null,
    verdict: await verdictAfter(given, one, admitted.value),
  };
}

/** What was approved as it was filed stays so; everything else is asked again after the votes. */
async function verdictAfter(
  given: Given,
  one: PolicyCase,
  { record, verdict }: Admitted,
): Promise<Verdict> {
  if (verdict.outcome === "approved") return verdict;
  const votes = one.votes.map(({ userId, choice }) => voteOf(record, one, { userId, choice }));
  return verdictOf(portsOf(given, one, one.askedAt), { ...record, votes }, "fresh");
}

const TEAM = "T0";

function portsOf({ policy, calendar, registry }: Given, one: PolicyCase, at: Instant) {
  const delegations = one.delegations.map(({ fromUserId, toUserId }, index) => ({
    id: `dg-${index}`,
    teamId: TEAM,
    fromUserId,
    toUserId,
    until: Number.POSITIVE_INFINITY,
    createdAt: one.filedAt,
    revokedAt: null,
    requestId: `case-${index}`,
  }));
  return {
    calendar,
    registry,
    policy: { ...policy, teamId: null, groups: groupsWith(policy.groups, one.groups) },
    clock: { now: () => at },
    delegations: { active: async () => delegations },
    directory: directoryOf(one.inactive),
  } satisfies FactPorts & Pick<EnginePorts, "calendar" | "registry">;
}

/** A group that the case says nothing about has the people that the policy itself lists. */
function groupsWith(
  groups: Policy["groups"],
  given: PolicyCase["groups"],
): Readonly<Record<string, Group>> {
  return Object.fromEntries(
    Object.entries(groups).map(([name, group]) => {
      const userIds = Object.hasOwn(given, name) ? given[name] : undefined;
      return [
        name,
        userIds === undefined ? group : { ...group, userIds, slackGroupIds: [], onCall: null },
      ];
    }),
  );
}

/** Knows no more than the case does. */
function directoryOf(inactive: readonly string[]): Directory {
  const unknown = async (): Promise<never> => {
    throw new DirectoryUnavailable("a table of cases asks nobody");
  };
  return {
    standing: async (teamId, userId) => {
      const person = { teamId, userId, name: userId };
      return inactive.includes(userId)
        ? { kind: "refused", person, reason: "deactivated" }
        : { kind: "member", person };
    },
    groupMembers: unknown,
    onCall: unknown,
    channel: unknown,
  };
}

const HASH = "case";

function recordOf(one: PolicyCase, rule: ApprovalRule): AwaitingPlan {
  const { plan, requesterId, editorIds, filedAt } = one;
  const filing = {
    id: "pl-case",
    plan,
    hash: HASH,
    source: "",
    origin: null,
    conversation: {
      id: "cv-case",
      teamId: TEAM,
      channelId: "C0",
      threadTs: null,
      words: "",
      permalink: null,
    },
    requester: { teamId: TEAM, userId: requesterId, name: requesterId },
    rule,
    policyVersion: HASH,
    requestId: HASH,
    supersedes: null,
  };
  return { ...beginPlan(filing, filedAt), editors: editorIds };
}

/** Cast at the last moment, and proven wherever the policy asks for a proof: a table is about people. */
function voteOf(
  record: AwaitingPlan,
  { groups, askedAt }: PolicyCase,
  { userId, choice }: Pick<Vote, "userId" | "choice">,
): Vote {
  return {
    planVersion: record.version,
    planHash: record.hash,
    userId,
    choice,
    reason: null,
    groups: Object.keys(groups).filter((name) => groups[name]?.includes(userId)),
    policyVersion: HASH,
    requestId: `vote-${userId}`,
    at: askedAt,
    stepUp: HASH,
  };
}

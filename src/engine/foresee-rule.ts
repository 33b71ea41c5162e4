// What the policies would make of a plan that nobody has filed, decided by the function that files real ones, as far as
// that is known without asking who is in which group: once for somebody in none of them, and once for each that matters.

import type { ActiveFreeze } from "./calendar.ts";
import { beforeApproval } from "./freeze-of-plan.ts";
import type { PlanFreeze } from "./freeze-of-plan.ts";
import { groupsOf } from "./gather-facts.ts";
import type { Plan } from "./plan.ts";
import type { ApprovalRule, Group, Policy } from "./policy.ts";
import type { Refusal } from "./refusal.ts";
import { accept, refuse } from "./result.ts";
import type { Result } from "./result.ts";
import { decideRule, frozenRefusal, requesterGroupsOf } from "./rule-of-plan.ts";
import type { RuleFacts } from "./rule-of-plan.ts";

export type Foreseen = {
  readonly rule: ApprovalRule;
  /** Name of the standing approval that would cover it. */
  readonly standing: string | null;
  readonly freeze: PlanFreeze | null;
};

export type ForeseenRule = {
  /** Asked for by somebody in none of the groups that policies name as requesters. */
  readonly usual: Result<Foreseen, Refusal>;
  /** Where it is another one for somebody in this group. */
  readonly byGroup: readonly {
    readonly group: string;
    readonly result: Result<Foreseen, Refusal>;
  }[];
  /** Groups whose members decide on it and are known live only: Slack's, and whoever is on call. */
  readonly askedLive: readonly string[];
};

type Facts = Omit<RuleFacts, "members">;

/** Whoever it will be: no user's id. */
const ASKER = "whoever asks";

export function foreseeRule(facts: Facts, plan: Plan): ForeseenRule {
  const usual = foreseen(facts, plan, []);
  const byGroup = requesterGroupsOf(facts.policy)
    .map((group) => ({ group, result: foreseen(facts, plan, [group]) }))
    .filter(({ result }) => JSON.stringify(result) !== JSON.stringify(usual));
  const deciding = [usual, ...byGroup.map(({ result }) => result)].flatMap((one) =>
    one.ok ? groupsOf(one.value.rule) : [],
  );
  const named = [...new Set([...deciding, ...byGroup.map(({ group }) => group)])];
  return { usual, byGroup, askedLive: named.filter((name) => isLive(facts.policy, name)) };
}

function foreseen(facts: Facts, plan: Plan, groups: readonly string[]): Result<Foreseen, Refusal> {
  const members = Object.fromEntries(groups.map((group) => [group, [ASKER]]));
  const asked = { plan, teamId: "", requesterId: ASKER };
  const ruled = decideRule({ ...facts, members }, asked);
  if (!ruled.ok) return ruled;
  const frozen = frozenRefusal(plan, ruled.value, facts.now);
  if (frozen !== null) return refuse(frozen);
  const { rule, standing, freeze } = ruled.value;
  return accept({
    rule,
    standing,
    freeze: freeze && filedNow(freeze, { plan, rule, now: facts.now }),
  });
}

function filedNow(
  freeze: ActiveFreeze,
  { plan, rule, now }: { readonly plan: Plan; readonly rule: ApprovalRule; readonly now: number },
): PlanFreeze {
  const waiting = { plan, rule, approveBy: now + rule.approveWithinMs };
  return { ...freeze, approved: false, next: beforeApproval(waiting, freeze, now) };
}

function isLive({ groups }: Policy, name: string): boolean {
  const group: Group | undefined = groups[name];
  return group !== undefined && (group.slackGroupIds.length > 0 || group.onCall !== null);
}

// Which policies apply to a plan, and the one rule they make together. Decides nothing about votes.
// For each step that acts, the most specific policies that match it apply; all steps' policies apply to the plan.

import { activeFreeze } from "./calendar.ts";
import type { ActiveFreeze } from "./calendar.ts";
import { decidingCalls, looksAtUnknown } from "./deciding-calls.ts";
import type { DecidingCall } from "./deciding-calls.ts";
import { evaluateCondition } from "./expression.ts";
import { planFacts } from "./explain-policy.ts";
import { gatherMembers } from "./gather-facts.ts";
import type { FactPorts, Freshness, Members } from "./gather-facts.ts";
import type { Plan, PlanStep } from "./plan.ts";
import { groupsNamedIn, operationMatches } from "./policy.ts";
import type {
  ApprovalPolicy,
  ApprovalRule,
  Environment,
  Policy,
  PolicyMatch,
  StandingApproval,
} from "./policy.ts";
import { unknownMembers } from "./refusal.ts";
import type { Refusal } from "./refusal.ts";
import { accept, refuse } from "./result.ts";
import type { Result } from "./result.ts";
import { environmentOf } from "./rights-to-ask.ts";
import type { Instant } from "./time.ts";
import type { EnginePorts } from "./use-case-ports.ts";
import { isWithinHours } from "./weekly-hours.ts";

export type PlanRule = {
  readonly rule: ApprovalRule;
  /** Name of the standing approval that covers the whole plan. */
  readonly standing: string | null;
  /** A freeze that is on: the plan can be approved, and its run waits. */
  readonly freeze: ActiveFreeze | null;
};

type Asking = Omit<FactPorts, "delegations"> & Pick<EnginePorts, "calendar" | "registry">;
export type AskedPlan = {
  readonly plan: Plan;
  readonly teamId: string;
  readonly requesterId: string;
};

/**
 * By the policy in force and the groups the requester is in now. A policy that fails, forbids the plan, or needs to
 * know what can't be asked, refuses (reference: approval rule 12).
 */
export async function ruleOfPlan(
  ports: Asking,
  asked: AskedPlan,
  freshness: Freshness = "fresh",
): Promise<Result<PlanRule, Refusal>> {
  const { policy } = ports;
  const groups = requesterGroupsOf(policy);
  const members = await gatherMembers(ports, asked.teamId, groups, freshness);
  const unasked = groups.filter((group) => members[group] === undefined);
  if (unasked.length > 0) {
    return refuse(unknownMembers(unasked));
  }
  const { calendar, registry } = ports;
  return decideRule({ policy, calendar, registry, now: ports.clock.now(), members }, asked);
}

/** The groups on which it depends who asks for a plan; a condition names those whose names stand in it. */
export function requesterGroupsOf({ policies, standing, groups }: Policy): readonly string[] {
  const names = Object.keys(groups);
  return [
    ...new Set([
      ...policies.flatMap(({ match }) => match.requesters ?? []),
      ...policies.flatMap(({ match: { when } }) =>
        when === undefined ? [] : groupsNamedIn(when, names),
      ),
      ...standing.flatMap(({ requesters }) => requesters),
    ]),
  ];
}

/** Null when its run can still start after the freeze that is on, if one is. */
export function frozenRefusal(plan: Plan, ruled: PlanRule, now: Instant): Refusal | null {
  const { freeze, rule } = ruled;
  if (freeze === null || freeze.breakGlass) return null;
  if (freeze.until < now + rule.approveWithinMs + rule.startWithinMs) return null;
  const { name, reason, until } = freeze;
  return { code: "frozen", name, reason, environment: plan.environment, until };
}

/** All that the rule of a plan depends on besides the plan. */
export type RuleFacts = {
  readonly policy: Policy;
  readonly calendar: EnginePorts["calendar"];
  readonly registry: Pick<EnginePorts["registry"], "get">;
  readonly now: Instant;
  /** Of every group that a policy names as requesters. */
  readonly members: Members;
};

/** Pure: the same facts give the same rule. */
export function decideRule(
  facts: RuleFacts,
  { plan, requesterId }: AskedPlan,
): Result<PlanRule, Refusal> {
  const { policy, now } = facts;
  const environment = environmentOf(policy, plan.environment);
  if (environment === null)
    return refuse({ code: "unknown-environment", found: plan.environment, nearest: null });
  const groups = Object.keys(facts.members).filter((group) =>
    facts.members[group]?.includes(requesterId),
  );
  const applying = new Map<string, ApprovalPolicy>();
  let fallback = false;
  const calls = decidingCalls(plan, facts.registry);
  for (const call of calls) {
    const found = policiesOfCall(facts, { plan, call, requester: { id: requesterId, groups } });
    if (!found.ok) return found;
    for (const one of found.value.policies) applying.set(one.name, one);
    fallback ||= found.value.fallback;
  }
  const applied = [...applying.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const forbidding = applied.find(({ forbid }) => forbid !== null);
  if (forbidding !== undefined && forbidding.forbid !== null)
    return refuse({ code: "forbidden", policy: forbidding.name, reason: forbidding.forbid });
  const rule = combined(environment, plan, applied, fallback || applied.length === 0);
  return accept({
    rule,
    // An approval given beforehand has no passkey's signature.
    standing:
      rule.stepUp === null ? standingFor(policy.standing, { plan, calls, groups, now }) : null,
    freeze: activeFreeze(facts.calendar, policy.freezes, plan, now),
  });
}

type Matching = {
  readonly plan: Plan;
  readonly call: DecidingCall;
  readonly requester: { readonly id: string; readonly groups: readonly string[] };
};

/** `fallback`: no policy surely matches, so the environment's own rule applies to the call. */
function policiesOfCall(
  facts: RuleFacts,
  about: Matching,
): Result<{ readonly policies: readonly ApprovalPolicy[]; readonly fallback: boolean }, Refusal> {
  const sure: ApprovalPolicy[] = [];
  const possible: ApprovalPolicy[] = [];
  for (const policy of facts.policy.policies) {
    const matched = matches(policy, facts, about);
    if (!matched.ok) return matched;
    if (matched.value === "yes") sure.push(policy);
    else if (matched.value === "maybe") possible.push(policy);
  }
  const most = sure.reduce<readonly number[]>(
    (best, { match }) => (compare(specificity(match), best) > 0 ? specificity(match) : best),
    [],
  );
  const chosen = sure.filter(({ match }) => compare(specificity(match), most) === 0);
  // What may be concerned is treated as concerned, and lifts nothing.
  return accept({ policies: [...chosen, ...possible], fallback: chosen.length === 0 });
}

/** Dimensions from the most specific to the least; the first that differs decides. docs/policy.md has the order. */
function specificity({
  resources,
  playbooks,
  operations,
  requesters,
  when,
  time,
  environments,
  risks,
}: PolicyMatch): readonly number[] {
  const named = (part: unknown) => (part === undefined ? 0 : 1);
  return [
    named(resources),
    named(playbooks),
    operations === undefined ? 0 : Math.min(...operations.map(operationRank)),
    named(requesters),
    named(when),
    named(time),
    named(environments),
    named(risks),
  ];
}

function operationRank(pattern: string): number {
  if (pattern === "*") return 1;
  return pattern.endsWith(".*") ? 2 : 3;
}

function compare(one: readonly number[], other: readonly number[]): number {
  for (let at = 0; at < Math.max(one.length, other.length); at += 1) {
    const difference = (one[at] ?? 0) - (other[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

type Matched = Result<"yes" | "no" | "maybe", Refusal>;

function matches({ name, match }: ApprovalPolicy, facts: RuleFacts, about: Matching): Matched {
  const { plan, call, requester } = about;
  const { environments, risks, operations, playbooks, requesters, time } = match;
  const no =
    (environments !== undefined && !environments.includes(plan.environment)) ||
    (risks !== undefined && !risks.includes(plan.risk)) ||
    (operations !== undefined && !covers(operations, call.uses)) ||
    (playbooks !== undefined && !playbooksOf(plan, call).some((one) => playbooks.includes(one))) ||
    (requesters !== undefined && !requesters.some((one) => requester.groups.includes(one))) ||
    (time !== undefined && isWithinHours(time.hours, facts.now) !== time.within);
  if (no) return accept("no");
  const touched = touches(match, call);
  if (touched === "no") return accept("no");
  if (match.when !== undefined) {
    if (looksAtUnknown(match.when, call.with)) return accept("maybe");
    const held = evaluateCondition(match.when, {
      plan: planFacts(plan),
      step: {
        id: call.id,
        uses: call.uses,
        with: call.with,
        profile: call.profile,
        risk: call.risk,
      },
      requester: { id: requester.id, groups: requester.groups },
    });
    if (!held.ok) return refuse({ code: "policy-error", policy: name, error: held.refusal });
    if (!held.value) return accept("no");
  }
  return accept(touched);
}

function touches({ resources }: PolicyMatch, { keys }: DecidingCall): "yes" | "no" | "maybe" {
  if (resources === undefined) return "yes";
  if (keys === null) return "maybe";
  return keys.some((key) => resources.some((pattern) => keyMatches(pattern, key))) ? "yes" : "no";
}

/** `*` stands for any characters. */
export function keyMatches(pattern: string, key: string): boolean {
  const [first = "", ...rest] = pattern.split("*");
  if (rest.length === 0) return pattern === key;
  const last = rest.pop() ?? "";
  if (!key.startsWith(first) || key.length < first.length + last.length || !key.endsWith(last))
    return false;
  let at = first.length;
  for (const part of rest) {
    const found = key.indexOf(part, at);
    if (found === -1 || found + part.length > key.length - last.length) return false;
    at = found + part.length;
  }
  return true;
}

function covers(patterns: readonly string[], operation: string): boolean {
  return patterns.some((pattern) => operationMatches(pattern, operation));
}

/** The plan's own playbook and those that the step is nested in. */
function playbooksOf(plan: Plan, { scope }: DecidingCall): readonly string[] {
  const nested = Object.entries(plan.playbooks)
    .filter(([at]) => scope === at || scope.startsWith(`${at}.`))
    .map(([, { playbook }]) => playbook);
  return plan.playbook === null ? nested : [plan.playbook, ...nested];
}

/** All apply: every clause must be filled, the strictest of each other term counts. */
function combined(
  environment: Environment,
  plan: Plan,
  policies: readonly ApprovalPolicy[],
  withOwn: boolean,
): ApprovalRule {
  const own = environment.approval[plan.risk];
  const rules = policies.map(({ name, terms }) => ({ ...own, ...terms, policies: [name] }));
  if (withOwn) rules.push({ ...own, policies: [...own.policies] });
  const [first = own, ...others] = rules;
  const all = others.reduce<ApprovalRule>(strictest, first);
  const destroys = plan.risk === "destructive";
  // What several policies leave to the environment is asked for once.
  const inherited = withOwn || policies.some(({ terms }) => terms.require === undefined);
  return {
    ...all,
    require: [
      ...(inherited ? own.require : []),
      ...policies.flatMap(({ terms }) => terms.require ?? []),
    ],
    // Neither waiting nor an edit gives a passkey's signature.
    onTimeout: destroys || all.stepUp !== null ? "deny" : all.onTimeout,
    sticky: all.stepUp === null && all.sticky,
    selfApproval: !destroys && own.selfApproval,
  };
}

function strictest(one: ApprovalRule, other: ApprovalRule): ApprovalRule {
  return {
    policies: [...one.policies, ...other.policies],
    require: [],
    denyAt: Math.min(one.denyAt, other.denyAt),
    approveWithinMs: Math.min(one.approveWithinMs, other.approveWithinMs),
    startWithinMs: Math.min(one.startWithinMs, other.startWithinMs),
    remindAfterMs: least(one.remindAfterMs, other.remindAfterMs),
    // Widening lets more people in, so it takes every policy to say so, and the same.
    widen: JSON.stringify(one.widen) === JSON.stringify(other.widen) ? one.widen : null,
    onTimeout: one.onTimeout === other.onTimeout ? one.onTimeout : "deny",
    selfApproval: one.selfApproval && other.selfApproval,
    allowOverlap: one.allowOverlap && other.allowOverlap,
    sticky: one.sticky && other.sticky,
    silent: {
      groups: one.silent.groups.filter((group) => other.silent.groups.includes(group)),
      users: one.silent.users.filter((user) => other.silent.users.includes(user)),
    },
    stepUp: one.stepUp ?? other.stepUp,
  };
}

function least(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.min(one, other);
}

/**
 * The first standing approval that covers every call of the plan, those of its ways back included, also such as only
 * read. Never one that destroys.
 */
function standingFor(
  standing: readonly StandingApproval[],
  about: {
    readonly plan: Plan;
    /** What of the plan acts. */
    readonly calls: readonly DecidingCall[];
    readonly groups: readonly string[];
    readonly now: Instant;
  },
): string | null {
  const { plan, calls, groups, now } = about;
  if (plan.risk === "destructive" || plan.steps.some(({ deferred }) => deferred)) return null;
  if (calls.some(({ keys }) => keys === null)) return null;
  const found = standing.find(
    (one) =>
      one.environment === plan.environment &&
      now < one.until &&
      one.requesters.some((group) => groups.includes(group)) &&
      plan.steps.every((step) => usesOf(step).every((uses) => one.operations.includes(uses))) &&
      (one.playbooks === null ||
        (plan.playbook !== null && one.playbooks.includes(plan.playbook))) &&
      (one.resources === null || calls.every(({ keys }) => areCovered(one.resources ?? [], keys))),
  );
  return found?.name ?? null;
}

function usesOf({ uses, rollback }: PlanStep): readonly string[] {
  return [uses, ...(rollback.kind === "commands" ? rollback.calls.map((call) => call.uses) : [])];
}

/** What has no keys can't be told to touch nothing else. */
function areCovered(patterns: readonly string[], keys: readonly string[] | null): boolean {
  return (
    keys !== null &&
    keys.length > 0 &&
    keys.every((key) => patterns.some((one) => keyMatches(one, key)))
  );
}

// What countersign.yml says, as the Policy that the engine decides by. Approvals nobody wrote down are filled in here.

import { canonicalJson } from "#engine/canonical-json.ts";
import { groupsNamedIn, PLAIN_RULE } from "#engine/policy.ts";
import type {
  ApprovalPolicy,
  ApprovalRule,
  Clause,
  Environment,
  FreezeWindow,
  Group,
  OnCallSource,
  Permission,
  Policy,
  PolicyMatch,
  StandingApproval,
  WeeklyHours,
} from "#engine/policy.ts";
import type { Risk } from "#engine/risk.ts";
import type { Sha256 } from "#engine/time.ts";
import type { ConfigFile } from "./config-file.ts";

type GivenEnvironment = ConfigFile["environments"][string];
type GivenRule = NonNullable<GivenEnvironment["approval"][Risk]>;
type GivenClause = NonNullable<GivenRule["require"]>[number];

/** Approvals by default (reference: approval rule 5) and both clocks. */
const DEFAULTS: Readonly<
  Record<
    Risk,
    { count: number; approveWithinMs: number; startWithinMs: number; remindAfterMs: number | null }
  >
> = {
  "read-only": {
    count: 0,
    approveWithinMs: 3_600_000,
    startWithinMs: 3_600_000,
    remindAfterMs: null,
  },
  modify: {
    count: 1,
    approveWithinMs: 4 * 3_600_000,
    startWithinMs: 3_600_000,
    remindAfterMs: 1_800_000,
  },
  destructive: {
    count: 2,
    approveWithinMs: 4 * 3_600_000,
    startWithinMs: 1_800_000,
    remindAfterMs: 1_800_000,
  },
};

/** What the file says to the engine. Call {@link crossReferences} first: this trusts that names resolve. @param env what `expressions.env` names. */
export function policyOf(
  file: ConfigFile,
  sha256: Sha256,
  env: Readonly<Record<string, string>>,
): Policy {
  const groups: Record<string, Group> = {};
  const names = Object.keys(file.groups);
  for (const [key, group] of Object.entries(file.groups)) {
    groups[key] = {
      name: key,
      slackGroupIds: group.slack_groups,
      userIds: group.users,
      onCall: onCallOf(group.on_call),
      workingHours: hoursOf(group.working_hours),
    };
  }
  const environments: Record<string, Environment> = {};
  for (const [key, value] of Object.entries(file.environments)) {
    environments[key] = {
      name: key,
      channels: value.channels === "*" ? ["*"] : value.channels,
      allow: value.allow.map(permissionOf),
      approval: {
        "read-only": ruleOf({ key, value, names }, "read-only"),
        modify: ruleOf({ key, value, names }, "modify"),
        destructive: ruleOf({ key, value, names }, "destructive"),
      },
      approvesOnTimeout: value.approves_on_timeout,
    };
  }
  const policy = {
    teamId: file.workspace ?? null,
    groups,
    environments,
    defaultEnvironment: defaultEnvironmentOf(file),
    channels: file.channels.allow === "*" ? ["*"] : file.channels.allow,
    sharedChannels: file.channels.allow_shared,
    limits: {
      parallelism: file.limits.parallelism,
      runTimeMs: file.limits.run_time,
      holdTimeMs: file.limits.hold_time,
      pendingPlansPerRequester: file.limits.pending_plans_per_requester,
      stepsPerPlan: file.limits.steps_per_plan,
    },
    breaker: {
      failureRate: file.breaker.failure_rate,
      minimumCalls: file.breaker.minimum_calls,
      windowMs: file.breaker.window,
      openMs: file.breaker.open_for,
    },
    policies: file.policies.map((one) => policyFrom(one, names)),
    standing: file.auto_approve.map(standingFrom),
    freezes: file.freeze.map(freezeFrom),
    breakGlass: breakGlassFrom(file.break_glass),
    env,
    secrets: secretUsesOf(file),
  } satisfies Omit<Policy, "version">;
  return { version: sha256(canonicalJson(policy)), ...policy };
}

function permissionOf({ channels, ...given }: GivenEnvironment["allow"][number]): Permission {
  return channels === undefined || channels === "*" ? given : { ...given, channels };
}

type GivenGroup = ConfigFile["groups"][string];

function onCallOf(given: GivenGroup["on_call"]): OnCallSource | null {
  if (given === undefined) return null;
  const { url, path, headers_from_env: headersFromEnv, people } = given;
  return { url, path, headersFromEnv, people };
}

function hoursOf(given: GivenGroup["working_hours"]): WeeklyHours | null {
  if (given === undefined) return null;
  const { days, from, to, time_zone: timeZone } = given;
  return { days, from, to, timeZone };
}

type NamedEnvironment = {
  readonly key: string;
  readonly value: GivenEnvironment;
  /** Of all groups. */
  readonly names: readonly string[];
};

function ruleOf({ key, value, names }: NamedEnvironment, risk: Risk): ApprovalRule {
  const { count, ...clocks } = DEFAULTS[risk];
  return {
    ...PLAIN_RULE,
    require: defaultClauses(count, value.approvers),
    ...clocks,
    ...termsOf(value.approval[risk] ?? {}, names),
    selfApproval: risk !== "destructive" && value.self_approval,
    policies: [`${key}/${risk}`],
  };
}

/** What is written, and nothing about what is not. @param names of all groups. */
function termsOf(given: GivenRule, names: readonly string[]): ApprovalPolicy["terms"] {
  const { require, remind_after: remind, widen_to: widen, silent } = given;
  return {
    ...(require !== undefined && { require: require.map((one) => clauseOf(one, names)) }),
    ...(given.deny !== undefined && { denyAt: given.deny }),
    ...(given.approve_within !== undefined && { approveWithinMs: given.approve_within }),
    ...(given.start_within !== undefined && { startWithinMs: given.start_within }),
    ...(remind !== undefined && { remindAfterMs: remind === "never" ? null : remind }),
    ...(widen !== undefined && {
      widen: { groups: widen.groups, users: widen.users, afterMs: widen.after },
    }),
    ...(given.on_timeout !== undefined && { onTimeout: given.on_timeout }),
    ...(given.allow_overlap !== undefined && { allowOverlap: given.allow_overlap }),
    ...(given.sticky !== undefined && { sticky: given.sticky }),
    ...(silent !== undefined && { silent }),
    ...(given.step_up !== undefined && { stepUp: given.step_up }),
  };
}

function policyFrom(
  given: ConfigFile["policies"][number],
  names: readonly string[],
): ApprovalPolicy {
  const { name, match, forbid, ...rest } = given;
  const { time, ...same } = match;
  const known = Object.fromEntries(
    Object.entries(same).filter(([, value]) => value !== undefined),
  ) as Omit<PolicyMatch, "time">;
  return {
    name,
    match: {
      ...known,
      ...(time !== undefined && {
        time: {
          hours: { days: time.days, from: time.from, to: time.to, timeZone: time.time_zone },
          within: time.within,
        },
      }),
    },
    forbid: forbid ?? null,
    terms: termsOf(rest, names),
  };
}

function standingFrom(given: ConfigFile["auto_approve"][number]): StandingApproval {
  return {
    ...given,
    playbooks: given.playbooks ?? null,
    resources: given.resources ?? null,
  };
}

function freezeFrom(given: ConfigFile["freeze"][number]): FreezeWindow {
  const { name, environments, risks, reason, break_glass: breakGlass } = given;
  const { from, until, starts, lasts, time_zone: timeZone } = given;
  const window = { name, environments, risks, reason, breakGlass };
  if (from !== undefined && until !== undefined)
    return { ...window, when: { kind: "once", from, until } };
  if (starts === undefined || lasts === undefined || timeZone === undefined)
    throw new Error(`freeze ${name} has no time, though its shape was checked`);
  return { ...window, when: { kind: "recurring", starts, timeZone, lastsMs: lasts } };
}

function clauseOf(given: GivenClause, names: readonly string[]): Clause {
  const { count, from, users, not_from: groups, not_users: others, filter } = given;
  return {
    count,
    fromGroups: from,
    fromUsers: users,
    ...(groups.length + others.length > 0 && { except: { groups, users: others } }),
    ...(filter !== undefined && { filter, ...groupsIn(filter, names) }),
  };
}

function groupsIn(filter: string, names: readonly string[]): Pick<Clause, "filterGroups"> {
  const filterGroups = groupsNamedIn(filter, names);
  return filterGroups.length === 0 ? {} : { filterGroups };
}

/** Without approvers a risk that needs approval has an empty set: nobody can approve it. */
function defaultClauses(count: number, approvers: readonly string[]): readonly Clause[] {
  return count === 0 ? [] : [{ count, fromGroups: approvers, fromUsers: [] }];
}

function secretUsesOf(file: ConfigFile): Policy["secrets"] {
  return Object.fromEntries(
    Object.entries(file.secrets).map(([key, { environments, operations }]) => [
      key,
      { environments: environments === "*" ? ["*"] : environments, operations },
    ]),
  );
}

function defaultEnvironmentOf(file: ConfigFile): string {
  return file.default_environment ?? Object.keys(file.environments)[0] ?? "";
}

function breakGlassFrom(given: ConfigFile["break_glass"]): Policy["breakGlass"] {
  if (given === undefined) return null;
  const { groups, users, environments } = given;
  const { review_within: reviewWithinMs, without_passkey: withoutPasskey } = given;
  return { groups, users, environments, reviewWithinMs, withoutPasskey };
}

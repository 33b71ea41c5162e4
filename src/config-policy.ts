// What countersign.yml says, as the Policy that the engine decides by. Approvals nobody wrote down are filled in here.

import { canonicalJson } from "#engine/canonical-json.ts";
import type { ApprovalRule, Clause, Environment, Group, Policy } from "#engine/policy.ts";
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
  for (const [key, group] of Object.entries(file.groups)) {
    groups[key] = { name: key, slackGroupIds: group.slack_groups, userIds: group.users };
  }
  const environments: Record<string, Environment> = {};
  for (const [key, value] of Object.entries(file.environments)) {
    environments[key] = {
      name: key,
      channels: value.channels === "*" ? ["*"] : value.channels,
      allow: value.allow,
      approval: {
        "read-only": ruleOf(value, "read-only"),
        modify: ruleOf(value, "modify"),
        destructive: ruleOf(value, "destructive"),
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
    env,
  } satisfies Omit<Policy, "version">;
  return { version: sha256(canonicalJson(policy)), ...policy };
}

function ruleOf(value: GivenEnvironment, risk: Risk): ApprovalRule {
  const given = value.approval[risk];
  const fallback = DEFAULTS[risk];
  const remind = given?.remind_after;
  return {
    require: given?.require?.map(clauseOf) ?? defaultClauses(fallback.count, value.approvers),
    approveWithinMs: given?.approve_within ?? fallback.approveWithinMs,
    startWithinMs: given?.start_within ?? fallback.startWithinMs,
    remindAfterMs: remind === "never" ? null : (remind ?? fallback.remindAfterMs),
  };
}

function clauseOf(given: GivenClause): Clause {
  return { count: given.count, fromGroups: given.from, fromUsers: given.users };
}

/** Without approvers a risk that needs approval has an empty set: nobody can approve it. */
function defaultClauses(count: number, approvers: readonly string[]): readonly Clause[] {
  return count === 0 ? [] : [{ count, fromGroups: approvers, fromUsers: [] }];
}

function defaultEnvironmentOf(file: ConfigFile): string {
  return file.default_environment ?? Object.keys(file.environments)[0] ?? "";
}

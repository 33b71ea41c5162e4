// A policy for tests: `production` with two approvers for what destroys, one for what changes, none for what
// reads, and `staging` in another channel.

import { PLAIN_RULE } from "#engine/policy.ts";
import type { ApprovalRule, Clause, Environment, Group, Policy } from "#engine/policy.ts";

const HOUR = 3_600_000;

export function aRule(
  require: readonly Clause[],
  changes: Partial<ApprovalRule> = {},
): ApprovalRule {
  return {
    ...PLAIN_RULE,
    require,
    approveWithinMs: 4 * HOUR,
    startWithinMs: HOUR,
    remindAfterMs: HOUR / 2,
    ...changes,
  };
}

export function aClause(count: number, ...fromGroups: readonly string[]): Clause {
  return { count, fromGroups, fromUsers: [] };
}

export function anEnvironment(changes: Partial<Environment> = {}): Environment {
  return {
    name: "production",
    channels: ["*"],
    allow: [{ groups: ["developers"], users: [], operations: ["*"], profiles: ["ops"] }],
    approval: {
      "read-only": aRule([]),
      modify: aRule([aClause(1, "sre")]),
      destructive: aRule([aClause(2, "sre")]),
    },
    approvesOnTimeout: [],
    ...changes,
  };
}

export function aGroup(name: string, changes: Partial<Group> = {}): Group {
  return { name, slackGroupIds: [], userIds: [], onCall: null, workingHours: null, ...changes };
}

/** `sre` is Slack's group S0SRE, `developers` are U0REQ, U0DEV and S0DEV. */
export function aPolicy(changes: Partial<Policy> = {}): Policy {
  return {
    version: "policy-1",
    teamId: "T0ACME",
    groups: {
      sre: aGroup("sre", { slackGroupIds: ["S0SRE"] }),
      developers: aGroup("developers", {
        slackGroupIds: ["S0DEV"],
        userIds: ["U0REQ", "U0DEV"],
      }),
    },
    policies: [],
    standing: [],
    freezes: [],
    breakGlass: null,
    environments: {
      production: anEnvironment(),
      staging: anEnvironment({ name: "staging", channels: ["C0STAGE"] }),
    },
    defaultEnvironment: "production",
    channels: ["C0OPS", "C0STAGE"],
    sharedChannels: [],
    limits: {
      parallelism: 10,
      runTimeMs: HOUR,
      holdTimeMs: 24 * HOUR,
      pendingPlansPerRequester: 3,
      stepsPerPlan: 500,
    },
    breaker: { failureRate: 0.5, minimumCalls: 5, windowMs: 60_000, openMs: 30_000 },
    env: {},
    secrets: {},
    ...changes,
  };
}

// What the configuration allows, as plain values. Nobody may do anything that these values don't allow.

import type { Risk } from "./risk.ts";

/** A named group of approvers or requesters: the union of Slack user groups and listed users. */
export type Group = {
  readonly name: string;
  readonly slackGroupIds: readonly string[];
  readonly userIds: readonly string[];
};

/** One part of a requirement: `count` distinct people from any of these groups or users. */
export type Clause = {
  readonly count: number;
  readonly fromGroups: readonly string[];
  readonly fromUsers: readonly string[];
};

/** Who must approve a plan of one environment and risk, and by when. */
export type ApprovalRule = {
  /** All clauses must be filled, each person fills one. Empty: no approval needed (only sensible for read-only). */
  readonly require: readonly Clause[];
  /** How long a plan waits for its quorum, in milliseconds. */
  readonly approveWithinMs: number;
  /** How long after the decision the run may start, in milliseconds. */
  readonly startWithinMs: number;
  /** A reminder after this long without a decision, in milliseconds; null: none. */
  readonly remindAfterMs: number | null;
};

/** Who may ask for which operations. Operation patterns: a name, `prefix.*`, or `*`. */
export type Permission = {
  readonly groups: readonly string[];
  readonly users: readonly string[];
  readonly operations: readonly string[];
  /** Credential profiles these people may use here; null profile (the operation's default) is always allowed. */
  readonly profiles: readonly string[];
};

export type Environment = {
  readonly name: string;
  /** Channel ids where plans for this environment may be filed and shown; `*` any channel of `Policy.channels`. */
  readonly channels: readonly string[];
  readonly allow: readonly Permission[];
  readonly approval: Readonly<Record<Risk, ApprovalRule>>;
  /** Risks whose steps may be approved by a time-out inside a run (`on_timeout: approve`). Never destructive. */
  readonly approvesOnTimeout: readonly Exclude<Risk, "destructive">[];
};

/** When a target's circuit breaker opens, and for how long. */
export type BreakerPolicy = {
  /** Failures of all calls in the window, 0 to 1, from which it opens. */
  readonly failureRate: number;
  /** Calls in the window before the rate means anything. */
  readonly minimumCalls: number;
  readonly windowMs: number;
  /** How long it stays open before one call is let through, in milliseconds; doubles while that fails, up to ten times. */
  readonly openMs: number;
};

export type Limits = {
  /** Most steps of one run at the same time. */
  readonly parallelism: number;
  /** Longest run time before it is failed and rolled back, in milliseconds. */
  readonly runTimeMs: number;
  /** How long a run waits after a step failed under `on_failure: stop`, in milliseconds. */
  readonly holdTimeMs: number;
  readonly pendingPlansPerRequester: number;
  readonly stepsPerPlan: number;
};

export type Policy = {
  /** SHA-256 of the policy's canonical JSON: recorded with each vote and compared at start. */
  readonly version: string;
  /** The only Slack workspace served; null: the one the bot token belongs to. */
  readonly teamId: string | null;
  readonly groups: Readonly<Record<string, Group>>;
  readonly environments: Readonly<Record<string, Environment>>;
  readonly defaultEnvironment: string;
  /** Channel ids served at all, or `*`. */
  readonly channels: readonly string[];
  /** Externally shared channels that are allowed by name (id). */
  readonly sharedChannels: readonly string[];
  readonly limits: Limits;
  readonly breaker: BreakerPolicy;
  /** Environment variables that expressions may read as `env.<name>`, with their values: never a secret. */
  readonly env: Readonly<Record<string, string>>;
};

/** True when the pattern (`name`, `prefix.*` or `*`) covers the name. */
export function operationMatches(pattern: string, name: string): boolean {
  if (pattern === "*") return true;
  if (pattern.endsWith(".*")) return name.startsWith(pattern.slice(0, -1));
  return pattern === name;
}

// What the configuration allows, as plain values. Nobody may do anything that these values don't allow.

import type { Risk } from "./risk.ts";
import type { Instant } from "./time.ts";
import type { Weekday } from "./zoned-time.ts";

/** Hours of a week in one time zone, as in `mon to fri, 09:00 to 18:00, Europe/Berlin`. */
export type WeeklyHours = {
  readonly days: readonly Weekday[];
  /** `HH:MM`, the hours begin at `from` and end before `to`; when `to` is not later they end on the next day. */
  readonly from: string;
  readonly to: string;
  /** IANA name. */
  readonly timeZone: string;
};

/** Where to ask who is on call now. Asked through {@link Directory.onCall}. */
export type OnCallSource = {
  /** `{group}` stands for the group's name. */
  readonly url: string;
  /** JSON path to the ids in the answer. */
  readonly path: string;
  /** Header name to the name of the environment variable that holds its value. */
  readonly headersFromEnv: Readonly<Record<string, string>>;
  /** Ids of the asked service to Slack user ids; an id that is a Slack user id needs no entry. */
  readonly people: Readonly<Record<string, string>>;
};

/** A named group of approvers or requesters: the union of Slack user groups, listed users and whoever is on call. */
export type Group = {
  readonly name: string;
  readonly slackGroupIds: readonly string[];
  readonly userIds: readonly string[];
  readonly onCall: OnCallSource | null;
  /** When its members may be reminded; null: at any time. */
  readonly workingHours: WeeklyHours | null;
};

/** People by group or by id. */
export type People = { readonly groups: readonly string[]; readonly users: readonly string[] };

/** One part of a requirement: `count` distinct people from any of these groups or users. */
export type Clause = {
  readonly count: number;
  readonly fromGroups: readonly string[];
  readonly fromUsers: readonly string[];
  /** Nobody who is here fills it, wherever else they are. */
  readonly except?: People;
  /** CEL over `person` (`id`, `groups`) and `plan`; false or an error: the person does not fill it. */
  readonly filter?: string;
  /** Groups that the filter names. While one of them can't be asked, it holds for nobody. */
  readonly filterGroups?: readonly string[];
};

/** Who must approve a plan, and by when: made of every policy that applies to it (rule-of-plan.ts). */
export type ApprovalRule = {
  /** Names of the policies it was made of, `production/modify` for an environment's own. */
  readonly policies: readonly string[];
  /** All clauses must be filled, each person fills one. Empty: no approval needed (only sensible for read-only). */
  readonly require: readonly Clause[];
  /** Distinct people whose rejection denies the plan. */
  readonly denyAt: number;
  /** How long a plan waits for its quorum, in milliseconds. */
  readonly approveWithinMs: number;
  /** How long after the decision the run may start, in milliseconds. */
  readonly startWithinMs: number;
  /** A reminder after this long without a decision, in milliseconds; null: none. */
  readonly remindAfterMs: number | null;
  /** After this long without a decision these people may fill any clause too. */
  readonly widen: (People & { readonly afterMs: number }) | null;
  /** What the end of the time to approve means. Never `approve` for what destroys. */
  readonly onTimeout: "deny" | "approve";
  /** The requester counts too. Never for what destroys. */
  readonly selfApproval: boolean;
  /** One person may fill one place in each of several clauses. */
  readonly allowOverlap: boolean;
  /** Votes outlive an edit that adds no risk item. */
  readonly sticky: boolean;
  /** May fill any clause, and are not pinged. */
  readonly silent: People;
  /** What a person must prove besides being signed in to Slack before an approval counts. */
  readonly stepUp: "webauthn" | null;
};

/** What a rule says when nothing else is said about it. */
export const PLAIN_RULE = {
  policies: [],
  denyAt: 1,
  widen: null,
  onTimeout: "deny",
  selfApproval: false,
  allowOverlap: false,
  sticky: false,
  silent: { groups: [], users: [] },
  stepUp: null,
} as const satisfies Partial<ApprovalRule>;

/** What a policy is about. Each part that is there must match; a part that is not there matches everything. */
export type PolicyMatch = {
  readonly environments?: readonly string[];
  /** Of the whole plan. */
  readonly risks?: readonly Risk[];
  /** Of a step that acts, or of what takes it back: `name`, `prefix.*` or `*`. */
  readonly operations?: readonly string[];
  readonly playbooks?: readonly string[];
  /** Lock keys of a step, `*` for any characters. A step whose keys are not known yet may touch any. */
  readonly resources?: readonly string[];
  /** Groups of the requester. */
  readonly requesters?: readonly string[];
  /** When it is asked: within these hours, or outside of them. */
  readonly time?: { readonly hours: WeeklyHours; readonly within: boolean };
  /** CEL over `plan`, `step` and `requester`. An error refuses the plan. */
  readonly when?: string;
};

/** One of the policies of `countersign.yml`. What it does not say, the environment's own rule says. */
export type ApprovalPolicy = {
  readonly name: string;
  readonly match: PolicyMatch;
  /** Why such a plan is never accepted, whoever approves it; null: it may be. */
  readonly forbid: string | null;
  readonly terms: Partial<Omit<ApprovalRule, "policies" | "selfApproval">>;
};

/** An approval given beforehand for something narrow, until a day. Read-only plans need none. */
export type StandingApproval = {
  readonly name: string;
  readonly environment: string;
  /** All calls of the plan must be covered. Exact names. */
  readonly operations: readonly string[];
  readonly playbooks: readonly string[] | null;
  /** All lock keys of the plan must be covered, and be known. */
  readonly resources: readonly string[] | null;
  readonly requesters: readonly string[];
  readonly until: Instant;
  readonly reason: string;
};

/** A time in which nothing that changes something starts. */
export type FreezeWindow = {
  readonly name: string;
  readonly environments: readonly string[];
  readonly risks: readonly Risk[];
  readonly reason: string;
  /** Whether breaking the glass goes through it. */
  readonly breakGlass: boolean;
  readonly when: FreezeTime;
};
export type FreezeTime =
  | { readonly kind: "once"; readonly from: Instant; readonly until: Instant }
  /** Begins at each time of a cron expression in a time zone, and lasts so many milliseconds. */
  | {
      readonly kind: "recurring";
      readonly starts: string;
      readonly timeZone: string;
      readonly lastsMs: number;
    };

/** Who may act alone in an emergency, with an after-review. */
export type BreakGlassPolicy = People & {
  readonly environments: readonly string[];
  /** Also for plans that are approved with a passkey. */
  readonly withoutPasskey: boolean;
  readonly reviewWithinMs: number;
};

/** Who may ask for which operations. Operation patterns: a name, `prefix.*`, or `*`. */
export type Permission = {
  readonly groups: readonly string[];
  readonly users: readonly string[];
  readonly operations: readonly string[];
  /** Credential profiles these people may use here; null profile (the operation's default) is always allowed. */
  readonly profiles: readonly string[];
  /** Channel ids in which these people may ask for this; left out: every channel of the environment. */
  readonly channels?: readonly string[];
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

/** Where a secret that the configuration names may be used. What it is and where it comes from stands elsewhere. */
export type SecretUse = {
  /** Names of environments; `*`: any. */
  readonly environments: readonly string[];
  /** Operation patterns, as in {@link Permission}. */
  readonly operations: readonly string[];
};

export type Policy = {
  /** SHA-256 of the policy's canonical JSON: recorded with each vote and compared at start. */
  readonly version: string;
  /** The only Slack workspace served; null: the one the bot token belongs to. */
  readonly teamId: string | null;
  readonly groups: Readonly<Record<string, Group>>;
  readonly policies: readonly ApprovalPolicy[];
  readonly standing: readonly StandingApproval[];
  readonly freezes: readonly FreezeWindow[];
  /** Null: nobody may break the glass. */
  readonly breakGlass: BreakGlassPolicy | null;
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
  /** What plans may refer to as `secret:<name>`. */
  readonly secrets: Readonly<Record<string, SecretUse>>;
};

/** The groups whose names stand in a condition: they have to be asked for it. @param names of all groups. */
export function groupsNamedIn(condition: string, names: readonly string[]): readonly string[] {
  return names.filter((name) => condition.includes(name));
}

/** True when the pattern (`name`, `prefix.*` or `*`) covers the name. */
export function operationMatches(pattern: string, name: string): boolean {
  if (pattern === "*") return true;
  if (pattern.endsWith(".*")) return name.startsWith(pattern.slice(0, -1));
  return pattern === name;
}

// A plan: an immutable, hashed version of what will run, and the record of its life from filing to spent.
// States hold exactly the data they have; only the functions in plan-life.ts move a record between them.

import type { Conversation, Person } from "./identity.ts";
import type { ErrorCategory } from "./failure.ts";
import type { JsonObject } from "./json.ts";
import type { ApprovalRule } from "./policy.ts";
import type { Risk } from "./risk.ts";
import type { Instant } from "./time.ts";
import type { Verdict, Vote } from "./verdict.ts";

export type Mode = "stages" | "graph" | "sequential";
export type OnFailure = "rollback" | "stop" | "continue";

export type RetryPolicy = {
  /** Tries in all, 1 to 20. */
  readonly maxAttempts: number;
  readonly backoff: "exponential" | "linear" | "fixed";
  readonly baseDelayMs: number;
  readonly maxDelayMs: number;
  /** Categories that are tried again; every other failure is final. */
  readonly on: readonly ErrorCategory[];
};

/** One call of an operation, in a rollback list. */
export type Call = {
  readonly uses: string;
  /** May hold `${{ }}` expressions that need `steps` or `result`; all others were evaluated when the plan was compiled. */
  readonly with: JsonObject;
  readonly profile: string | null;
  readonly summary: string;
  readonly risk: Risk;
  readonly timeoutMs: number;
};

/** What will be done to take a step back, decided when the plan is filed, shown, hashed and approved with it. */
export type Rollback =
  | { readonly kind: "none" }
  /** The plan says, with an empty list, that the step leaves nothing to take back. */
  | { readonly kind: "not-needed" }
  | { readonly kind: "commands"; readonly calls: readonly Call[] }
  /** The operation's `undo` from the state captured before the step. */
  | { readonly kind: "captured"; readonly summary: string };

export type PlanStep = Call & {
  /** Unique in the plan. A `for_each` step is expanded to `<id>[0]`, `<id>[1]`, ... */
  readonly id: string;
  readonly needs: readonly string[];
  /** 0-based stage. In `graph` mode the level, for display only. */
  readonly stage: number;
  /** CEL; the step is skipped when it is false. */
  readonly when: string | null;
  /** CEL over `result`, `steps`, `inputs`; each must be true after a success or the attempt has failed. */
  readonly check: readonly string[];
  readonly retry: RetryPolicy;
  readonly onFailure: OnFailure;
  readonly rollback: Rollback;
  /** Keys of what the step touches, where they are known at filing. */
  readonly locks: readonly string[];
  /** True when `with` still holds expressions: shown as such on the card, risk taken as the operation's worst. */
  readonly deferred: boolean;
};

export type Plan = {
  readonly title: string;
  readonly environment: string;
  /** Name of the playbook it came from, null when written by hand. */
  readonly playbook: string | null;
  readonly inputs: JsonObject;
  readonly mode: Mode;
  readonly parallelism: number;
  readonly onFailure: OnFailure;
  /** Longest run time, in milliseconds. */
  readonly runTimeMs: number;
  /** The highest risk of any step, rollback calls included. */
  readonly risk: Risk;
  /** In plan order; `needs` only name steps of the plan. */
  readonly steps: readonly PlanStep[];
};

/** What never changes of a filed plan's version. */
type Filed = {
  readonly id: string;
  /** 1-based; an edit makes the next version and voids the votes. */
  readonly version: number;
  readonly plan: Plan;
  /** `planHash`: SHA-256 of the plan's canonical JSON (RFC 8785). */
  readonly hash: string;
  /** The source as the author wrote it (YAML or JSON), for the edit modal. */
  readonly source: string;
  readonly conversation: Conversation;
  readonly requester: Person;
  /** User ids of everyone who wrote a version; none of them can approve. */
  readonly editors: readonly string[];
  readonly rule: ApprovalRule;
  readonly policyVersion: string;
  /** Slack's id of the request that filed it: filing the same request twice yields the same plan. */
  readonly requestId: string;
  readonly filedAt: Instant;
  /** Counts every change of the record; saved with the expected value. */
  readonly revision: number;
};

export type AwaitingPlan = Filed & {
  readonly status: "awaiting-approval";
  readonly approveBy: Instant;
  readonly votes: readonly Vote[];
  readonly remindedAt: Instant | null;
};
export type ApprovedPlan = Filed & {
  readonly status: "approved";
  readonly votes: readonly Vote[];
  readonly verdict: Verdict;
  readonly decidedAt: Instant;
  readonly startBy: Instant;
  readonly runId: string;
};
export type RejectedPlan = Filed & {
  readonly status: "rejected";
  readonly votes: readonly Vote[];
  readonly verdict: Verdict;
  readonly decidedAt: Instant;
};
export type ExpiredPlan = Filed & {
  readonly status: "expired";
  readonly votes: readonly Vote[];
  readonly clock: "approve-by" | "start-by";
  readonly expiredAt: Instant;
};
export type WithdrawnPlan = Filed & {
  readonly status: "withdrawn";
  readonly votes: readonly Vote[];
  readonly withdrawnAt: Instant;
  readonly withdrawnBy: string;
  readonly reason: string | null;
};
/** Started once and never again. */
export type SpentPlan = Filed & {
  readonly status: "spent";
  readonly votes: readonly Vote[];
  readonly verdict: Verdict;
  readonly decidedAt: Instant;
  readonly runId: string;
  readonly spentAt: Instant;
};

export type PlanRecord =
  | AwaitingPlan
  | ApprovedPlan
  | RejectedPlan
  | ExpiredPlan
  | WithdrawnPlan
  | SpentPlan;

export type PlanStatus = PlanRecord["status"];

/** What a person must be told about a mistake in a plan, a playbook or an input. */
export type Problem = {
  /** Where: `steps[2].with.url`. Empty for the whole document. */
  readonly path: string;
  readonly found: string;
  readonly expected: string;
  /** The nearest valid name, for a likely typo. */
  readonly nearest?: string;
};

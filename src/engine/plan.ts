// A plan: an immutable, hashed version of what will run, and the record of its life from filing to spent.
// States hold exactly the data they have; only the functions in plan-life.ts move a record between them.

import type { Conversation, Person } from "./identity.ts";
import type { ErrorCategory } from "./failure.ts";
import type { Json, JsonObject } from "./json.ts";
import type { ApprovalRule, Clause } from "./policy.ts";
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
  /** Delays are drawn at random between the base delay and the backoff's bound. */
  readonly jitter: boolean;
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
  /** The operation's `undo` from the state captured before the step; the risk is the worst that it can be. */
  | { readonly kind: "captured"; readonly summary: string; readonly risk: Risk };

/** A question to the target before or after a step, asked again until it holds or its time is over. Only reads. */
export type Check = Call & { readonly retry: RetryPolicy };

/** A CEL condition and the names it sees: those of the plan, or of the nested playbook with this scope. */
export type Guard = { readonly source: string; readonly scope: string };

/** What happens when nobody answers in time. `continue`: the step runs with the defaults, and `timed_out` is true. */
export type InquiryTimeout = "fail" | "rollback" | "skip" | "continue";
/** `approve` only where the policy names the step's risk, and never for a destructive step. */
export type ApprovalTimeout = "fail" | "rollback" | "skip" | "approve";

/** An approval that a run waits for before one of its steps. */
export type StepApproval = {
  readonly message: string;
  readonly require: readonly Clause[];
  readonly timeoutMs: number;
  readonly onTimeout: ApprovalTimeout;
};

export const INQUIRY_FIELD_TYPES = ["text", "number", "choice", "user", "date", "secret"] as const;
export type InquiryFieldType = (typeof INQUIRY_FIELD_TYPES)[number];

/** One field of an inquiry's form. */
export type InquiryField = {
  readonly name: string;
  readonly type: InquiryFieldType;
  readonly label: string;
  readonly required: boolean;
  /** For `choice`: the only answers allowed. */
  readonly options: readonly string[];
  /** Filled in beforehand, and the answer when the time is over. Never for a secret. */
  readonly default: Json | null;
  /** Least number, least length of a text. */
  readonly min: number | null;
  readonly max: number | null;
  /** RE2; a text must match it as a whole. */
  readonly pattern: string | null;
};

/** A question a run asks a person before one of its steps. */
export type Inquiry = {
  readonly message: string;
  readonly fields: readonly InquiryField[];
  /** Null: the requester and whoever could approve the plan. */
  readonly from: { readonly groups: readonly string[]; readonly users: readonly string[] } | null;
  readonly timeoutMs: number;
  readonly onTimeout: InquiryTimeout;
};

/** The state of the world that the step was planned for: read before it runs, compared, and if it differs the run is held. */
export type Precondition = {
  readonly uses: string;
  readonly with: JsonObject;
  readonly profile: string | null;
  readonly captured: JsonObject;
};

/** The place of a `for_each` item. */
export type LoopPlace = {
  /** The id of the step as written. */
  readonly id: string;
  readonly index: number;
  /** One of the first items, which must all succeed before the others start. */
  readonly canary: boolean;
  /** Failed items, canaries aside, that are tolerated before the step counts as failed. */
  readonly maxFailures: number;
};

export type PlanStep = Call & {
  /**
   * Unique in the plan. A `for_each` step is expanded to `<id>[0]`, `<id>[1]`, ...; a step of a nested playbook
   * is `<id>.<inner id>`.
   */
  readonly id: string;
  /** Steps that must have succeeded, or been left out by their own condition. */
  readonly needs: readonly string[];
  /** Steps that must have ended, however: the order within a nested playbook, and the batches of a `for_each`. */
  readonly after: readonly string[];
  /** 0-based stage. In `graph` mode the level, for display only. */
  readonly stage: number;
  /** The stage's name, where its author gave one. */
  readonly stageName: string | null;
  /** Groups of {@link Plan.groups} whose parallelism it counts against. */
  readonly groups: readonly string[];
  readonly loop: LoopPlace | null;
  /** Key of {@link Plan.playbooks} whose names its expressions see; empty: the plan's own. */
  readonly scope: string;
  /** Conditions of the playbook steps it came from, outermost first; each must hold or it is skipped. */
  readonly guards: readonly Guard[];
  /** CEL; the step is skipped when it is false. */
  readonly when: string | null;
  /** CEL over `result`, `steps`, `inputs`; each must be true after a success or the attempt has failed. */
  readonly check: readonly string[];
  /** In order, before the step acts; one that fails fails the step. */
  readonly checksBefore: readonly Check[];
  /** In order, after the step has acted; one that fails fails the step. */
  readonly checksAfter: readonly Check[];
  /** Asked first, so that the approval shows what was answered. */
  readonly inquiry: Inquiry | null;
  readonly approval: StepApproval | null;
  readonly preconditions: readonly Precondition[];
  readonly retry: RetryPolicy;
  /** Longest time for all attempts, checks and waits between them together, in milliseconds; null: the run's. */
  readonly deadlineMs: number | null;
  readonly onFailure: OnFailure;
  readonly rollback: Rollback;
  /** Keys of what the step touches, where they are known at filing. */
  readonly locks: readonly string[];
  /** True when `with` still holds expressions: shown as such on the card, risk taken as the operation's worst. */
  readonly deferred: boolean;
};

/** A playbook used as a step: its names, and how its results are mapped out. */
export type NestedPlaybook = {
  readonly playbook: string;
  /** Its title with these inputs. */
  readonly title: string;
  readonly inputs: JsonObject;
  readonly vars: JsonObject;
  /** CEL over the playbook's own names; what `steps.<id>.result` is outside. */
  readonly outputs: Readonly<Record<string, string>>;
  /**
   * By a step's id in the playbook, its ids in the plan: one, or one for each item of a `for_each` (then `<id>[0]`,
   * ...). An id that is a key of {@link Plan.playbooks} is itself a playbook.
   */
  readonly steps: Readonly<Record<string, readonly string[]>>;
};

export type Plan = {
  readonly title: string;
  readonly environment: string;
  /** Name of the playbook it came from, null when written by hand. */
  readonly playbook: string | null;
  readonly inputs: JsonObject;
  /** Named values, evaluated when the plan was filed. */
  readonly vars: JsonObject;
  /** The allow-listed environment variables its expressions use, as they were when it was filed. */
  readonly env: JsonObject;
  /** Most steps at the same time, by group. */
  readonly groups: Readonly<Record<string, number>>;
  /** By scope: `<step id>`, or `<outer>.<inner>` when nested deeper. */
  readonly playbooks: Readonly<Record<string, NestedPlaybook>>;
  /** How long a run waits for somebody to retry or skip a step that failed under `stop`, in milliseconds. */
  readonly holdTimeMs: number;
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

/**
 * What a plan was made from, when it was more than somebody's words. Links and explains; not part of the hash,
 * because nothing of it runs. `notes`: complete sentences, of the ways back about what they leave as it is.
 */
export type PlanOrigin =
  /** Takes back what a finished run did. */
  | {
      readonly kind: "rollback";
      readonly runId: string;
      /** Where the run can be read. */
      readonly permalink: string | null;
      readonly notes: readonly string[];
    }
  /** Puts back what a checkpoint kept. */
  | {
      readonly kind: "restore";
      readonly checkpoint: string;
      readonly takenAt: Instant;
      readonly notes: readonly string[];
    }
  /** The plan of something that is over, asked for again. `notes`: what has changed since. */
  | {
      readonly kind: "replay";
      readonly planId: string;
      /** Null: it never ran. */
      readonly ofRun: string | null;
      readonly filedAt: Instant;
      /** Where it can be read. */
      readonly permalink: string | null;
      readonly notes: readonly string[];
    };

/** The glass was broken: one person acted without the quorum, and others look at it afterwards. */
export type Emergency = {
  readonly userId: string;
  /** Untrusted. */
  readonly reason: string;
  readonly at: Instant;
  /** When it must have been looked at. */
  readonly reviewBy: Instant;
  /** When the thread was last reminded of a review that is overdue. */
  readonly remindedAt: Instant | null;
  readonly review: {
    readonly userId: string;
    /** What was found, untrusted. */
    readonly note: string;
    readonly at: Instant;
  } | null;
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
  /** Null: made from what its requester wrote. Stays the same when the plan is edited. */
  readonly origin: PlanOrigin | null;
  readonly conversation: Conversation;
  readonly requester: Person;
  /** User ids of everyone who wrote a version; none of them can approve. */
  readonly editors: readonly string[];
  readonly rule: ApprovalRule;
  readonly policyVersion: string;
  /** Slack's id of the request that filed it: filing the same request twice yields the same plan. */
  readonly requestId: string;
  readonly filedAt: Instant;
  /** The plan in whose place it was filed, and the one that was filed in its place. */
  readonly supersedes: string | null;
  readonly supersededBy: string | null;
  /** When this version began to wait for its quorum. */
  readonly begunAt: Instant;
  /** Somebody acted alone: null in all other plans. */
  readonly emergency: Emergency | null;
  /** Counts every change of the record; saved with the expected value. */
  readonly revision: number;
};

/** How those who could approve this version are written to. */
export type Waves = {
  /** When the next of them are; null: nobody is left, or the policy has nobody reminded. */
  readonly nextAt: Instant | null;
  /** Those who were. */
  readonly told: readonly string[];
  /** When it was said that more people may approve; null: it was not. */
  readonly widenedAt: Instant | null;
};

export type AwaitingPlan = Filed & {
  readonly status: "awaiting-approval";
  readonly approveBy: Instant;
  readonly votes: readonly Vote[];
  readonly remindedAt: Instant | null;
  /** When its requester last had those who could approve reminded, of this version. */
  readonly nudgedAt: Instant | null;
  readonly waves: Waves;
  /** Since when too few people are left who could approve, as far as was noticed; null: there are enough. */
  readonly unreachableSince: Instant | null;
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

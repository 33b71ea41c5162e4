// Every reason for which Countersign says no, as a value. What it says in words is in explain-refusal.ts.

import type { Standing } from "./identity.ts";
import type { PlanStatus, Problem } from "./plan.ts";
import type { RunStatus, StepStatus } from "./run.ts";
import type { ApprovalEnd } from "./asked-approval.ts";
import type { InquiryEnd as AskedEnd } from "./asked-inquiry.ts";
import type { StateDifference } from "./state-difference.ts";
import type { StepUpRefusal } from "./step-up-refusal.ts";
import type { Instant } from "./time.ts";
import type { VerdictNode } from "./verdict.ts";
import type { Apart } from "./vote-together.ts";

export type RefusedStanding = Extract<Standing, { kind: "refused" }>["reason"];

export type Refusal =
  | { readonly code: "not-a-member"; readonly reason: RefusedStanding }
  | {
      readonly code: "channel-not-allowed";
      readonly channelId: string;
      readonly environment: string | null;
    }
  | { readonly code: "channel-shared"; readonly channelId: string }
  | {
      readonly code: "unknown-environment";
      readonly found: string;
      readonly nearest: string | null;
    }
  | {
      readonly code: "operation-not-allowed";
      readonly operation: string;
      readonly environment: string;
      readonly userId: string;
    }
  /** They may ask for it, but elsewhere. */
  | {
      readonly code: "operation-not-here";
      readonly operation: string;
      readonly environment: string;
      readonly userId: string;
      readonly channelIds: readonly string[];
    }
  | {
      readonly code: "operation-not-permitted";
      readonly stepId: string;
      readonly operation: string;
      readonly sentence: string;
    }
  | {
      readonly code: "profile-not-allowed";
      readonly profile: string;
      readonly operation: string;
      readonly environment: string;
    }
  | { readonly code: "plan-invalid"; readonly problems: readonly Problem[] }
  | { readonly code: "secret-found"; readonly path: string; readonly what: string }
  | { readonly code: "playbook-not-found"; readonly found: string; readonly nearest: string | null }
  | {
      readonly code: "operation-not-found";
      readonly found: string;
      readonly nearest: string | null;
    }
  /** A policy says that nobody may ask for this. */
  | { readonly code: "forbidden"; readonly policy: string; readonly reason: string }
  /** A policy could not be worked out, so it refuses. */
  | { readonly code: "policy-error"; readonly policy: string; readonly error: string }
  /** It could not start before its approval would have run out. */
  | {
      readonly code: "frozen";
      readonly name: string;
      readonly reason: string;
      readonly environment: string;
      readonly until: Instant;
    }
  | { readonly code: "quorum-unreachable"; readonly tree: VerdictNode }
  | { readonly code: "too-many-pending"; readonly pending: number; readonly limit: number }
  | { readonly code: "plan-not-found"; readonly planId: string }
  | { readonly code: "run-not-found"; readonly runId: string }
  | {
      readonly code: "already-decided";
      readonly status: PlanStatus;
      readonly byUserIds: readonly string[];
    }
  /** `byPlanId` was filed in its place. */
  | { readonly code: "superseded"; readonly planId: string; readonly byPlanId: string }
  | { readonly code: "stale-version"; readonly seen: number; readonly current: number }
  | { readonly code: "hash-changed" }
  /** It is approved by itself only. */
  | { readonly code: "not-together"; readonly planId: string; readonly why: Apart }
  /** Heard late: the same person has said something else since. */
  | { readonly code: "said-otherwise-since"; readonly about: "plan" | "step" }
  | { readonly code: "expired"; readonly clock: "approve-by" | "start-by" }
  | { readonly code: "self-approval"; readonly whoCan: readonly string[] }
  | { readonly code: "editor-approval"; readonly whoCan: readonly string[] }
  | {
      readonly code: "not-an-approver";
      readonly groups: readonly string[];
      readonly whoCan: readonly string[];
    }
  | { readonly code: "reason-missing"; readonly of?: "step" | "skip" | "glass" | "review" }
  /** Not named, or nobody is in this environment: then `whoCan` is empty. */
  | {
      readonly code: "glass-not-yours";
      readonly environment: string;
      readonly whoCan: readonly string[];
    }
  | {
      readonly code: "glass-frozen";
      readonly name: string;
      readonly reason: string;
      readonly environment: string;
      readonly until: Instant;
    }
  /** Its approvals take a passkey, and the configuration does not let one word stand for that. */
  | { readonly code: "glass-passkey"; readonly planId: string }
  /** The same person broke the glass before, and nobody has looked at it yet. */
  | { readonly code: "review-open"; readonly planId: string; readonly at: Instant }
  | { readonly code: "nothing-to-review"; readonly planId: string }
  | { readonly code: "already-reviewed"; readonly planId: string; readonly userId: string }
  | { readonly code: "own-glass"; readonly whoCan: readonly string[] }
  | { readonly code: "self-review"; readonly whoCan: readonly string[] }
  | { readonly code: "review-too-early"; readonly planId: string; readonly status: RunStatus }
  | { readonly code: "not-yours"; readonly attempted: string; readonly whoCan: readonly string[] }
  | { readonly code: "nothing-changed" }
  /** They were reminded lately: not before `again`. */
  | { readonly code: "nudged-lately"; readonly again: Instant }
  | { readonly code: "run-ended"; readonly status: RunStatus }
  | { readonly code: "no-such-question" }
  | {
      readonly code: "step-not-found";
      readonly found: string;
      readonly nearest: string | null;
      readonly known: readonly string[];
    }
  | { readonly code: "step-approval-not-open"; readonly stepId: string }
  /** A step was named, and the plan has no run that could ask for its approval. */
  | {
      readonly code: "step-without-run";
      readonly stepId: string;
      readonly planId: string;
      readonly status: PlanStatus;
    }
  | {
      readonly code: "step-approval-closed";
      readonly stepId: string;
      readonly outcome: ApprovalEnd["outcome"];
      readonly byUserIds: readonly string[];
    }
  /** The step asked again since: what was looked at is an earlier question. */
  | { readonly code: "step-approval-stale"; readonly stepId: string }
  | { readonly code: "inquiry-not-open"; readonly stepId: string }
  | {
      readonly code: "inquiry-closed";
      readonly stepId: string;
      readonly how: AskedEnd["kind"];
      readonly byUserIds: readonly string[];
    }
  /** The step asked again since: what was answered is an earlier question. */
  | { readonly code: "inquiry-stale"; readonly stepId: string }
  | { readonly code: "answer-invalid"; readonly problems: readonly FieldProblem[] }
  /** The plan asks for a secret, and nothing here can keep one. */
  | { readonly code: "no-secret-key"; readonly stepId: string; readonly sentence: string }
  | { readonly code: "run-not-held"; readonly status: RunStatus }
  | { readonly code: "step-not-failed"; readonly stepId: string; readonly status: StepStatus }
  | { readonly code: "step-has-begun"; readonly stepId: string; readonly status: StepStatus }
  /** At a command line, where nobody is known by name. */
  | {
      readonly code: "retry-needs-person";
      readonly runId: string;
      readonly heldFor: readonly string[];
    }
  | { readonly code: "self-skip"; readonly whoCan: readonly string[] }
  | { readonly code: "self-override"; readonly whoCan: readonly string[] }
  /** `known`: the targets whose open breakers hold the run back. */
  | {
      readonly code: "breaker-not-in-the-way";
      readonly found: string | null;
      readonly known: readonly string[];
    }
  | { readonly code: "run-detached"; readonly runId: string }
  | { readonly code: "run-not-ended"; readonly runId: string; readonly status: RunStatus }
  /** It waits, is approved, or runs. */
  | {
      readonly code: "replay-too-early";
      readonly planId: string;
      readonly status: PlanStatus | RunStatus;
    }
  /** It was made from what was recorded then, about a world that has moved on. */
  | {
      readonly code: "replay-of-way-back";
      readonly planId: string;
      readonly of: "rollback" | "restore";
    }
  | {
      readonly code: "replay-gone";
      readonly planId: string;
      readonly problems: readonly Problem[];
    }
  /** `stays`: complete sentences about what was done and has no way back. */
  | {
      readonly code: "nothing-to-take-back";
      readonly runId: string;
      readonly stays: readonly string[];
    }
  | {
      readonly code: "already-rolled-back";
      readonly runId: string;
      /** The plan that did it; null: the run itself. */
      readonly byPlanId: string | null;
    }
  | { readonly code: "rollback-pending"; readonly runId: string; readonly planId: string }
  /** What a run left is not as it left it. */
  | {
      readonly code: "world-moved-on";
      readonly runId: string;
      readonly differences: readonly (StateDifference & { readonly stepId: string })[];
    }
  /** The state now could not be read, so nothing can be compared; `unread`: complete sentences. */
  | { readonly code: "state-unreadable"; readonly unread: readonly string[] }
  | { readonly code: "checkpoint-name-invalid"; readonly found: string }
  | {
      readonly code: "checkpoint-exists";
      readonly name: string;
      readonly takenAt: Instant;
      /** Null: Countersign took it. */
      readonly takenBy: string | null;
    }
  | {
      readonly code: "checkpoint-not-found";
      readonly found: string;
      readonly nearest: string | null;
    }
  /** `why`: complete sentences. */
  | {
      readonly code: "nothing-to-capture";
      readonly planId: string;
      readonly why: readonly string[];
    }
  | { readonly code: "delegate-self" }
  | {
      readonly code: "delegate-not-a-member";
      readonly userId: string;
      readonly reason: RefusedStanding;
    }
  | {
      readonly code: "delegation-time";
      readonly until: Instant;
      readonly why: "past" | "too-long";
    }
  | { readonly code: "no-delegation" }
  | StepUpRefusal
  | {
      readonly code: "directory-unavailable";
      readonly detail: string;
      /** The groups that are not known. */
      readonly groups?: readonly string[];
      /** What an operator must do, in complete sentences; left out: waiting may help. */
      readonly remedy?: string;
    };

/** Nothing is decided while it is not known who is in these groups. */
export function unknownMembers(groups: readonly string[]): Refusal {
  const detail = `the members of ${groups.join(" and ")} are not known`;
  return { code: "directory-unavailable", detail, groups };
}

/** What is wrong with the answer in one field of a form; holds nothing of a secret. */
export type FieldProblem = { readonly field: string; readonly sentence: string };

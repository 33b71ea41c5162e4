// Everything the audit log can say. Append-only and hash-chained in the database; a run's events are its state.

import type { Actor, Conversation } from "./identity.ts";
import type { PlanOrigin } from "./plan.ts";
import type { ApprovalRule } from "./policy.ts";
import type { RunEvent } from "./run.ts";
import type { Assertion } from "./step-up.ts";
import type { Instant } from "./time.ts";

/**
 * What happened to a plan, a request or a person's attempt to do something. Each kind is read back by its schema in
 * decision-event-schema.ts, without which nothing compiles.
 */
export type DecisionEvent =
  | {
      readonly kind: "plan.filed";
      readonly version: number;
      readonly hash: string;
      readonly title: string;
      readonly environment: string;
      readonly risk: string;
      readonly operations: readonly string[];
      readonly policyVersion: string;
      /** Who must approve it, as that policy has it. */
      readonly rule: ApprovalRule;
      readonly requestId: string;
      /** The plan in whose place it was filed. */
      readonly supersedes?: string;
      /** What it was made from, as its card says it; absent: what its requester wrote. */
      readonly origin?: PlanOrigin;
      /** The run that it takes back. */
      readonly rollsBack?: string;
      /** The checkpoint that it puts back. */
      readonly restores?: string;
    }
  /** Asked for while the same plan waited already, so it was not filed again; the actor is who asked once more. */
  | {
      readonly kind: "plan.coalesced";
      readonly version: number;
      readonly hash: string;
      /** Who asked for the plan that waits. */
      readonly requesterId: string;
      readonly requestId: string;
      readonly entry: EntryPath;
    }
  /** The state of what a plan manages was read and kept under this name. */
  | {
      readonly kind: "checkpoint.taken";
      readonly name: string;
      /** Steps whose state was read, and those where it could not be. */
      readonly captured: readonly string[];
      readonly unread: readonly string[];
      readonly requestId: string;
    }
  | {
      readonly kind: "plan.edited";
      readonly version: number;
      readonly hash: string;
      readonly previousHash: string;
      readonly policyVersion: string;
      readonly rule: ApprovalRule;
      readonly votesVoided: number;
      /** Whose votes stand, because the policy is sticky and nothing risky was added. */
      readonly votesKept?: readonly string[];
      readonly requestId: string;
    }
  | {
      readonly kind: "vote.cast";
      readonly version: number;
      readonly hash: string;
      readonly policyVersion: string;
      /** Digest of what was rendered to the voter, null where nothing was, and how it was drawn. */
      readonly viewHash: string | null;
      readonly viewFormat: number | null;
      readonly choice: "approve" | "reject";
      readonly reason: string | null;
      readonly groups: readonly string[];
      readonly requestId: string;
      readonly entry: EntryPath;
      /** A passkey's signature over this vote, where one was asked for; docs/operations/step-up.md says how it is checked again. */
      readonly proof?: { readonly passkey: string; readonly assertion: Assertion };
    }
  | {
      readonly kind: "plan.approved";
      readonly version: number;
      readonly hash: string;
      readonly counted: readonly string[];
      readonly explanation: string;
    }
  | {
      readonly kind: "plan.rejected";
      readonly version: number;
      readonly hash: string;
      readonly explanation: string;
    }
  | {
      readonly kind: "plan.expired";
      readonly version: number;
      readonly clock: "approve-by" | "start-by";
    }
  | { readonly kind: "plan.withdrawn"; readonly version: number; readonly reason: string | null }
  /** One person acted without the quorum. */
  | {
      readonly kind: "plan.glass-broken";
      readonly version: number;
      readonly hash: string;
      readonly policyVersion: string;
      readonly viewHash: string | null;
      readonly viewFormat: number | null;
      readonly reason: string;
      /** Everyone who could have approved. */
      readonly skipped: readonly string[];
      readonly reviewBy: Instant;
      readonly requestId: string;
      readonly entry: EntryPath;
    }
  /** Somebody else looked at what came of a broken glass. */
  | {
      readonly kind: "plan.reviewed";
      readonly version: number;
      readonly brokenBy: string;
      readonly note: string;
      readonly requestId: string;
      readonly entry: EntryPath;
    }
  /** The thread was reminded of a review that is overdue. */
  | { readonly kind: "plan.review-overdue"; readonly version: number; readonly brokenBy: string }
  /** Another plan was filed in its place. */
  | { readonly kind: "plan.superseded"; readonly version: number; readonly byPlanId: string }
  /** Its requester had those who could approve reminded. */
  | {
      readonly kind: "plan.nudged";
      readonly version: number;
      readonly people: readonly string[];
      readonly requestId: string;
      readonly entry: EntryPath;
    }
  | { readonly kind: "plan.reminded"; readonly version: number; readonly people: readonly string[] }
  /** It has waited so long that these may approve, too. `people`: those who were told now. */
  | {
      readonly kind: "plan.widened";
      readonly version: number;
      readonly groups: readonly string[];
      readonly users: readonly string[];
      readonly people: readonly string[];
    }
  /** Too few people were left who could approve it; and there are enough again. */
  | { readonly kind: "plan.unreachable"; readonly version: number; readonly explanation: string }
  | { readonly kind: "plan.reachable"; readonly version: number }
  | {
      readonly kind: "plan.previewed";
      readonly hash: string;
      readonly title: string;
      readonly environment: string;
    }
  /** Its actor handed their say to another until then. `replaces`: the delegation that ended by this. */
  | {
      readonly kind: "delegation.made";
      readonly delegationId: string;
      readonly toUserId: string;
      readonly until: Instant;
      readonly replaces: string | null;
      readonly requestId: string;
    }
  | {
      readonly kind: "delegation.revoked";
      readonly delegationId: string;
      readonly toUserId: string;
      readonly requestId: string;
    }
  /** A person opened a page of the full plan. An approval of a cut card needs all pages opened; `last` marks the final one. */
  | {
      readonly kind: "plan.viewed";
      readonly version: number;
      readonly hash: string;
      readonly page: number;
      readonly last: boolean;
      /** Digest of what the page shows, and how it was drawn. */
      readonly viewHash: string;
      readonly viewFormat: number;
    }
  /** A passkey with which this person can approve from now on; the key, so that its signatures can be checked again. */
  | {
      readonly kind: "passkey.registered";
      /** SHA-256 of the credential id. */
      readonly passkey: string;
      /** COSE key, base 64 URL. */
      readonly publicKey: string;
      readonly synced: boolean;
      readonly entry: EntryPath;
    }
  /** A passkey that counts no more: lost, or not this person's. */
  | {
      readonly kind: "passkey.removed";
      readonly passkey: string;
      readonly userId: string;
      readonly entry: EntryPath;
      /** The operating system's name for whoever removed it. */
      readonly operator: string;
    }
  /** The chain's head as it was before this event was handed to a channel (null: none) and written to a file. */
  | {
      readonly kind: "audit.head-published";
      readonly seq: number;
      readonly hash: string;
      readonly channelId: string | null;
      readonly file: "none" | "written" | "failed";
      /** The system's word for why, such as `ENOSPC`. */
      readonly fileError?: string;
    }
  /** A month of the log was written to a file and taken off: the chain goes on after its row `last`, whose hash this is. */
  | {
      readonly kind: "audit.detached";
      /** `2025-10` */
      readonly month: string;
      readonly first: number;
      readonly last: number;
      readonly hash: string;
      readonly file: string;
      /** Of the file. */
      readonly sha256: string;
      /** The operating system's name for whoever did it. */
      readonly operator: string;
    }
  /** A message that can never be sent (channel archived, bot removed) was given up. */
  | { readonly kind: "message.abandoned"; readonly notice: string; readonly error: string }
  | {
      readonly kind: "control.requested";
      readonly request: string;
      readonly entry: EntryPath;
      /** The operating system's name for whoever asked on a command line. */
      readonly operator?: string;
    }
  /** Something was asked for and refused; `code` from the refusal's union, `attempted` in the glossary's words. */
  | {
      readonly kind: "refused";
      readonly attempted: string;
      readonly code: string;
      readonly explanation: string;
      readonly entry: EntryPath;
      readonly operator?: string;
    };

/** Where a request came in. Every path calls the same function. */
export type EntryPath =
  | "button"
  | "modal"
  | "command"
  | "mention"
  | "shortcut"
  | "command-line"
  | "web";

export type AuditEvent = RunEvent | DecisionEvent;

/** An event on its way into the log. The log adds sequence, previous hash and hash. */
export type AuditEntry = {
  readonly at: Instant;
  readonly teamId: string;
  readonly actor: Actor;
  readonly conversation: Conversation | null;
  readonly planId: string | null;
  readonly runId: string | null;
  readonly event: AuditEvent;
};

/** An event of the log as stored and exported. */
export type AuditRow = {
  readonly teamId: string;
  /** 1-based and gapless per workspace. */
  readonly seq: number;
  readonly at: Instant;
  readonly kind: string;
  /** `person:<user id>` or `system:<part>`. */
  readonly actor: string;
  readonly conversationId: string | null;
  readonly planId: string | null;
  readonly runId: string | null;
  /** The event without its kind, as canonical JSON text exactly as hashed. */
  readonly data: string;
  /** Of the event and of those before it in the same link. */
  readonly digest: string;
  /** Numbers of the first and last event of its link: what was written of one run at once has one place in the chain. */
  readonly first: number;
  readonly last: number;
  /** Of the link before, and of this one. */
  readonly previousHash: string;
  readonly hash: string;
};

/** The last row of a workspace's chain at some time, as it can be noted elsewhere. */
export type AuditHead = { readonly teamId: string; readonly seq: number; readonly hash: string };

/** What narrows plans, and the events that belong to them. Every field narrows. */
type Narrowing = {
  readonly teamId: string;
  readonly person?: string;
  readonly environment?: string;
  readonly operation?: string;
  readonly outcome?: string;
  readonly since?: Instant;
  readonly until?: Instant;
  readonly text?: string;
  readonly planId?: string;
  readonly runId?: string;
  readonly limit: number;
};

/** Filters of `/ops history` and `countersign history`: plans. */
export type HistoryFilter = Narrowing & {
  /** Goes on after this plan of an earlier page: only those filed before it. */
  readonly before?: string;
};

/** Filters of `audit export`: events. */
export type EventFilter = Narrowing & {
  /** A kind, or a family of them: `vote.cast`, `vote.*`. */
  readonly kind?: string;
};

/** A plan or run as `/ops history` lists it, newest first. */
export type HistoryItem = {
  readonly planId: string;
  readonly runId: string | null;
  readonly title: string;
  readonly environment: string;
  readonly risk: string;
  readonly requesterId: string;
  readonly outcome: string;
  /** Somebody broke the glass for it. */
  readonly emergency: boolean;
  readonly filedAt: Instant;
  readonly permalink: string | null;
};

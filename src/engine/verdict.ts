// Votes and the verdict: one pure decision over facts, answered as a tree that explains itself.
// Order: expired, then denied, then approved; a denial beats an approval (reference: approval rule 2).

import type { Standing } from "./identity.ts";
import type { JsonObject } from "./json.ts";
import type { ApprovalRule } from "./policy.ts";
import type { Instant } from "./time.ts";

/** One person's newest word on one plan version. */
export type Vote = {
  readonly planVersion: number;
  readonly planHash: string;
  readonly userId: string;
  readonly choice: "approve" | "reject";
  /** A rejection's reason, untrusted. */
  readonly reason: string | null;
  /** Groups of the policy the voter was in when voting. */
  readonly groups: readonly string[];
  readonly policyVersion: string;
  /** Slack's id of the request that carried the vote. */
  readonly requestId: string;
  readonly at: Instant;
  /** The version it was cast for, when an edit left it standing (`sticky`). */
  readonly carriedFrom?: number;
  /** Digest of the passkey that proved who voted, where the policy asks for that. */
  readonly stepUp?: string;
};

/** Somebody votes in the place of somebody else until a moment. */
export type DelegatedVote = {
  readonly fromUserId: string;
  readonly toUserId: string;
  readonly until: Instant;
};

/** Everything the decision looks at, gathered at one instant. */
export type VerdictFacts = {
  readonly now: Instant;
  readonly planVersion: number;
  readonly planHash: string;
  readonly requesterId: string;
  readonly editorIds: readonly string[];
  readonly rule: ApprovalRule;
  readonly approveBy: Instant;
  readonly votes: readonly Vote[];
  /** Members of each group of the policy now; a group that could not be asked is absent. */
  readonly members: Readonly<Record<string, readonly string[]>>;
  /** Standing of every person named by votes, groups and clauses that could be asked. */
  readonly standings: Readonly<Record<string, Standing["kind"] | "unavailable">>;
  /** Those in force now. */
  readonly delegations: readonly DelegatedVote[];
  /** The time after which {@link ApprovalRule.widen} lets more people vote has come. */
  readonly widened: boolean;
  /** What the filters of clauses see as `plan`. */
  readonly plan: JsonObject;
  /** Approved beforehand, by the standing approval of this name. */
  readonly standing: string | null;
};

export type VerdictStatus = "met" | "waiting" | "denied" | "expired" | "unreachable";

/** A node of the explanation. `sentence` is complete and plain, without mark-up; people are `@<user id>`. */
export type VerdictNode = {
  readonly name: string;
  readonly status: VerdictStatus;
  readonly sentence: string;
  readonly children: readonly VerdictNode[];
};

export type Verdict = {
  readonly outcome: "waiting" | "approved" | "denied" | "expired" | "unreachable";
  /** What approved it; null: it is not approved. */
  readonly by: "votes" | "nobody-needed" | "standing" | "timeout" | "break-glass" | null;
  readonly tree: VerdictNode;
  /** Approvals that count, each in the one clause it fills. */
  readonly counted: readonly { readonly userId: string; readonly clause: number }[];
  /** Votes that don't count, and why in one sentence. */
  readonly ignored: readonly { readonly userId: string; readonly reason: string }[];
  /** Distinct approvals needed in all, and had. */
  readonly needed: number;
  readonly had: number;
  /** User ids who could still fill an open clause. */
  readonly couldApprove: readonly string[];
};

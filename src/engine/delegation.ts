// A delegation: for a time, one person decides in the place of another. Says when it holds and what is written of
// it; whether the delegate's vote counts for a plan is decided with all other facts (eligibility.ts).

import type { AuditEntry } from "./audit-event.ts";
import type { Instant } from "./time.ts";

/** The longest time for which somebody may hand their say to another. */
export const LONGEST_DELEGATION_MS = 30 * 86_400_000;

export type Delegation = {
  readonly id: string;
  readonly teamId: string;
  /** Whose say it is. */
  readonly fromUserId: string;
  /** Who has it meanwhile. They cannot hand it on: a delegation of a delegate counts for nobody. */
  readonly toUserId: string;
  /** It holds before this moment. */
  readonly until: Instant;
  readonly createdAt: Instant;
  /** When it was taken back or another took its place; null: never. */
  readonly revokedAt: Instant | null;
  /** Slack's id of the request, so that working on it twice makes one. */
  readonly requestId: string;
};

/** The port that keeps delegations. A person has one delegate at a time: a newer delegation replaces the one before. */
export type DelegationStore = {
  /**
   * Keeps it, ends the one it replaces, and writes what `entryFor` says of that, in one transaction. The same
   * request again writes nothing and answers what it made. `entryFor` is called once at most and must be pure.
   */
  add(
    delegation: Delegation,
    entryFor: (replaced: Delegation | null) => AuditEntry,
  ): Promise<
    | { readonly kind: "added"; readonly replaced: Delegation | null }
    | { readonly kind: "already-added"; readonly delegation: Delegation }
  >;
  /** Ends the one that this person has given and that holds at `at`, and writes `entryFor` in one transaction. Null: there is none. */
  revoke(
    from: { readonly teamId: string; readonly userId: string; readonly at: Instant },
    entryFor: (revoked: Delegation) => AuditEntry,
  ): Promise<Delegation | null>;
  /** Those that hold now, oldest first. */
  active(teamId: string, now: Instant): Promise<readonly Delegation[]>;
};

/** True from the moment it was made until it ends, is taken back or is replaced. */
export function holdsAt(delegation: Delegation, now: Instant): boolean {
  const { createdAt, until, revokedAt } = delegation;
  return createdAt <= now && now < until && (revokedAt === null || now < revokedAt);
}

// Delegations kept in memory, for tests. Runs under the same contract suite as the Postgres store.

import type { AuditEntry } from "#engine/audit-event.ts";
import { holdsAt } from "#engine/delegation.ts";
import type { Delegation, DelegationStore } from "#engine/delegation.ts";

/** @param append where the audit entries go. */
export function createMemoryDelegations(
  append: (entries: readonly AuditEntry[]) => void,
): DelegationStore {
  const kept: Delegation[] = [];
  const end = (delegation: Delegation, at: number): Delegation => {
    const ended = { ...delegation, revokedAt: at };
    kept[kept.indexOf(delegation)] = ended;
    return ended;
  };
  return {
    add: async (delegation, entryFor) => {
      const { teamId, fromUserId, requestId, createdAt } = delegation;
      const earlier = kept.find((one) => one.teamId === teamId && one.requestId === requestId);
      if (earlier !== undefined) return { kind: "already-added", delegation: earlier };
      const open = kept.find(
        (one) => one.teamId === teamId && one.fromUserId === fromUserId && holdsAt(one, createdAt),
      );
      const replaced = open === undefined ? null : end(open, createdAt);
      kept.push(delegation);
      append([entryFor(replaced)]);
      return { kind: "added", replaced };
    },
    revoke: async ({ teamId, userId, at }, entryFor) => {
      const open = kept.find(
        (one) => one.teamId === teamId && one.fromUserId === userId && holdsAt(one, at),
      );
      if (open === undefined) return null;
      const revoked = end(open, at);
      append([entryFor(revoked)]);
      return revoked;
    },
    active: async (teamId, now) =>
      kept
        .filter((one) => one.teamId === teamId && holdsAt(one, now))
        .toSorted((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1)),
  };
}

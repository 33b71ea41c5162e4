// Step-ups and passkeys in memory, for tests. Runs under the same contract suite as the Postgres store.

import type { AuditEntry } from "#engine/audit-event.ts";
import type { Notice } from "#engine/notice.ts";
import type { Passkey, StepUpKey, StepUpStore } from "#engine/passkey.ts";
import { overAt } from "#engine/step-up.ts";
import type { StepUp } from "#engine/step-up.ts";

export type MemoryStepUps = StepUpStore & { readonly notices: readonly Notice[] };

/** @param append where the audit entries go. */
export function createMemoryStepUps(
  append: (entries: readonly AuditEntry[]) => void,
): MemoryStepUps {
  const kept = new Map<string, StepUp>();
  const passkeys = new Map<string, Passkey>();
  const notices: Notice[] = [];
  const find = (key: StepUpKey): StepUp | undefined =>
    [...kept.values()].find((stepUp) => {
      if ("link" in key) return stepUp.link === key.link;
      if ("session" in key) return stepUp.status !== "issued" && stepUp.session === key.session;
      return (
        (stepUp.status === "proven" || stepUp.status === "spent") && stepUp.proof.id === key.proof
      );
    });
  const keyOf = (teamId: string, digest: string): string => `${teamId}/${digest}`;

  return {
    notices,
    issue: async (stepUp) => {
      for (const [link, other] of kept)
        if (
          other.teamId === stepUp.teamId &&
          other.userId === stepUp.userId &&
          other.planId === stepUp.planId
        )
          kept.delete(link);
      kept.set(stepUp.link, stepUp);
    },
    find: async (key) => find(key) ?? null,
    change: async (key, decide) => {
      const before = find(key);
      if (before === undefined) return null;
      const { stepUp, answer } = decide(before);
      if (stepUp !== null) kept.set(before.link, stepUp);
      return answer;
    },
    tell: async (told) => {
      append(told.events);
      notices.push(...told.notices);
    },
    removeOver: async (before) => {
      const over = [...kept.values()].filter((stepUp) => overAt(stepUp) < before);
      for (const { link } of over) kept.delete(link);
      return over.length;
    },
    passkeys: async (teamId, userId) =>
      [...passkeys.values()]
        .filter((passkey) => passkey.teamId === teamId && passkey.userId === userId)
        .toSorted((a, b) => a.registeredAt - b.registeredAt || (a.digest < b.digest ? -1 : 1)),
    addPasskey: async (passkey, told) => {
      const key = keyOf(passkey.teamId, passkey.digest);
      const { teamId, userId } = passkey;
      const has = [...passkeys.values()].some(
        (other) => other.teamId === teamId && other.userId === userId,
      );
      if (has || passkeys.has(key)) return "exists";
      passkeys.set(key, passkey);
      append(told.events);
      notices.push(...told.notices);
      return "added";
    },
    usePasskey: async (teamId, digest, counter, at) => {
      const key = keyOf(teamId, digest);
      const before = passkeys.get(key);
      if (before === undefined) return "unknown";
      const counts = counter > before.counter || (counter === 0 && before.counter === 0);
      if (!counts) return "behind";
      passkeys.set(key, { ...before, counter, usedAt: at });
      return "used";
    },
    removePasskey: async (teamId, digest, { events }) => {
      if (!passkeys.delete(keyOf(teamId, digest))) return "unknown";
      append(events);
      return "removed";
    },
  };
}

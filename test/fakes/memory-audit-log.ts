// An audit log in memory, for tests: it keeps entries in order and has no chain.

import type { AuditEntry } from "#engine/audit-event.ts";
import type { AuditLog } from "#engine/message-store.ts";

export type MemoryAuditLog = AuditLog & {
  readonly entries: readonly AuditEntry[];
  /** Writes at once, for stores that share the log. */
  readonly write: (entries: readonly AuditEntry[]) => void;
  readonly kinds: () => readonly string[];
};

export function createMemoryAuditLog(): MemoryAuditLog {
  const entries: AuditEntry[] = [];
  const write = (added: readonly AuditEntry[]): void => {
    entries.push(...added);
  };
  return {
    entries,
    write,
    kinds: () => entries.map(({ event }) => event.kind),
    append: async (added) => write(added),
    rows: async function* () {
      // Rows carry hashes, which only the real log makes.
    },
    history: async () => [],
  };
}

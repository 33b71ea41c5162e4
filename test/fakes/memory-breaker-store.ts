// Breakers' states in memory, for as many processes as a test has.

import type { BreakerStore, StoredBreaker } from "#engine/breaker-store.ts";

export type MemoryBreakerStore = BreakerStore & {
  /** States kept so far: what a healthy target costs. */
  readonly written: () => number;
};

export function createMemoryBreakerStore(): MemoryBreakerStore {
  const kept = new Map<string, StoredBreaker>();
  let written = 0;
  return {
    written: () => written,
    list: async () => [...kept.values()],
    get: async (target) => kept.get(target) ?? null,
    put: async (target, version, breaker) => {
      if ((kept.get(target)?.version ?? 0) !== version) return false;
      kept.set(target, { target, version: version + 1, breaker });
      written += 1;
      return true;
    },
  };
}

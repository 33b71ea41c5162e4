// Durations of operations in memory.

import { KEPT_SAMPLES } from "#engine/timings.ts";
import type { Samples, TimingStore } from "#engine/timings.ts";

export function createMemoryTimingStore(): TimingStore {
  const kept = new Map<string, Samples>();
  return {
    add: async (samples) => {
      for (const [operation, durations] of samples)
        kept.set(operation, [...(kept.get(operation) ?? []), ...durations].slice(-KEPT_SAMPLES));
    },
    samples: async (operations) =>
      new Map([...kept].filter(([operation]) => operations.includes(operation))),
  };
}

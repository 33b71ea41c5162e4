// Identifiers that count, so that a test can name them: `pl-1`, `run-1`, `pl-2`.

import type { IdSource } from "#engine/time.ts";

export function createCountingIds(): IdSource {
  const counts = new Map<string, number>();
  const next = (prefix: string): string => {
    const count = (counts.get(prefix) ?? 0) + 1;
    counts.set(prefix, count);
    return `${prefix}-${count}`;
  };
  return { next, token: () => next("token") };
}

// A clock that moves when a test moves it. Sleepers wake in order of time.

import type { Clock, Instant } from "#engine/time.ts";

export type ManualClock = Clock & {
  /** Moves on and wakes whoever slept until then. */
  readonly advance: (byMs: number) => void;
  /** Sleepers left, so that a test can say that none are. */
  readonly sleeping: () => number;
};

type Sleeper = { readonly until: Instant; readonly wake: () => void };

export function createManualClock(start: Instant = Date.UTC(2026, 10, 21, 9, 0)): ManualClock {
  let now = start;
  const sleepers = new Set<Sleeper>();
  return {
    now: () => now,
    sleeping: () => sleepers.size,
    sleep: (delayMs, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted === true || delayMs <= 0) {
          resolve();
          return;
        }
        const wake = (): void => {
          sleepers.delete(sleeper);
          signal?.removeEventListener("abort", wake);
          resolve();
        };
        const sleeper: Sleeper = { until: now + delayMs, wake };
        sleepers.add(sleeper);
        signal?.addEventListener("abort", wake, { once: true });
      }),
    advance: (byMs) => {
      now += byMs;
      const due = [...sleepers]
        .filter(({ until }) => until <= now)
        .toSorted((a, b) => a.until - b.until);
      for (const { wake } of due) wake();
    },
  };
}

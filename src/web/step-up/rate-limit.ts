// How much one address may ask of the pages: people need a dozen requests, whoever tries things out many more. A link
// is 256 random bits, so this keeps load away, not guesses.

import type { Instant } from "#engine/time.ts";

const WINDOW_MS = 60_000;
/** Addresses remembered in a minute; with more the count begins anew for all. */
const MAX_KEYS = 10_000;

/** Seconds after which it may go on; null: now. */
export type RateLimit = (address: string, now: Instant) => number | null;

export function createRateLimit(perMinute: number): RateLimit {
  const counts = new Map<string, number>();
  let until = 0;
  return (address, now) => {
    if (now >= until || now < until - WINDOW_MS || counts.size >= MAX_KEYS) {
      counts.clear();
      until = now + WINDOW_MS;
    }
    const count = (counts.get(address) ?? 0) + 1;
    counts.set(address, count);
    return count <= perMinute ? null : Math.ceil((until - now) / 1000);
  };
}

// Slack's rate limits per method (tiers a minute; one message a second and channel with a small burst), when enabled.

import type { Clock } from "./clock.ts";
import type { RateTier } from "./web-api/method.ts";

const perMinute = { 1: 1, 2: 20, 3: 50, 4: 100 } as const;
const windowMs = 60_000;
/** A channel takes a short burst before the limit of one message a second bites. */
const channelBurst = 5;

export class RateLimits {
  readonly #clock: Clock;
  readonly #calls = new Map<string, readonly number[]>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Counts the call, or returns the seconds to wait when it is one too many. */
  admit(method: string, tier: RateTier, channel: string): number | undefined {
    if (tier === "post-message")
      return this.#admitWithin(`${method} ${channel}`, channelBurst, channelBurst * 1000);
    return this.#admitWithin(method, perMinute[tier], windowMs);
  }

  #admitWithin(key: string, max: number, spanMs: number): number | undefined {
    const nowMs = this.#clock.now();
    const recent = (this.#calls.get(key) ?? []).filter((atMs) => atMs > nowMs - spanMs);
    const oldest = recent[0];
    if (oldest !== undefined && recent.length >= max)
      return Math.max(1, Math.ceil((oldest + spanMs - nowMs) / 1000));
    this.#calls.set(key, [...recent, nowMs]);
    return undefined;
  }
}

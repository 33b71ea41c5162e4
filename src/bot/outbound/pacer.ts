// When the next call of a Slack method may go out: one bucket per method and workspace, one per channel for
// posts, and Slack's own Retry-After over everything. Pure but for what it remembers; it is told the time.

import type { Instant } from "#engine/time.ts";

type Rate = {
  /** Calls that may go out at once. */
  readonly burst: number;
  readonly perMinute: number;
};

// Slack's tiers are per method, workspace and app (docs.slack.dev/apis/web-api/rate-limits). A tenth is left
// for calls that are not paced here, such as looking people up.
const TIER_3: Rate = { burst: 8, perMinute: 45 };
const TIER_4: Rate = { burst: 15, perMinute: 90 };
const RATES = {
  "chat.postMessage": { burst: 20, perMinute: 240 },
  "chat.postEphemeral": TIER_4,
  "chat.update": TIER_3,
  "views.publish": TIER_4,
  "conversations.open": TIER_3,
  "conversations.history": TIER_3,
  "conversations.replies": TIER_3,
  "chat.getPermalink": { burst: 20, perMinute: 200 },
  "files.upload": { burst: 5, perMinute: 18 },
} as const satisfies Record<string, Rate>;
export type PacedMethod = keyof typeof RATES;

/** "Roughly one message per second per channel, short bursts allowed." */
const CHANNEL: Rate = { burst: 3, perMinute: 60 };

/** How fast messages go out. */
export type Pace = {
  /** How many times Slack's rates calls may go out at; more than 1 only where nothing limits them. */
  readonly timesSlack: number;
  /** A run's progress is edited at most this often; what happens in between is in the next edit. */
  readonly progressEveryMs: number;
  /** Everything else that is edited follows at once, votes on a card for example. */
  readonly editEveryMs: number;
};

export const SLACKS_PACE: Pace = { timesSlack: 1, progressEveryMs: 3_000, editEveryMs: 300 };

type Bucket = { tokens: number; at: Instant };

export class Pacer {
  readonly #times: number;
  readonly #buckets = new Map<string, Bucket>();
  readonly #closedUntil = new Map<PacedMethod, Instant>();

  /** @param times `Pace.timesSlack` */
  constructor(times = 1) {
    this.#times = times;
  }

  /**
   * Reserves a place for one call and answers in how many milliseconds it may go out; null when that is longer than
   * `patienceMs`, and then nothing is reserved.
   */
  reserve(
    method: PacedMethod,
    channelId: string | null,
    now: Instant,
    patienceMs: number,
  ): number | null {
    const closed = Math.max(0, (this.#closedUntil.get(method) ?? 0) - now);
    const limited = this.#limits(method, channelId);
    const waits = limited.map(([name, rate]) => waitFor(this.#bucket(name, rate, now), rate));
    const waitMs = Math.max(closed, ...waits);
    if (waitMs > patienceMs) return null;
    for (const [name, rate] of limited) this.#bucket(name, rate, now).tokens -= 1;
    return Math.ceil(waitMs);
  }

  /** How long this method is closed or crowded, without reserving anything. */
  waitMs(method: PacedMethod, channelId: string | null, now: Instant): number {
    const closed = Math.max(0, (this.#closedUntil.get(method) ?? 0) - now);
    const waits = this.#limits(method, channelId).map(([name, rate]) =>
      waitFor(this.#bucket(name, rate, now), rate),
    );
    return Math.ceil(Math.max(closed, ...waits));
  }

  /** Slack said 429: the whole method rests, whichever channel it was about. */
  close(method: PacedMethod, until: Instant): void {
    this.#closedUntil.set(method, Math.max(until, this.#closedUntil.get(method) ?? 0));
  }

  /** The rates that a call keeps to, each with the name of its bucket. */
  #limits(method: PacedMethod, channelId: string | null): readonly (readonly [string, Rate])[] {
    const ofMethod = [method, times(RATES[method], this.#times)] as const;
    if (method !== "chat.postMessage" || channelId === null) return [ofMethod];
    return [ofMethod, [`channel ${channelId}`, times(CHANNEL, this.#times)]];
  }

  #bucket(name: string, rate: Rate, now: Instant): Bucket {
    const bucket = this.#buckets.get(name) ?? { tokens: rate.burst, at: now };
    const gained = (Math.max(0, now - bucket.at) * rate.perMinute) / 60_000;
    bucket.tokens = Math.min(rate.burst, bucket.tokens + gained);
    bucket.at = Math.max(bucket.at, now);
    this.#buckets.set(name, bucket);
    if (this.#buckets.size > 5_000) this.#forget(now);
    return bucket;
  }

  /** Channels that have been quiet long enough are full again: they need no memory. */
  #forget(now: Instant): void {
    for (const [name, bucket] of this.#buckets) {
      if (now - bucket.at > 60_000) this.#buckets.delete(name);
    }
  }
}

/** Tokens below one are a debt of earlier reservations: each waits its turn. */
function waitFor(bucket: Bucket, rate: Rate): number {
  return bucket.tokens >= 1 ? 0 : ((1 - bucket.tokens) * 60_000) / rate.perMinute;
}

function times({ burst, perMinute }: Rate, factor: number): Rate {
  return { burst: burst * factor, perMinute: perMinute * factor };
}

// Trigger ids: proof that a person just did something, good for one modal within three seconds.

import type { Clock } from "./clock.ts";

/** Slack's. */
const slacksLifetimeMs = 3000;
const rememberedMs = 60_000;

export interface Trigger {
  readonly user: string;
  /** The modal in which the person acted, when they did. */
  readonly viewId?: string;
}

export type Exchange =
  | { readonly ok: true; readonly trigger: Trigger }
  | {
      readonly ok: false;
      readonly error: "invalid_trigger_id" | "expired_trigger_id" | "exchanged_trigger_id";
    };

interface Issued {
  readonly trigger: Trigger;
  readonly issuedMs: number;
  exchanged: boolean;
}

export class TriggerBook {
  readonly #clock: Clock;
  readonly #lifetimeMs: number;
  readonly #issued = new Map<string, Issued>();
  #count = 0;

  constructor(clock: Clock, lifetimeMs = slacksLifetimeMs) {
    this.#clock = clock;
    this.#lifetimeMs = lifetimeMs;
  }

  issue(trigger: Trigger): string {
    this.#forgetOld();
    this.#count += 1;
    const nowMs = this.#clock.now();
    const id = `${nowMs}.${this.#count}.${(nowMs * 31 + this.#count).toString(16).padStart(32, "0")}`;
    this.#issued.set(id, { trigger, issuedMs: nowMs, exchanged: false });
    return id;
  }

  /** Uses the trigger up. A failed `views.open` after this has still spent it, as in Slack. */
  exchange(id: string): Exchange {
    const issued = this.#issued.get(id);
    if (issued === undefined) {
      return {
        ok: false,
        error: /^\d+\.\d+\.\w+$/.test(id) ? "expired_trigger_id" : "invalid_trigger_id",
      };
    }
    if (issued.exchanged) return { ok: false, error: "exchanged_trigger_id" };
    if (this.#clock.now() - issued.issuedMs > this.#lifetimeMs)
      return { ok: false, error: "expired_trigger_id" };
    issued.exchanged = true;
    return { ok: true, trigger: issued.trigger };
  }

  #forgetOld(): void {
    for (const [id, { issuedMs }] of this.#issued) {
      if (this.#clock.now() - issuedMs > rememberedMs) this.#issued.delete(id);
    }
  }
}

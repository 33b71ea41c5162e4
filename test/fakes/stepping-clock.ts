// A clock that stands still until it is moved. Timers fire in order, and everything they set off has settled
// before the next one fires.

import type { Clock, Instant } from "#engine/time.ts";

type Timer = { readonly at: Instant; readonly order: number; readonly fire: () => void };

export class SteppingClock implements Clock {
  #now: Instant;
  readonly #timers: Timer[] = [];
  #order = 0;
  #offsetMs = 0;

  constructor(start: Instant = Date.UTC(2026, 10, 20, 12)) {
    this.#now = start;
  }

  now(): Instant {
    return this.#now + this.#offsetMs;
  }

  /** The clock is set, forwards or backwards; who sleeps sleeps as long as before. */
  jump(ms: number): void {
    this.#offsetMs += ms;
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted === true || delayMs <= 0) {
        resolve();
        return;
      }
      const abort = (): void => {
        this.#timers.splice(this.#timers.indexOf(timer), 1);
        resolve();
      };
      const fire = (): void => {
        // A signal that lives long would otherwise collect every sleep it ever saw.
        signal?.removeEventListener("abort", abort);
        resolve();
      };
      const timer = { at: this.#now + delayMs, order: (this.#order += 1), fire };
      this.#timers.push(timer);
      signal?.addEventListener("abort", abort, { once: true });
    });
  }

  /** When the next timer fires; null: none waits. */
  next(): Instant | null {
    let next: Instant | null = null;
    for (const { at } of this.#timers) if (next === null || at < next) next = at;
    return next;
  }

  /** Moves on by `ms` milliseconds, firing what is due on the way. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    for (let next = this.next(); next !== null && next <= end; next = this.next())
      await this.#fireAt(next);
    this.#now = end;
    await settle();
  }

  /** Lets time pass timer by timer until `done` holds. @throws when it doesn't within `limitMs`. */
  async until(done: () => boolean, limitMs = 86_400_000): Promise<void> {
    const end = this.#now + limitMs;
    await settle();
    while (!done()) {
      const next = this.next();
      if (next === null) throw new Error("nothing is left that could happen");
      if (next > end) throw new Error(`it did not happen within ${limitMs} ms`);
      await this.#fireAt(next);
    }
  }

  async #fireAt(at: Instant): Promise<void> {
    this.#now = Math.max(this.#now, at);
    let first: Timer | null = null;
    for (const timer of this.#timers) {
      const sooner = first === null || timer.at < first.at;
      if (sooner || (timer.at === first?.at && timer.order < first.order)) first = timer;
    }
    if (first === null || first.at > at) return;
    this.#timers.splice(this.#timers.indexOf(first), 1);
    first.fire();
    await settle();
  }
}

/** Resolves when every promise that could settle by itself has. */
async function settle(): Promise<void> {
  await new Promise<void>((resolve) => {
    setImmediate(resolve);
  });
}

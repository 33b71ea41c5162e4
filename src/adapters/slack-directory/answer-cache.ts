// Remembers Slack's answers for a minute, for display; shares a question that is already on its way. A fresh
// answer always comes from a question that had not been answered when it was asked for.

import type { Clock, Instant } from "#engine/time.ts";

const OLDEST_MS = 60_000;
const MOST = 5_000;

export class AnswerCache<T> {
  readonly #clock: Clock;
  readonly #answers = new Map<string, { readonly value: T; readonly at: Instant }>();
  readonly #asking = new Map<string, Promise<T>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async get(key: string, freshness: "fresh" | "cached", ask: () => Promise<T>): Promise<T> {
    const known = this.#answers.get(key);
    if (freshness === "cached" && known !== undefined && this.#clock.now() - known.at < OLDEST_MS)
      return known.value;
    // A hundred clicks at once ask once: Slack allows twenty questions about groups a minute.
    return this.#asking.get(key) ?? this.#ask(key, ask);
  }

  #ask(key: string, ask: () => Promise<T>): Promise<T> {
    const asking = ask()
      .then((value) => {
        this.#answers.delete(key);
        this.#answers.set(key, { value, at: this.#clock.now() });
        const [oldest] = this.#answers.keys();
        if (this.#answers.size > MOST && oldest !== undefined) this.#answers.delete(oldest);
        return value;
      })
      .finally(() => this.#asking.delete(key));
    this.#asking.set(key, asking);
    return asking;
  }
}

// What this process remembers of its own tries to send: whether one may have arrived without an answer, and
// when a message was last edited. Losing it costs a look into Slack, never a doubled message.

import type { OutboxItem } from "#engine/notice.ts";
import type { Instant } from "#engine/time.ts";

const MOST = 10_000;

export class TryMemory {
  readonly #tries = new Map<number, { readonly tries: number; readonly maybeArrived: boolean }>();
  readonly #editedAt = new Map<string, Instant>();

  /** True unless this is the first try, or every earlier one was ours and certainly sent nothing. */
  mayHaveArrived(item: OutboxItem): boolean {
    if (item.tries <= 1) return false;
    const last = this.#tries.get(item.id);
    return last === undefined || last.maybeArrived || last.tries !== item.tries - 1;
  }

  /** This try sent nothing, unless {@link unanswered} said otherwise. */
  notSent(item: OutboxItem): void {
    if (this.#tries.get(item.id)?.tries === item.tries) return;
    this.#remember(item, this.mayHaveArrived(item));
  }

  /** This try had no answer: it may have arrived. */
  unanswered(item: OutboxItem): void {
    this.#remember(item, true);
  }

  sent(item: OutboxItem, at: Instant): void {
    this.#tries.delete(item.id);
    this.#editedAt.delete(item.key);
    this.#editedAt.set(item.key, at);
    forgetOldest(this.#editedAt);
  }

  forget(item: OutboxItem): void {
    this.#tries.delete(item.id);
  }

  /** When the next edit may go out, or null for now. */
  nextEditAt(key: string, now: Instant, everyMs: number): Instant | null {
    const next = (this.#editedAt.get(key) ?? 0) + everyMs;
    return next > now ? next : null;
  }

  #remember(item: OutboxItem, maybeArrived: boolean): void {
    this.#tries.delete(item.id);
    this.#tries.set(item.id, { tries: item.tries, maybeArrived });
    forgetOldest(this.#tries);
  }
}

function forgetOldest<K>(map: Map<K, unknown>): void {
  if (map.size <= MOST) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}

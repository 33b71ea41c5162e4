// Bells in memory. They can be made to fail, as a queue does: a ring is then lost and nobody is told.

import type { Bell, Dispatcher } from "#engine/dispatcher.ts";
import type { Clock } from "#engine/time.ts";

export class MemoryDispatcher implements Dispatcher {
  readonly #clock: Clock;
  readonly #handlers = new Map<Bell, Set<(id: string) => Promise<void>>>();
  /** While true, every ring is lost. */
  down = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async ring(bell: Bell, id: string, delayMs = 0): Promise<boolean> {
    if (this.down) return false;
    if (delayMs > 0) await this.#clock.sleep(delayMs);
    for (const handler of this.#handlers.get(bell) ?? []) await handler(id);
    return true;
  }

  async listen(
    bell: Bell,
    _concurrency: number,
    handler: (id: string) => Promise<void>,
  ): Promise<() => Promise<void>> {
    const handlers = this.#handlers.get(bell) ?? new Set();
    this.#handlers.set(bell, handlers.add(handler));
    return async () => void handlers.delete(handler);
  }

  async healthy(): Promise<boolean> {
    return !this.down;
  }

  async close(): Promise<void> {
    this.#handlers.clear();
  }
}

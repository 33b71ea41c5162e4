// Rings inside one process. Keeps nothing: after a restart the sweeper rings for what Postgres holds.

import type { Bell, Dispatcher } from "#engine/dispatcher.ts";

/** Node fires a timer above this at once. A ring for later than 24 days is left to the sweeper. */
const LONGEST_TIMER_MS = 2_147_483_647;

type Listener = {
  readonly concurrency: number;
  readonly handler: (id: string) => Promise<void>;
  readonly running: Set<Promise<void>>;
};

type BellState = {
  /** Ids rung and not yet handed to a listener, in order, each once. */
  readonly waiting: Set<string>;
  readonly listeners: Set<Listener>;
};

export type InProcessOptions = {
  /** Told of a handler that rejected; its ring is not repeated. */
  readonly onError: (error: unknown) => void;
};

export function createInProcessDispatcher(options: InProcessOptions): Dispatcher {
  const bells = new Map<Bell, BellState>();
  const timers = new Set<NodeJS.Timeout>();
  let closed = false;

  function stateOf(bell: Bell): BellState {
    const state = bells.get(bell) ?? { waiting: new Set(), listeners: new Set() };
    bells.set(bell, state);
    return state;
  }

  function ringNow(bell: Bell, id: string): void {
    const state = stateOf(bell);
    state.waiting.add(id);
    for (const listener of state.listeners) serve(state, listener);
  }

  function serve(state: BellState, listener: Listener): void {
    while (listener.running.size < listener.concurrency) {
      const [id] = state.waiting;
      if (id === undefined) return;
      state.waiting.delete(id);
      const run = Promise.resolve()
        .then(() => listener.handler(id))
        .catch(options.onError)
        .finally(() => {
          listener.running.delete(run);
          if (state.listeners.has(listener)) serve(state, listener);
        });
      listener.running.add(run);
    }
  }

  async function finished(listener: Listener): Promise<void> {
    while (listener.running.size > 0) await Promise.all(listener.running);
  }

  return {
    ring(bell, id, delayMs = 0) {
      if (closed) return Promise.resolve(false);
      if (delayMs <= 0) {
        ringNow(bell, id);
        return Promise.resolve(true);
      }
      if (delayMs > LONGEST_TIMER_MS) return Promise.resolve(false);
      const timer = setTimeout(() => {
        timers.delete(timer);
        ringNow(bell, id);
      }, delayMs);
      timers.add(timer);
      return Promise.resolve(true);
    },

    listen(bell, concurrency, handler) {
      const state = stateOf(bell);
      const listener: Listener = { concurrency, handler, running: new Set() };
      state.listeners.add(listener);
      serve(state, listener);
      return Promise.resolve(() => {
        state.listeners.delete(listener);
        return finished(listener);
      });
    },

    healthy: () => Promise.resolve(!closed),

    async close() {
      closed = true;
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
      const listeners = [...bells.values()].flatMap((state) => [...state.listeners]);
      bells.clear();
      await Promise.all(listeners.map(finished));
    },
  };
}

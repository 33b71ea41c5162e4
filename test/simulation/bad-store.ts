// A store that fails: single calls, before they reach the database or after they were committed, and all of them for
// a while, as in a restart.

import type { BreakerStore } from "#engine/breaker-store.ts";
import type { RunStore } from "#engine/run-store.ts";

export class StoreDown extends Error {
  override readonly name = "StoreDown";
}

export type Weather = {
  readonly isDown: () => boolean;
  /** Whether the next call meets a failure of its own; asked twice for each call. */
  readonly fails: () => boolean;
};

async function fail<T>(weather: Weather, act: () => Promise<T>): Promise<T> {
  if (weather.isDown() || weather.fails()) throw new StoreDown("before the commit");
  const answer = await act();
  if (weather.isDown() || weather.fails()) throw new StoreDown("after the commit");
  return answer;
}

export function badBreakers(store: BreakerStore, weather: Weather): BreakerStore {
  return {
    list: () => fail(weather, () => store.list()),
    get: (target) => fail(weather, () => store.get(target)),
    put: (...args) => fail(weather, () => store.put(...args)),
  };
}

export function badStore(store: RunStore, weather: Weather): RunStore {
  const failing = <T>(act: () => Promise<T>): Promise<T> => fail(weather, act);
  return {
    ...store,
    claim: (...args) => failing(() => store.claim(...args)),
    flush: (flush) => failing(() => store.flush(flush)),
    renew: (...args) => failing(() => store.renew(...args)),
    lockWait: (...args) => failing(() => store.lockWait(...args)),
    takeLocks: (...args) => failing(() => store.takeLocks(...args)),
    controls: (...args) => failing(() => store.controls(...args)),
    appendOutput: (chunks) => failing(() => store.appendOutput(chunks)),
    view: (runId) => failing(() => store.view(runId)),
    nextWake: () => failing(() => store.nextWake()),
  };
}

// A store that fails: single calls, before they reach the database or after they were committed, and all of them for
// a while, as in a restart.

import type { RunStore } from "#engine/run-store.ts";

export class StoreDown extends Error {
  override readonly name = "StoreDown";
}

/** @param given.fails whether the next call meets a failure of its own; asked twice for each call. */
export function badStore(
  store: RunStore,
  given: { readonly isDown: () => boolean; readonly fails: () => boolean },
): RunStore {
  const failing = async <T>(act: () => Promise<T>): Promise<T> => {
    if (given.isDown() || given.fails()) throw new StoreDown("before the commit");
    const answer = await act();
    if (given.isDown() || given.fails()) throw new StoreDown("after the commit");
    return answer;
  };
  return {
    ...store,
    claim: (...args) => failing(() => store.claim(...args)),
    flush: (flush) => failing(() => store.flush(flush)),
    renew: (...args) => failing(() => store.renew(...args)),
    controls: (...args) => failing(() => store.controls(...args)),
    appendOutput: (chunks) => failing(() => store.appendOutput(chunks)),
    view: (runId) => failing(() => store.view(runId)),
    nextWake: () => failing(() => store.nextWake()),
  };
}

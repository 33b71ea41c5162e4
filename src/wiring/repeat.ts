// Does a chore again and again, one at a time, until it is told to stop.

import type { Clock } from "#engine/time.ts";

/** Returns how to stop; that waits for a chore under way. A chore that fails is reported and tried again. */
export function repeat(
  everyMs: number,
  clock: Clock,
  onError: (error: unknown) => void,
  chore: () => Promise<void>,
): () => Promise<void> {
  const stop = new AbortController();
  const loop = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      try {
        await chore();
      } catch (error) {
        onError(error);
      }
      await clock.sleep(everyMs, stop.signal);
    }
  };
  const running = loop();
  return async () => {
    stop.abort();
    await running;
  };
}

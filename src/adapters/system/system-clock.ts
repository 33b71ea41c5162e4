// The process's clock behind the engine's port.

import type { Clock } from "#engine/time.ts";

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (delayMs, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted === true) {
        resolve();
        return;
      }
      const finish = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", finish);
        resolve();
      };
      // Node fires timers above 2^31-1 ms at once; waking early is harmless, firing in a loop is not.
      const timer = setTimeout(finish, Math.min(Math.max(delayMs, 0), 2_147_483_647));
      signal?.addEventListener("abort", finish, { once: true });
    }),
};

// Waits for a condition that no event announces: a row in Postgres, a request at a target, a port that answers.

import { setTimeout as pause } from "node:timers/promises";

const LOOK_AGAIN_MS = 25;

/** The first truthy answer. Rejects with what was waited for when the time is over. */
export async function until<T>(
  what: string,
  ask: () => T | Promise<T>,
  timeoutMs = 15_000,
): Promise<Exclude<Awaited<T>, undefined | null | false | "" | 0>> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer) return answer as Exclude<Awaited<T>, undefined | null | false | "" | 0>;
    if (performance.now() > deadline) throw new Error(`waited ${timeoutMs} ms for ${what} in vain`);
    await pause(LOOK_AGAIN_MS);
  }
}

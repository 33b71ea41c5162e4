// A clock whose time passes and whose sleepers never wake by it: whoever goes on has been told to. What a program
// does under it, no sweep, no poll and no renewal has brought about.

import type { Clock } from "#engine/time.ts";
import { createJumpingClock } from "./jumping-clock.ts";
import type { JumpingClock } from "./jumping-clock.ts";

/** For the program alone: Slack's playground keeps a clock that runs. */
export function createStandingClock(): JumpingClock {
  const sleep: Clock["sleep"] = (delayMs, signal) =>
    new Promise((resolve) => {
      if (delayMs <= 0 || signal?.aborted === true) return resolve();
      signal?.addEventListener("abort", () => resolve(), { once: true });
      return undefined;
    });
  return { ...createJumpingClock(), engine: { now: () => Date.now(), sleep } };
}

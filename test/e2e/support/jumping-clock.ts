// A clock that runs like the real one and can be moved on by hours: whoever sleeps past the new time wakes.

import type { Clock } from "#engine/time.ts";
import type { Cancel, Clock as PlaygroundClock } from "#playground/clock.ts";

export type JumpingClock = {
  readonly engine: Clock;
  /** The same time for the playground, which signs its requests with it. */
  readonly playground: PlaygroundClock;
  jump(byMs: number): void;
};

type Timer = { readonly dueAt: number; readonly fire: () => void; handle: NodeJS.Timeout };

export function createJumpingClock(): JumpingClock {
  let ahead = 0;
  const timers = new Set<Timer>();
  const now = (): number => Date.now() + ahead;

  const schedule = (delayMs: number, task: () => void): Cancel => {
    const cancel = (): void => {
      clearTimeout(timer.handle);
      timers.delete(timer);
    };
    const fire = (): void => {
      cancel();
      task();
    };
    const waitMs = Math.min(Math.max(delayMs, 0), 2_147_483_647);
    const timer: Timer = { dueAt: now() + delayMs, fire, handle: setTimeout(fire, waitMs) };
    timers.add(timer);
    return cancel;
  };

  const sleep: Clock["sleep"] = (delayMs, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted === true) return resolve();
      const finish = (): void => {
        cancel();
        signal?.removeEventListener("abort", finish);
        resolve();
      };
      const cancel = schedule(delayMs, finish);
      signal?.addEventListener("abort", finish, { once: true });
      return undefined;
    });

  return {
    engine: { now, sleep },
    playground: { now, schedule },
    jump(byMs) {
      ahead += byMs;
      const due = [...timers].filter(({ dueAt }) => dueAt <= now());
      for (const timer of due.toSorted((a, b) => a.dueAt - b.dueAt)) timer.fire();
    },
  };
}

// What the speaking half does by the clock: announces clocks that ran out, takes up requests a dead process
// left, each round independent of the other. The intervals are the composition root's.

import { expirePlans } from "#engine/expire-plans.ts";
import type { Clock } from "#engine/time.ts";
import type { BotPorts, Log } from "./bot-ports.ts";
import { ringOutbox } from "./reply.ts";

export type Sweeper = {
  start(): void;
  /** Resolves when the round that runs is done. */
  stop(): Promise<void>;
};

/** Calls `round` every `everyMs`, the first time at once, until stopped. A round that rejects is logged and repeated. */
export function createSweeper(options: {
  readonly name: string;
  readonly everyMs: number;
  readonly round: () => Promise<unknown>;
  readonly clock: Clock;
  readonly log: Log;
}): Sweeper {
  const { name, everyMs, round, clock, log } = options;
  const stopped = new AbortController();
  let running: Promise<void> = Promise.resolve();
  const run = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      try {
        await round();
      } catch (error) {
        log.error({ err: error, sweeper: name }, "a sweep failed and will be repeated");
      }
      await clock.sleep(everyMs, stopped.signal);
    }
  };
  return {
    start: () => {
      running = run();
    },
    stop: async () => {
      stopped.abort();
      await running;
    },
  };
}

/** Announces expiries and reminders. Expiry itself is enforced whenever a plan is read. */
export async function announceClocks(ports: BotPorts): Promise<number> {
  const announced = await expirePlans(ports);
  if (announced > 0) await ringOutbox(ports);
  return announced;
}

// Writes one flush of a run so that its answer is certain, also when the store fails in the middle: it is sent again
// under the same number, which the store writes once. Never without the lease.

import type { FlushAnswer, RunFlush, RunStore } from "./run-store.ts";
import type { Clock } from "./time.ts";

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5_000;

/**
 * Resolves with the store's answer, however long the store is away; with `fenced` once the lease is lost.
 * @param given.lost aborted when the lease is lost.
 */
export async function flushCertainly(given: {
  readonly runs: Pick<RunStore, "flush">;
  readonly clock: Clock;
  readonly flush: RunFlush;
  readonly lost: AbortSignal;
  readonly report: (error: unknown) => void;
}): Promise<FlushAnswer> {
  const { runs, clock, lost } = given;
  let { flush } = given;
  for (
    let pauseMs = FIRST_PAUSE_MS;
    !lost.aborted;
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)
  ) {
    try {
      return await runs.flush(flush);
    } catch (error) {
      given.report(error);
    }
    await clock.sleep(pauseMs, lost);
    flush = { ...flush, at: clock.now() };
  }
  return { kind: "fenced" };
}

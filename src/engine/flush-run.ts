// Writes one flush of a run so that its answer is certain, also when the store fails in the middle: the run's
// log then says whether it was written. Never writes twice and never without the lease.

import type { FlushAnswer, RunFlush, RunStore } from "./run-store.ts";
import type { Clock } from "./time.ts";

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5_000;

/**
 * Resolves with the store's answer, however long the store is away; with `fenced` once the lease is lost.
 * @param given.known how many events of the run were recorded before this flush.
 * @param given.lost aborted when the lease is lost.
 */
export async function flushCertainly(given: {
  readonly runs: Pick<RunStore, "flush" | "view">;
  readonly clock: Clock;
  readonly flush: RunFlush;
  readonly known: number;
  readonly lost: AbortSignal;
  readonly report: (error: unknown) => void;
}): Promise<FlushAnswer> {
  const { runs, clock, known, lost } = given;
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
    const recorded = await recordedEvents(given, pauseMs);
    if (recorded === null) break;
    if (recorded !== known) {
      // More than ours: another worker went on from there.
      return { kind: recorded === known + flush.events.length ? "written" : "fenced" };
    }
    flush = { ...flush, at: clock.now() };
  }
  return { kind: "fenced" };
}

/** Null: the lease was lost before the store answered, or the run is gone. */
async function recordedEvents(
  { runs, clock, flush, lost, report }: Parameters<typeof flushCertainly>[0],
  firstPauseMs: number,
): Promise<number | null> {
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    await clock.sleep(pauseMs, lost);
    if (lost.aborted) return null;
    try {
      const view = await runs.view(flush.runId);
      return view === null ? null : view.events.length;
    } catch (error) {
      report(error);
    }
  }
}

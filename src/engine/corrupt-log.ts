// What is thrown when a run's log holds an event that is not allowed where the run stands: a defect of what wrote it.

import { callKey } from "./notice.ts";
import type { RunState } from "./run-state.ts";
import type { RunEvent } from "./run.ts";

/** A run's log holds something that cannot have happened. */
export class CorruptLog extends Error {
  override readonly name = "CorruptLog";
}

/** @throws {CorruptLog} unless `allowed`. */
export function requireAllowed(state: RunState, event: RunEvent, allowed: boolean): void {
  if (!allowed) refuseEvent(state, event, null);
}

/** @throws {CorruptLog} naming the event and the state it met. */
export function refuseEvent(state: RunState, event: RunEvent, detail: string | null): never {
  const { status, direction } = state;
  const where = "attempt" in event ? ` of "${callKey(event.call)}", attempt ${event.attempt},` : "";
  const met = `the run is ${status}${direction === "back" ? ", going back" : ""}`;
  throw new CorruptLog(
    `${event.kind}${where} is not allowed here: ${met}${detail === null ? "" : ` and ${detail}`}`,
  );
}

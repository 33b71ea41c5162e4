// Since when the open calls of a run are being tried, from its events: so that a wait between two tries counts,
// whoever drives the run by then, and a wait for people, for a breaker or for a lost worker does not.

import { callKey } from "./notice.ts";
import type { CallRef, RecordedRunEvent } from "./run.ts";
import type { Instant } from "./time.ts";

export class CallTimes {
  /** By `callKey`. A call that is not here is not timed. */
  readonly #since = new Map<string, Instant>();

  apply({ at, event }: RecordedRunEvent): void {
    switch (event.kind) {
      case "attempt.started":
        if (event.repeat !== undefined) this.#since.delete(callKey(event.call));
        else if (event.attempt === 1) this.#since.set(callKey(event.call), at);
        return;
      case "attempt.failed":
        if (event.retryAt === null) this.#since.delete(callKey(event.call));
        return;
      case "attempt.succeeded":
      case "attempt.unknown":
      case "step.delayed":
        this.#since.delete(callKey(event.call));
        return;
      case "run.paused":
      case "run.held":
        this.#since.clear();
        return;
      default:
    }
  }

  /** When its first attempt began; null: it is not timed. */
  since(call: CallRef): Instant | null {
    return this.#since.get(callKey(call)) ?? null;
  }
}

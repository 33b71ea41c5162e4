// The clock of what people are asked inside a run, told from the run's events: it stands while the run is paused or
// held, because nothing that they say is carried out then.

import { endsRun } from "./run.ts";
import type { RecordedRunEvent, RunEvent } from "./run.ts";
import type { Instant } from "./time.ts";

export type AskingClock = {
  /** Since when it stands; null: it goes. */
  readonly since: Instant | null;
  /** How long it stood before that, in milliseconds. */
  readonly stoodMs: number;
};

export const GOING: AskingClock = { since: null, stoodMs: 0 };

/** The clock after one more event. */
export function clockAfter(clock: AskingClock, { at, event }: RecordedRunEvent): AskingClock {
  if (stops(event.kind)) return clock.since === null ? { ...clock, since: at } : clock;
  return clock.since !== null && goesOn(event.kind)
    ? { since: null, stoodMs: stoodUntil(clock, at) }
    : clock;
}

/** How long it has stood in all by `now`, in milliseconds. */
export function stoodUntil({ since, stoodMs }: AskingClock, now: Instant): number {
  return since === null ? stoodMs : stoodMs + Math.max(0, now - since);
}

/** The event stops it or lets it go on, so what is said of it changes. */
export function movesClock(kind: RunEvent["kind"]): boolean {
  return stops(kind) || goesOn(kind);
}

function stops(kind: RunEvent["kind"]): boolean {
  return kind === "run.paused" || kind === "run.held";
}

function goesOn(kind: RunEvent["kind"]): boolean {
  if (kind === "run.resumed" || kind === "run.rollback-started") return true;
  if (kind === "run.cancel-requested") return true;
  return endsRun(kind);
}

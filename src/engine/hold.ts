// Why nothing of a run may start now. A cause that may pass by itself (a service that could not be asked, a thing that
// another run has) is looked at again by a timer; the others wait for a person.

import type { Instant } from "./time.ts";

export type Hold = {
  /** Complete sentences. */
  readonly reasons: readonly string[];
  /** It may pass without anybody doing anything. */
  readonly mayPass?: true;
  /** The run that has what a step of this one needs. */
  readonly waitsFor?: string;
};

export const FIRST_LOOK_MS = 15_000;
export const LATER_LOOKS_MS = 300_000;

/** When to look again: soon at first, later ever less often, because each look is two lines of the run's log. */
export function nextLook(now: Instant, heldSince: Instant): Instant {
  return now + Math.min(Math.max(now - heldSince, FIRST_LOOK_MS), LATER_LOOKS_MS);
}

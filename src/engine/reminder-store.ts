// The port that keeps count of reminders, so that nobody gets more of them in an hour than they can bear, whichever
// plans they are about and whichever process sends them.

import type { Instant } from "./time.ts";

/** Most reminders that one person gets in an hour, over all plans. */
export const REMINDERS_PER_HOUR = 6;

export type ReminderStore = {
  /**
   * Those who may be written to about this version of a plan, each counted once for it. Asking again about the same
   * version allows the same people without counting them again, as after a crash.
   * @param ask.perHour most reminders of one person within an hour before `at`.
   */
  allow(ask: {
    readonly teamId: string;
    readonly planId: string;
    readonly version: number;
    readonly userIds: readonly string[];
    readonly at: Instant;
    readonly perHour: number;
  }): Promise<readonly string[]>;
};

// Recurring times by cron expressions in a time zone. The library knows months, leap years and changes of the clock.

import { Cron } from "croner";
import type { Calendar } from "#engine/calendar.ts";

export const cronCalendar: Calendar = {
  occurrence({ starts, timeZone, lastsMs }, at) {
    // All last equally long, so the newest ends last. The library leaves the asked moment itself out.
    const [newest] = cron(starts, timeZone).previousRuns(1, new Date(at + 1_000));
    const from = newest?.getTime();
    if (from === undefined || from > at || at >= from + lastsMs) return null;
    return { from, until: from + lastsMs };
  },
};

/** What is wrong with a cron expression, in one sentence; null: nothing. */
export function cronProblem(starts: string, timeZone: string): string | null {
  try {
    return cron(starts, timeZone).nextRun() === null ? "it never comes" : null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function cron(starts: string, timeZone: string): Cron {
  return new Cron(starts, { timezone: timeZone, paused: true, mode: "5-part" });
}

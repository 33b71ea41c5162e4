// When the hours of a week are on, and when they begin next. Pure; zones and their changes of the clock are
// zoned-time.ts. Where a change of the clock leaves the beginning out, they begin as the clocks jump.

import type { WeeklyHours } from "./policy.ts";
import type { Instant } from "./time.ts";
import { daysAfter, minuteOfDay, momentOf, wallClockAt, weekdayOf } from "./zoned-time.ts";
import type { CalendarDay } from "./zoned-time.ts";

/** More than any country ever skipped, and than a week of days on which the hours are left out by the clocks. */
const DAYS_LOOKED_AT = 21;

type Stretch = { readonly from: Instant; readonly to: Instant };

/** Whether the moment lies within the hours. @throws {RangeError} for a time zone that does not exist. */
export function isWithinHours(hours: WeeklyHours, at: Instant): boolean {
  const today = wallClockAt(at, hours.timeZone);
  // What began yesterday may go on until today.
  return [-1, 0].some((days) => {
    const stretch = stretchOf(hours, daysAfter(today, days));
    return stretch !== null && at >= stretch.from && at < stretch.to;
  });
}

/** `at` itself within the hours, else the moment at which they begin next. @throws {RangeError} as above. */
export function nextOpening(hours: WeeklyHours, at: Instant): Instant {
  const today = wallClockAt(at, hours.timeZone);
  for (let days = -1; days < DAYS_LOOKED_AT; days += 1) {
    const stretch = stretchOf(hours, daysAfter(today, days));
    if (stretch !== null && at < stretch.to) return Math.max(at, stretch.from);
  }
  throw new Error(
    `the hours ${hours.from} to ${hours.to} on ${hours.days.join(", ")} in ${hours.timeZone} never begin`,
  );
}

/** The hours that begin on this day; null: none do. */
function stretchOf({ days, from, to, timeZone }: WeeklyHours, day: CalendarDay): Stretch | null {
  if (!days.includes(weekdayOf(day))) return null;
  const [begin, end] = [minutes(from), minutes(to)];
  const stretch = {
    from: momentOf({ ...day, minute: begin }, timeZone),
    to: momentOf({ ...(end > begin ? day : daysAfter(day, 1)), minute: end }, timeZone),
  };
  return stretch.from < stretch.to ? stretch : null;
}

function minutes(time: string): number {
  const read = minuteOfDay(time);
  if (read === null) throw new Error(`${time} is no time of day such as 09:00`);
  return read;
}

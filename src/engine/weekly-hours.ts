// Hours of the week in a time zone, such as working hours. Pure: the language's own calendar (Intl) knows the zones
// and their changes of the clock.

import { WEEKDAYS } from "./policy.ts";
import type { Weekday, WeeklyHours } from "./policy.ts";
import type { Instant } from "./time.ts";

const formats = new Map<string, Intl.DateTimeFormat>();

/** Whether the moment lies within the hours. @throws {RangeError} for a time zone that does not exist. */
export function isWithinHours({ days, from, to, timeZone }: WeeklyHours, at: Instant): boolean {
  const { day, minutes } = localTime(timeZone, at);
  const [begin, end] = [minutesOf(from), minutesOf(to)];
  if (begin < end) return days.includes(day) && minutes >= begin && minutes < end;
  // They end on the next day: what is early today may belong to yesterday.
  return (
    (days.includes(day) && minutes >= begin) || (days.includes(dayBefore(day)) && minutes < end)
  );
}

/** Day of the week and minutes since midnight, as clocks there show them. */
function localTime(
  timeZone: string,
  at: Instant,
): { readonly day: Weekday; readonly minutes: number } {
  const parts = new Map(
    formatIn(timeZone)
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  );
  const day = WEEKDAYS.find((name) => name === parts.get("weekday")?.toLowerCase());
  if (day === undefined) throw new Error(`no weekday in ${[...parts.values()].join(" ")}`);
  return { day, minutes: Number(parts.get("hour")) * 60 + Number(parts.get("minute")) };
}

/** True when the language knows this time zone. */
export function isTimeZone(timeZone: string): boolean {
  try {
    formatIn(timeZone);
    return true;
  } catch {
    // RangeError is the only way in which the language says no.
    return false;
  }
}

function formatIn(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone,
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  formats.set(timeZone, format);
  return format;
}

function minutesOf(time: string): number {
  const [hours, minutes] = time.split(":");
  return Number(hours) * 60 + Number(minutes);
}

function dayBefore(day: Weekday): Weekday {
  return WEEKDAYS[(WEEKDAYS.indexOf(day) + 6) % 7] ?? day;
}

// Days and times as a wall clock of a time zone shows them, and the moments they name. Knows daylight saving from
// Intl's tables and nothing of who works when.

import type { Instant } from "./time.ts";

export const WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** A day of the Gregorian calendar. `month` 1 to 12. */
export type CalendarDay = { readonly year: number; readonly month: number; readonly day: number };
/** What a wall clock shows. `minute`: of the day, 0 to 1439. */
export type WallClock = CalendarDay & { readonly minute: number };

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

const formats = new Map<string, Intl.DateTimeFormat>();

/** Making one takes 50 times as long as using it, and there are as many as zones in the configuration. */
function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat("en-US", {
    timeZone,
    calendar: "gregory",
    numberingSystem: "latn",
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
  });
  formats.set(timeZone, made);
  return made;
}

/** True for a name of the IANA database that Intl knows, such as `Europe/Amsterdam`. */
export function isTimeZone(name: string): boolean {
  try {
    formatOf(name);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** What the clocks of the zone show. @throws {RangeError} for an unknown zone. */
export function wallClockAt(at: Instant, timeZone: string): WallClock {
  const shown: Record<string, number> = {};
  for (const { type, value } of formatOf(timeZone).formatToParts(at)) shown[type] = Number(value);
  const {
    year = 0,
    month = 0,
    day = 0,
    hour = 0,
    minute = 0,
  } = shown as Partial<Record<"year" | "month" | "day" | "hour" | "minute", number>>;
  return { year, month, day, minute: hour * 60 + minute };
}

/**
 * The first moment at which the clocks of the zone show this or later: where an hour is left out, the moment they
 * jump; where one comes twice, the first of them. A minute of 1440 and more is in the days after.
 */
export function momentOf({ minute, ...day }: WallClock, timeZone: string): Instant {
  const wanted = utcOf(day) + minute * MINUTE_MS;
  const offsets = [wanted - DAY_MS, wanted + DAY_MS].map((at) => offsetAt(at, timeZone));
  const candidates = offsets.map((offset) => wanted - offset).toSorted((a, b) => a - b);
  const exact = candidates.find((at) => at + offsetAt(at, timeZone) === wanted);
  if (exact !== undefined) return exact;
  // In a gap: the clocks show less than this at the one candidate and more at the other.
  let [before = wanted, after = wanted] = candidates;
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (middle + offsetAt(middle, timeZone) < wanted) before = middle;
    else after = middle;
  }
  return after;
}

/** How far the zone's clocks are ahead of UTC, in milliseconds. */
function offsetAt(at: Instant, timeZone: string): number {
  const { minute, ...day } = wallClockAt(at, timeZone);
  const sinceMinute = ((at % MINUTE_MS) + MINUTE_MS) % MINUTE_MS;
  return utcOf(day) + minute * MINUTE_MS + sinceMinute - at;
}

export function weekdayOf(day: CalendarDay): Weekday {
  // 1970-01-01 was a Thursday.
  const since = Math.floor(utcOf(day) / DAY_MS) + 3;
  return WEEKDAYS[((since % 7) + 7) % 7] ?? "mon";
}

export function daysAfter(day: CalendarDay, days: number): CalendarDay {
  const date = new Date(utcOf(day) + days * DAY_MS);
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
  };
}

/** False for a thirtieth of February. */
export function isCalendarDay(day: CalendarDay): boolean {
  const { year, month, day: number } = daysAfter(day, 0);
  return year === day.year && month === day.month && number === day.day;
}

function utcOf({ year, month, day }: CalendarDay): number {
  return Date.UTC(year, month - 1, day);
}

/** `09:00` as minutes of the day, `24:00` its end; null: not a time. */
export function minuteOfDay(text: string): number | null {
  const [, hour, minute] = /^(\d{1,2}):(\d{2})$/.exec(text) ?? [];
  if (hour === undefined || minute === undefined) return null;
  const total = Number(hour) * 60 + Number(minute);
  return Number(minute) < 60 && total <= 1440 ? total : null;
}

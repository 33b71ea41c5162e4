import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  daysAfter,
  isCalendarDay,
  isTimeZone,
  minuteOfDay,
  momentOf,
  wallClockAt,
  weekdayOf,
} from "./zoned-time.ts";

const at = (iso: string) => Date.parse(iso);
const ZONES = [
  "UTC",
  "Europe/Amsterdam",
  "America/New_York",
  "Australia/Lord_Howe",
  "Asia/Kathmandu",
  "Pacific/Apia",
  "America/St_Johns",
] as const;

const moment = fc.integer({ min: at("2000-01-01T00:00Z"), max: at("2040-01-01T00:00Z") });

describe("wall clocks", () => {
  test.each([
    ["2026-11-26T04:00Z", "Europe/Amsterdam", "2026-11-26 300"],
    ["2026-07-01T22:30Z", "Europe/Amsterdam", "2026-7-2 30"],
    ["2026-11-26T04:00Z", "America/New_York", "2026-11-25 1380"],
    ["2026-11-26T00:00Z", "Asia/Kathmandu", "2026-11-26 345"],
    ["2026-11-26T00:00Z", "UTC", "2026-11-26 0"],
  ])("at %s the clocks of %s show %s", (iso, zone, expected) => {
    const { year, month, day, minute } = wallClockAt(at(iso), zone);
    expect(`${year}-${month}-${day} ${minute}`).toBe(expected);
  });

  test("a time that is left out in spring is the moment the clocks jump", () => {
    const clock = { year: 2026, month: 3, day: 29, minute: 150 };
    expect(momentOf(clock, "Europe/Amsterdam")).toBe(at("2026-03-29T01:00Z"));
  });

  test("a time that comes twice in autumn is the first of them", () => {
    const clock = { year: 2026, month: 10, day: 25, minute: 150 };
    expect(momentOf(clock, "Europe/Amsterdam")).toBe(at("2026-10-25T00:30Z"));
  });

  test("a day that a country skipped begins where the next one does", () => {
    const skipped = { year: 2011, month: 12, day: 30, minute: 0 };
    expect(momentOf(skipped, "Pacific/Apia")).toBe(at("2011-12-30T10:00Z"));
  });

  test("the moment of what a clock shows is never later, and shows the same", () => {
    fc.assert(
      fc.property(moment, fc.constantFrom(...ZONES), (instant, zone) => {
        const shown = wallClockAt(instant, zone);
        const first = momentOf(shown, zone);
        expect(first).toBeLessThanOrEqual(instant);
        expect(wallClockAt(first, zone)).toEqual(shown);
      }),
    );
  });
});

test("weekdays are those of the calendar, and days follow each other", () => {
  expect(weekdayOf({ year: 2026, month: 11, day: 26 })).toBe("thu");
  expect(weekdayOf({ year: 1969, month: 12, day: 31 })).toBe("wed");
  expect(daysAfter({ year: 2028, month: 2, day: 28 }, 2)).toEqual({ year: 2028, month: 3, day: 1 });
});

test("a day that no calendar has is none", () => {
  expect(isCalendarDay({ year: 2026, month: 2, day: 29 })).toBe(false);
  expect(isCalendarDay({ year: 2028, month: 2, day: 29 })).toBe(true);
  expect(isCalendarDay({ year: 2026, month: 13, day: 1 })).toBe(false);
});

test("times of the day are read to the end of the day and no further", () => {
  expect(["00:00", "9:05", "18:30", "24:00"].map(minuteOfDay)).toEqual([0, 545, 1110, 1440]);
  expect(["24:01", "12:60", "noon", "1200", ""].map(minuteOfDay)).toEqual(
    Array.from({ length: 5 }, () => null),
  );
});

test("a time zone is one that Intl knows", () => {
  expect(["Europe/Amsterdam", "UTC", "Mars/Olympus", ""].map(isTimeZone)).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

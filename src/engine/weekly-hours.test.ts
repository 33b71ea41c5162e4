import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { WeeklyHours } from "./policy.ts";
import { isWithinHours, nextOpening } from "./weekly-hours.ts";
import { WEEKDAYS } from "./zoned-time.ts";

const at = (iso: string) => Date.parse(iso);
const OFFICE: WeeklyHours = {
  days: ["mon", "tue", "wed", "thu", "fri"],
  from: "09:00",
  to: "18:00",
  timeZone: "Europe/Amsterdam",
};
const NIGHTS: WeeklyHours = { ...OFFICE, days: ["fri"], from: "22:00", to: "06:00" };

describe("hours of the week", () => {
  test.each<[string, WeeklyHours, string, boolean]>([
    ["before they begin", OFFICE, "2026-11-26T07:59:59Z", false],
    ["as they begin", OFFICE, "2026-11-26T08:00Z", true],
    ["just before they end", OFFICE, "2026-11-26T16:59:59Z", true],
    ["as they end", OFFICE, "2026-11-26T17:00Z", false],
    ["on a Saturday", OFFICE, "2026-11-28T12:00Z", false],
    ["in summer, an hour earlier", OFFICE, "2026-07-01T07:00Z", true],
    ["in summer, at their end", OFFICE, "2026-07-01T16:00Z", false],
    ["a night, on its evening", NIGHTS, "2026-11-27T22:00Z", true],
    ["a night, on the morning after", NIGHTS, "2026-11-28T04:59Z", true],
    ["a night, when it is over", NIGHTS, "2026-11-28T05:00Z", false],
    ["a night, on another evening", NIGHTS, "2026-11-26T22:00Z", false],
    ["the whole day", { ...OFFICE, from: "00:00", to: "24:00" }, "2026-11-26T22:59Z", true],
    ["in another zone", { ...OFFICE, timeZone: "America/New_York" }, "2026-11-26T16:00Z", true],
  ])("%s", (_when, hours, moment, expected) => {
    expect(isWithinHours(hours, at(moment))).toBe(expected);
  });

  test.each<[string, WeeklyHours, string, string]>([
    ["within them is now", OFFICE, "2026-11-26T10:00Z", "2026-11-26T10:00Z"],
    ["in the morning is later that day", OFFICE, "2026-11-26T04:00Z", "2026-11-26T08:00Z"],
    ["in the evening is the next day", OFFICE, "2026-11-26T17:00Z", "2026-11-27T08:00Z"],
    ["on Friday evening is Monday", OFFICE, "2026-11-27T17:00Z", "2026-11-30T08:00Z"],
    ["over a change of the clocks", OFFICE, "2026-10-23T16:00Z", "2026-10-26T08:00Z"],
    ["of a night", NIGHTS, "2026-11-28T05:00Z", "2026-12-04T21:00Z"],
    [
      "that the clocks leave out is when they jump",
      { ...OFFICE, days: ["sun"], from: "02:30", to: "04:00" },
      "2026-03-29T00:00Z",
      "2026-03-29T01:00Z",
    ],
    [
      "that the clocks leave out altogether is a week later",
      { ...OFFICE, days: ["sun"], from: "02:00", to: "02:30" },
      "2026-03-28T12:00Z",
      "2026-04-05T00:00Z",
    ],
  ])("the next opening %s", (_when, hours, now, expected) => {
    expect(nextOpening(hours, at(now))).toBe(at(expected));
  });
});

const time = fc
  .integer({ min: 0, max: 1439 })
  .map((minute) => `${pad(Math.floor(minute / 60))}:${pad(minute % 60)}`);
const anyHours: fc.Arbitrary<WeeklyHours> = fc
  .record({
    days: fc.subarray([...WEEKDAYS], { minLength: 1 }),
    from: time,
    to: time,
    timeZone: fc.constantFrom(
      "UTC",
      "Europe/Amsterdam",
      "America/New_York",
      "Australia/Lord_Howe",
      "Asia/Kathmandu",
      "America/St_Johns",
    ),
  })
  .filter(({ from, to }) => from !== to);
const moment = fc.integer({ min: at("2020-01-01T00:00Z"), max: at("2040-01-01T00:00Z") });

function pad(number: number): string {
  return String(number).padStart(2, "0");
}

describe("the next opening of any hours", () => {
  test("is never earlier than now, within the hours, and not later than two weeks", () => {
    fc.assert(
      fc.property(anyHours, moment, (hours, now) => {
        const opening = nextOpening(hours, now);
        expect(opening).toBeGreaterThanOrEqual(now);
        expect(opening - now).toBeLessThanOrEqual(15 * 86_400_000);
        expect(isWithinHours(hours, opening)).toBe(true);
      }),
    );
  });

  test("has nothing open before it", () => {
    fc.assert(
      fc.property(
        anyHours,
        moment,
        fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
        (hours, now, part) => {
          const opening = nextOpening(hours, now);
          const between = now + Math.floor((opening - now) * part);
          if (between < opening) expect(isWithinHours(hours, between)).toBe(false);
        },
      ),
    );
  });

  test("is now exactly when they are on", () => {
    fc.assert(
      fc.property(anyHours, moment, (hours, now) => {
        expect(nextOpening(hours, now) === now).toBe(isWithinHours(hours, now));
      }),
    );
  });
});

import { expect, test } from "vitest";
import { readUntil, untilMoment } from "./until-words.ts";

/** A Thursday, 05:00 in Amsterdam and the evening before in New York. */
const NOW = Date.parse("2026-11-26T04:00Z");

test.each([
  ["for 3d", "Europe/Amsterdam", "2026-11-29T04:00Z"],
  ["for 1h 30m", "Europe/Amsterdam", "2026-11-26T05:30Z"],
  ["until friday", "Europe/Amsterdam", "2026-11-27T23:00Z"],
  ["until Fri", "America/New_York", "2026-11-28T05:00Z"],
  ["until thursday", "Europe/Amsterdam", "2026-11-26T23:00Z"],
  ["until thursday 04:30", "Europe/Amsterdam", "2026-12-03T03:30Z"],
  ["until friday 18:00", "Europe/Amsterdam", "2026-11-27T17:00Z"],
  ["until monday at 9:00", "UTC", "2026-11-30T09:00Z"],
  ["until today", "Europe/Amsterdam", "2026-11-26T23:00Z"],
  ["until 18:00", "Europe/Amsterdam", "2026-11-26T17:00Z"],
  ["until tomorrow 12:00", "America/New_York", "2026-11-26T17:00Z"],
  ["till 2026-12-01", "Europe/Amsterdam", "2026-12-01T23:00Z"],
  ["until 2026-12-01 18:00", "Europe/Amsterdam", "2026-12-01T17:00Z"],
  ["until 2026-12-01T18:00", "UTC", "2026-12-01T18:00Z"],
  ["until 2027-03-28 02:30", "Europe/Amsterdam", "2027-03-28T01:00Z"],
])("%s, said in %s, is %s", (text, timeZone, expected) => {
  const read = readUntil(text);
  expect(read).toMatchObject({ ok: true });
  if (read.ok) expect(untilMoment(read.value, { now: NOW, timeZone })).toBe(Date.parse(expected));
});

test.each(["", "friday", "until", "until whenever", "until 2026-02-30", "until 25:00", "for ages"])(
  "%j is answered with what to write",
  (text) => {
    const read = readUntil(text);
    expect(read.ok ? "" : read.refusal.sentence).toMatch(/Write (until friday|for 3d)/);
  },
);

import { describe, expect, test } from "vitest";
import { formatDuration, parseDuration } from "./duration.ts";

describe("parseDuration", () => {
  test.each([
    ["30s", 30_000],
    ["5m", 300_000],
    ["1h30m", 5_400_000],
    ["500ms", 500],
    ["2d", 172_800_000],
    ["0s", 0],
  ])("%s is %d milliseconds", (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  test.each(["", "5", "m", "5 m", "-5m", "5m5m", "30s1h", "1.5h", "5M", "999999999d"])(
    "%j is none",
    (text) => {
      expect(parseDuration(text)).toBeNull();
    },
  );
});

test.each([
  [0, "0s"],
  [250, "250ms"],
  [45_000, "45s"],
  [5_400_000, "1h 30m"],
  [90_061_000, "1d 1h"],
])("formatDuration writes %d ms as %s", (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

import { describe, expect, test } from "vitest";
import { connectionFailure, retryAfterMs } from "./http-errors.ts";

describe("Retry-After", () => {
  const now = Date.parse("2026-01-01T00:00:00Z");
  test.each([
    ["2", 2000],
    ["Thu, 01 Jan 2026 00:00:05 GMT", 5000],
    ["Wed, 31 Dec 2025 23:59:00 GMT", 0],
    ["999999", 3_600_000],
    ["soon", undefined],
    [undefined, undefined],
  ])("%s is %s milliseconds", (header, expected) => {
    expect(retryAfterMs(header, now)).toBe(expected);
  });
});

test("what the table does not know is unknown", () => {
  expect(connectionFailure(new Error("x"), "t")).toEqual({
    category: "unknown",
    code: "UNKNOWN",
    message: "t: x",
  });
});

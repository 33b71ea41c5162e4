import { describe, expect, test } from "vitest";
import { connectionFailure, retryAfterMs, statusCategory } from "./http-errors.ts";

describe("statuses", () => {
  test.each([
    [301, "permanent"],
    [400, "validation"],
    [401, "authentication"],
    [403, "authorization"],
    [404, "resource"],
    [405, "validation"],
    [407, "authentication"],
    [408, "timeout"],
    [409, "resource"],
    [422, "validation"],
    [424, "dependency"],
    [425, "temporary"],
    [429, "temporary"],
    [451, "authorization"],
    [500, "dependency"],
    [501, "dependency"],
    [502, "temporary"],
    [503, "temporary"],
    [504, "timeout"],
  ])("%i is %s", (status, category) => {
    expect(statusCategory(status)).toBe(category);
  });
});

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

test("the code is found beneath causes and among several addresses", () => {
  const refused = Object.assign(new Error("no"), { code: "ECONNREFUSED" });
  expect(connectionFailure(new Error("x", { cause: refused }), "t").category).toBe("network");
  expect(connectionFailure(new AggregateError([refused]), "t").category).toBe("network");
  expect(connectionFailure(new Error("x"), "t").category).toBe("unknown");
  const wrongName = Object.assign(new Error("no"), { code: "ERR_TLS_CERT_ALTNAME_INVALID" });
  expect(connectionFailure(wrongName, "t").category).toBe("configuration");
});

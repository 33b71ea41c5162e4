import { describe, expect, test } from "vitest";
import { exactJson } from "./exact-json.ts";

describe("exact JSON", () => {
  const hostile = "\u001b[2J\u009b31m \u202eevil\u200b \u{e0041} \u{10fffd} é 日";

  test("is read back as it was", () => {
    const value = { text: hostile, list: [1, null, { "\u202e": true }] };
    expect(JSON.parse(exactJson(value))).toEqual(value);
  });

  test("holds nothing that a terminal acts on or that nobody sees", () => {
    expect(exactJson(hostile)).toBe(
      String.raw`"\u001b[2J\u009b31m \u202eevil\u200b \udb40\udc41 \udbff\udffd é 日"`,
    );
  });
});

import { expect, test } from "vitest";
import { affordable, compilePattern } from "./text-pattern.ts";
import type { Pattern } from "./text-pattern.ts";

function patternOf(source: string): Pattern {
  const compiled = compilePattern(source);
  if (!compiled.ok) throw new Error(compiled.reason);
  return compiled.pattern;
}

test("a pattern that makes others backtrack is matched in time linear in the text", () => {
  const text = `${"a".repeat(50_000)}!`;
  const pattern = patternOf("^(a+)+$");
  expect(affordable(pattern, text)).toBe(true);
  expect(pattern.found(text)).toBe(false);
});

test("a pattern of many instructions is not matched against a long text", () => {
  const large = patternOf("(([a-z]?){30}){30}[0-9]$");
  expect(affordable(large, "x".repeat(1000))).toBe(true);
  expect(affordable(large, "x".repeat(100_000))).toBe(false);
});

test.each([
  ["(", "missing closing"],
  ["(?=a)", "Perl syntax"],
  ["a{1001}", "repeat"],
  ["a".repeat(1001), "longer than 1000"],
])("%s is refused with the reason", (source, words) => {
  const compiled = compilePattern(source);
  expect(compiled.ok ? "accepted" : compiled.reason).toContain(words);
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CASES } from "#test/proof-scale.ts";
import { readArguments } from "./argument-words.ts";

const RUNS = CASES;

function given(text: string) {
  const result = readArguments(text);
  if (!result.ok) throw new Error(result.refusal.sentence);
  return result.value.arguments;
}

describe("arguments", () => {
  it.each([
    ["a=1 b=two", { a: "1", b: "two" }],
    ['name="web fleet"', { name: "web fleet" }],
    ["name='web fleet' x=1", { name: "web fleet", x: "1" }],
    ["name=“web fleet” x=1", { name: "web fleet", x: "1" }],
    ["name=”web fleet” x=1", { name: "web fleet", x: "1" }],
    ["name=‘it’s fine’", { name: "it’s fine" }],
    ["name=`web fleet`", { name: "web fleet" }],
    ["hosts=[a, b]", { hosts: ["a", "b"] }],
    ["hosts=[10, 007, yes]", { hosts: ["10", "007", "yes"] }],
    ["hosts=[“a b”, c]", { hosts: ["a b", "c"] }],
    ["hosts=a hosts=b", { hosts: ["a", "b"] }],
    ["hosts=a,b", { hosts: "a,b" }],
    ["hosts=a, b, c x=1", { hosts: "a,b,c", x: "1" }],
    ['tags={"team": "web", "size": 3}', { tags: { team: "web", size: 3 } }],
    ["url=https://a.example/?q=1&r=2", { url: "https://a.example/?q=1&r=2" }],
    ["path=C:\\temp", { path: "C:\\temp" }],
    ["empty=", { empty: "" }],
    ["", {}],
  ])("%j are read", (text, expected) => {
    expect(given(text)).toEqual(expected);
  });

  it.each([
    'name="web fleet',
    "name=“web",
    "hosts=[a, b",
    "hosts=[a,, ]{",
    "tags={a: !!js 1}",
    "tags={a: 1, a: 2}",
    "tags={a: *b}",
  ])("%j are refused with a sentence", (text) => {
    const result = readArguments(text);
    expect(result.ok).toBe(false);
    expect(result.ok || result.refusal.sentence).toMatch(/\.$/);
  });

  it("in double quotes hold any text", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (first, second) => {
        const quoted = (value: string) => `"${value.replace(/[\\"]/g, "\\$&")}"`;
        expect(given(`a=${quoted(first)} b=${quoted(second)}`)).toEqual({ a: first, b: second });
      }),
      { numRuns: RUNS },
    );
  });

  it("in smart quotes hold any text without quotes and back-slashes", () => {
    fc.assert(
      fc.property(
        fc.string().filter((value) => !/["“”„\\]/.test(value)),
        (value) => {
          expect(given(`a=“${value}”`)).toEqual({ a: value });
        },
      ),
      { numRuns: RUNS },
    );
  });

  it("as lists of words hold each word as text", () => {
    const word = fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,12}$/);
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 8 }), (words) => {
        expect(given(`a=[${words.join(", ")}]`)).toEqual({ a: words });
      }),
      { numRuns: RUNS },
    );
  });

  it("named after built-in properties are ordinary arguments", () => {
    expect(Object.entries(given("__proto__=x constructor=y"))).toEqual([
      ["__proto__", "x"],
      ["constructor", "y"],
    ]);
  });

  it("are read in time that grows with their length", () => {
    const hostile = [
      "a, ".repeat(20_000),
      `a=${"[".repeat(20_000)}`,
      `a="${"\\".repeat(20_000)}`,
      `a=${"[".repeat(20_000)}${"]".repeat(20_000)}`,
      "=".repeat(20_000),
    ];
    const start = performance.now();
    for (const text of hostile) readArguments(text);
    expect(performance.now() - start).toBeLessThan(2_000);
  });
});

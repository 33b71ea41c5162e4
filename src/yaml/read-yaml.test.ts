import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readYaml } from "./read-yaml.ts";

function problemOf(text: string) {
  const result = readYaml(text);
  if (result.ok) throw new Error("it was read");
  return result.refusal[0];
}

describe("a source", () => {
  it("is read as YAML and as JSON", () => {
    expect(readYaml("a: 1\nb: [x, yes, 0o17]\n")).toEqual({
      ok: true,
      value: { a: 1, b: ["x", "yes", 15] },
    });
    expect(readYaml('{"a": [1, null, true]}')).toEqual({ ok: true, value: { a: [1, null, true] } });
  });

  it("with a mistake names its line and column", () => {
    expect(problemOf("a: 1\nb: [1, 2\n")?.path).toMatch(/^line \d+, column \d+$/);
    expect(problemOf("a: 1\na: 2\n")?.path).toBe("line 2, column 1");
  });

  it.each([
    ["a tag", "a: !!js/function 'x'"],
    ["a tag of its own", "a: !secret x"],
    ["two documents", "a: 1\n---\nb: 2\n"],
    ["a key that is no text", "? [a, b]\n: 1"],
    ["the key __proto__", "__proto__: {admin: true}"],
    ["a number that would be rounded", "id: 12345678901234567890"],
    ["infinity", "a: .inf"],
    ["an alias without an anchor", "a: *b"],
    ["nothing", "  \n"],
    ["deep brackets", `a: ${"[".repeat(50_000)}`],
    ["deep dashes", `${"- ".repeat(50_000)}x`],
    ["too many bytes", `a: ${"x".repeat(300_000)}`],
  ])("that holds %s is refused", (_what, text) => {
    expect(readYaml(text).ok).toBe(false);
  });

  it("that would blow up through aliases is refused quickly", () => {
    const levels = [
      "a0: &a0 [x, x]",
      ...Array.from(
        { length: 30 },
        (_, level) => `a${level + 1}: &a${level + 1} [*a${level}, *a${level}]`,
      ),
    ];
    const start = performance.now();
    expect(readYaml(levels.join("\n")).ok).toBe(false);
    expect(performance.now() - start).toBeLessThan(1_000);
  });

  it("of any JSON comes back as it was", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        const text = JSON.stringify(value);
        const known = JSON.parse(text) as unknown;
        const result = readYaml(text);
        // Numbers beyond 53 bits and keys that are built in are refused, not changed.
        if (result.ok) expect(result.value).toEqual(known);
        else expect(result.refusal.length).toBeGreaterThan(0);
      }),
      { numRuns: 1_000 },
    );
  });
});

import { describe, expect, it } from "vitest";
import { problemLines } from "./problem-lines.ts";
import { PLAIN } from "./screen.ts";

function told(text: string, line: number, column: number) {
  const problem = { path: "a.b", found: "x", expected: "y", nearest: "z" };
  return problemLines("f.yml", text, [{ ...problem, place: { line, column } }], PLAIN).split("\n");
}

describe("a mistake", () => {
  it("is told with file, line and column, and a caret under its place", () => {
    expect(told("a:\n  b: 1\n", 2, 6)).toEqual([
      "f.yml:2:6 a.b: found x, expected y. Did you mean z?",
      "    2 |   b: 1",
      "      |      ^",
    ]);
  });

  it("has its caret in the right column after wide letters, tabs and hidden characters", () => {
    const caret = (text: string, column: number) => told(text, 1, column)[2]?.indexOf("^");
    expect(caret("ab: 1", 5)).toBe(8 + 4);
    expect(caret("日本: 1", 5)).toBe(8 + 6);
    expect(caret("a\t: 1", 5)).toBe(8 + 5);
    expect(told("a\u001b[2J: 1", 1, 8)[1]).toBe("    1 | a\\u{1B}[2J: 1");
    expect(caret("a\u001b[2J: 1", 8)).toBe(8 + "a\\u{1B}[2J: ".length);
  });

  it("in a very long line shows the line's part around it", () => {
    const text = `{${"x".repeat(500)}@${"y".repeat(500)}}`;
    const [, line = "", caret = ""] = told(text, 1, 502);
    expect(line.length).toBeLessThan(130);
    expect(line.charAt(caret.indexOf("^"))).toBe("@");
  });

  it("at an empty line or without a place is told without a line", () => {
    expect(told("\n", 1, 1)).toHaveLength(1);
    const problems = [{ path: "", found: "x", expected: "y", place: null }];
    expect(problemLines("f", "", problems, PLAIN)).toBe("f: found x, expected y.");
  });

  it("stands in the order of the file, all mistakes one after the other", () => {
    const problems = [4, 2, 3].map((line) => ({
      path: `p${line}`,
      found: "x",
      expected: "y",
      place: { line, column: 1 },
    }));
    const text = problemLines("f", "a\nb\nc\nd\n", problems, PLAIN);
    expect([...text.matchAll(/f:(\d)/g)].map((match) => match[1])).toEqual(["2", "3", "4"]);
  });
});

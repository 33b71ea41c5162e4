import { describe, expect, it } from "vitest";
import { placeProblems } from "./place-problems.ts";
import { readYaml } from "./read-yaml.ts";

const PLAN = `# A comment first
title: A plan
steps:
  - id: drain
    uses:
    with: &shared
      url: >
        https://a.example/
        long
    "odd.key[0]": 1
  - id: stop
    with: *shared
    ned: [drain]
`;

function placeOf(text: string, path: string, found = "something") {
  const [placed] = placeProblems(text, [{ path, found, expected: "something else" }]);
  const { line, column } = placed?.place ?? { line: 0, column: 0 };
  return `${line}:${column}`;
}

describe("a problem's place", () => {
  it.each([
    ["its value", "title", "2:8"],
    ["an item of a list", "steps[1]", "11:5"],
    ["a block of text, where it is announced", "steps[0].with.url", "7:12"],
    ["a key with dots and brackets in its name", "steps[0].odd.key[0]", "10:19"],
    ["an item of a list in brackets", "steps[1].ned[0]", "13:11"],
    ["an alias", "steps[1].with", "12:11"],
    ["what an alias repeats", "steps[1].with.url", "7:12"],
    ["the end of a key without a value", "steps[0].uses", "5:10"],
    ["what is around a key that is not there", "steps[1].uses", "11:5"],
    ["the list, for an item that is not there", "steps[9].id", "4:3"],
    ["the document's first key, for the whole document", "", "2:1"],
    ["the document's first key, for a path that leads nowhere", "nothing.here", "2:1"],
  ])("is %s", (_what, path, place) => {
    expect(placeOf(PLAN, path)).toBe(place);
  });

  it("is the key itself when the key must not be there", () => {
    expect(placeOf(PLAN, "steps[1].ned", 'unknown key "ned"')).toBe("13:5");
  });

  it("is found in JSON, on one line and on many", () => {
    const value = { title: "x", steps: [{ id: "a", uses: "b" }] };
    expect(placeOf(JSON.stringify(value), "steps[0].uses")).toBe("1:40");
    expect(placeOf(JSON.stringify(value, null, 2), "steps[0].uses")).toBe("6:15");
  });

  it("is kept where the text itself is wrong, and every mistake has one", () => {
    const text = "a: 1\nb:\n  c: 2\n  c: 3\na: 4\n";
    const read = readYaml(text);
    if (read.ok) throw new Error("it was read");
    expect(placeProblems(text, read.refusal).map(({ place }) => place)).toEqual([
      { line: 4, column: 3 },
      { line: 5, column: 1 },
    ]);
  });

  it("of an alias without an anchor is the alias", () => {
    const read = readYaml("a: 1\nb: { c: *gone }\n");
    if (read.ok) throw new Error("it was read");
    expect(read.refusal[0]?.place).toEqual({ line: 2, column: 9 });
  });

  it("is unknown in a text that is not taken apart, because it is too large or too deep", () => {
    const deep = `a: ${"[".repeat(50_000)}`;
    const [placed] = placeProblems(deep, [{ path: "a", found: "x", expected: "y" }]);
    expect(placed?.place).toBeNull();
  });
});

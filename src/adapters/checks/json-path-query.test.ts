import { describe, expect, test } from "vitest";
import type { Json } from "#engine/json.ts";
import { PathRefused, pathProblem, selectValues } from "./json-path-query.ts";

const SHOP = {
  books: [
    { t: "a", p: 8 },
    { t: "b", p: 12 },
  ],
  "odd key": [[1], [2, 3]],
  none: null,
};

describe("a path selects as RFC 9535 says", () => {
  test.each<[string, readonly Json[]]>([
    ["$", [SHOP]],
    ["$.books[*].t", ["a", "b"]],
    ["$.books[-1].p", [12]],
    ["$['odd key'][1:]", [[2, 3]]],
    ["$..p", [8, 12]],
    ["$.books[?@.p > 10].t", ["b"]],
    ["$.books[?match(@.t, '[b-z]')].p", [12]],
    ["$.books[?search(@.p, '1')].p", []],
    ["$.books[?match(@.t, '(')]", []],
    ["$.none", [null]],
    ["$.books[?@ == $.books[0]].t", ["a"]],
    ["$.missing", []],
    ["$.__proto__", []],
    ["$.books.length", []],
  ])("%s", (path, expected) => {
    expect(selectValues(path, SHOP)).toEqual(expected);
  });
});

test("what is no path is told with its place", () => {
  expect(pathProblem("$.a")).toBeNull();
  expect(pathProblem("a.b")).toContain("expected '$'");
  expect(pathProblem("$[?foo(@)]")).toContain("foo");
});

describe("no path holds up the process", () => {
  const long: Json = Array.from({ length: 3000 }, (_, index) => ({
    a: [index],
    b: "x".repeat(50),
  }));
  let deep: Json = 1;
  for (let level = 0; level < 5000; level++) deep = [deep];
  test.each<[string, string, Json]>([
    ["nested filters", "$[?count($..*) > count($..a)]", long],
    ["many steps down", "$..*..*..*..*..*", Array.from({ length: 30 }, () => [[[[[[1, 2, 3]]]]]])],
    ["equal documents", "$[?$ == $]", long],
    ["a pattern for each", "$[?search(@.b, '(([a-z]?){30}){30}[0-9]$')]", long],
    ["patterns from the document", "$[?search(@.b, @.b)]", long],
    ["more than can be shown", "$[*].a", long],
    ["a list longer than an argument list", "$..*", Array.from({ length: 300_000 }, () => 1)],
    ["a document deeper than the stack", "$..*", deep],
  ])("%s", (_what, path, document) => {
    const from = performance.now();
    expect(() => selectValues(path, document)).toThrow(PathRefused);
    expect(performance.now() - from).toBeLessThan(10_000);
  });
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cpuMs } from "#test/builders/cpu-time.ts";
import { evaluate, evaluateCondition, references } from "./expression.ts";
import type { Json } from "./json.ts";
import { parseExpression, withLiterals } from "./expression-syntax.ts";

function value(source: string, scope: Readonly<Record<string, Json>> = {}): Json {
  const answer = evaluate(source, scope);
  if (!answer.ok) throw new Error(answer.refusal);
  return answer.value;
}

function complaint(source: string, scope: Readonly<Record<string, Json>> = {}): string {
  const answer = evaluate(source, scope);
  return answer.ok ? `unexpected ${JSON.stringify(answer.value)}` : answer.refusal;
}

describe("evaluate", () => {
  test.each<[string, Json]>([
    ["1 + 2", 3],
    ["inputs.n * 2", 8],
    ["inputs.n == 4 && inputs.half == 0.5", true],
    ["inputs.hosts.map(h, h + '.internal')", ["a.internal", "b.internal"]],
    ["inputs.hosts.filter(h, h != 'a')", ["b"]],
    ["inputs.hosts.size()", 2],
    ["{'a': inputs.n, 'b': [true, null]}", { a: 4, b: [true, null] }],
    ["inputs['odd-name']", "x"],
    ["has(inputs.nothing) ? 1 : 2", 2],
    ["'abc'.matches('^a+')", true],
    ["string(duration('90s'))", "90s"],
    ["'b' in inputs.hosts", true],
  ])("%s", (source, expected) => {
    const inputs = { n: 4, half: 0.5, hosts: ["a", "b"], "odd-name": "x" };
    expect(value(source, { inputs })).toEqual(expected);
  });

  test("a value comes out as it went in", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), (given) => {
        const json = JSON.parse(JSON.stringify(given)) as Json;
        expect(value("inputs", { inputs: json })).toEqual(json);
      }),
      { numRuns: 500 },
    );
  });

  test.each<[string, RegExp]>([
    ["", /empty/],
    ["1 +", /cannot be read/],
    ["imputs.n", /there is no imputs here; there are inputs. Did you mean inputs\?/],
    ["inputs.hots", /no input hots; did you mean hosts\?/],
    ["9007199254740993", /beyond 2\^53/],
    ["1.0 / 0.0", /not a number in JSON/],
    ["duration('1s')", /not plain data/],
    ["b'abc'", /not plain data/],
    ["{1: 2}", /not all text/],
    ["google.protobuf.Struct{}", /only plain values/],
    ["constructor", /there is no constructor here/],
    ["inputs.__proto__", /there is no input __proto__/],
    ["inputs.hosts.constructor", /./],
    ["x".repeat(3000), /most/],
    [`${"(".repeat(900)}1${")".repeat(900)}`, /./],
    ["[1].map(a, [1].map(b, [1].map(c, c)))", /nests/],
    ["[[[1].map(a, a)].map(b, b)].map(c, c)", /nests/],
    [Array.from({ length: 600 }, () => "1").join("+"), /parts/],
  ])("refuses %s", (source, expected) => {
    const said = complaint(source, { inputs: { hosts: ["a"], n: 1 } });
    expect(said).toMatch(expected);
    expect(said).not.toMatch(/^unexpected/);
  });

  test("stops loops that would hold up the process, even where an error would be swallowed", () => {
    const inputs = { l: Array.from({ length: 5000 }, (_, index) => index) };
    const ms = cpuMs(() => {
      expect(complaint("inputs.l.map(a, inputs.l.map(b, a * b))", { inputs })).toMatch(/too long/);
      expect(
        complaint("true || inputs.l.exists(a, inputs.l.exists(b, a + b < 0))", { inputs }),
      ).toMatch(/unexpected true/);
      expect(
        complaint("inputs.l.exists(a, inputs.l.exists(b, a + b < 0)) || true", { inputs }),
      ).toMatch(/too long/);
      expect(
        complaint("inputs.l.map(a, inputs.text.matches('(a+)+$'))", {
          inputs: { ...inputs, text: "a".repeat(50_000) },
        }),
      ).toMatch(/too long/);
    });
    expect(ms).toBeLessThan(5000);
  });

  test("maps a list of two thousand items", () => {
    const inputs = { l: Array.from({ length: 2000 }, (_, index) => index) };
    expect(value("inputs.l.map(a, a + 1)", { inputs })).toHaveLength(2000);
  });
});

test("a condition must answer true or false", () => {
  expect(evaluateCondition("1 == 1", {})).toEqual({ ok: true, value: true });
  const answer = evaluateCondition("1", {});
  expect(answer.ok ? "" : answer.refusal).toMatch(/true or false/);
});

describe("references", () => {
  test("are the free names and the steps used", () => {
    const used = references(
      "steps.drain.result.ok && inputs.hosts.all(h, h in steps['stop-all'].result) && has(inputs.x)",
    );
    if (!used.ok) throw new Error(used.refusal);
    expect([...used.value.roots].toSorted()).toEqual(["inputs", "steps"]);
    expect([...used.value.steps].toSorted()).toEqual(["drain", "stop-all"]);
    expect([...used.value.inputs]).toEqual(["hosts"]);
    expect(used.value.whole.has("steps")).toBe(false);
  });

  test("say when steps are used as a whole", () => {
    const used = references("steps[inputs.name].result");
    expect(used.ok && used.value.whole.has("steps")).toBe(true);
  });
});

test("literals take the place of free names only", () => {
  const parsed = parseExpression(
    "['item'].map(item, item)[0] == item && index > 0 && steps.a.item == '😀' + item",
  );
  if (!parsed.ok) throw new Error(parsed.refusal);
  const source = withLiterals(parsed.value, { item: 'we"b', index: 2 });
  expect(source).toBe(
    `['item'].map(item, item)[0] == ("we\\"b") && (2) > 0 && steps.a.item == '😀' + ("we\\"b")`,
  );
});

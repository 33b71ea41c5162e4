import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CASES } from "#test/proof-scale.ts";
import { aPlan } from "#test/builders/plan-records.ts";
import { sha256 } from "#test/builders/engine-world.ts";
import { canonicalJson } from "./canonical-json.ts";
import type { Json, JsonObject } from "./json.ts";
import { planHash } from "./plan-hash.ts";

const json = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<Json>;
const RUNS = { numRuns: CASES };

/** The same value with every object's keys in another order. */
function reversed(value: Json): Json {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(reversed);
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, member]) => [key, reversed(member)]),
  );
}

describe("canonicalJson", () => {
  test("writes RFC 8785's own example", () => {
    const value = {
      numbers: [Number("333333333.33333329"), 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
      string: '€$\u000F\nA\'B"\\\\"/',
      literals: [null, true, false],
    };
    expect(canonicalJson(value)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  test("sorts keys by UTF-16 code units", () => {
    expect(
      canonicalJson({
        "\u20ac": 1,
        "\r": 2,
        "\ufb33": 3,
        "1": 4,
        "\ud83d\ude00": 5,
        "\u0080": 6,
        "\u00f6": 7,
      }),
    ).toBe('{"\\r":2,"1":4,"\u0080":6,"ö":7,"€":1,"😀":5,"\ufb33":3}');
  });

  test("is the same whatever the order of the keys and the white space", () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(canonicalJson(reversed(value))).toBe(canonicalJson(value));
        expect(canonicalJson(JSON.parse(JSON.stringify(value, null, 3)) as Json)).toBe(
          canonicalJson(value),
        );
      }),
      RUNS,
    );
  });

  test("differs for values that differ, and reads back as the value", () => {
    fc.assert(
      fc.property(json, json, (a, b) => {
        const same =
          JSON.stringify(JSON.parse(canonicalJson(a))) ===
          JSON.stringify(JSON.parse(canonicalJson(b)));
        expect(canonicalJson(a) === canonicalJson(b)).toBe(same);
        expect(JSON.parse(canonicalJson(a))).toEqual(JSON.parse(JSON.stringify(a)));
      }),
      RUNS,
    );
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, "\ud800"])(
    "refuses what is not JSON: %j",
    (value) => {
      expect(() => canonicalJson([value])).toThrow(TypeError);
    },
  );
});

describe("planHash", () => {
  const base = aPlan() as unknown as Json;

  /** The value with one leaf changed, once for each of them; what is empty is a leaf. */
  function eachChanged(value: Json): readonly Json[] {
    if (typeof value === "string") return [`${value}!`];
    if (typeof value !== "object" || value === null || Object.keys(value).length === 0)
      return [[value, "changed"]];
    return Object.entries(value).flatMap(([key, member]) =>
      eachChanged(member).map((changed): Json =>
        Array.isArray(value)
          ? value.with(Number(key), changed)
          : { ...(value as JsonObject), [key]: changed },
      ),
    );
  }

  test("changes with any change of meaning", () => {
    const { steps } = aPlan();
    const backwards = aPlan({ steps: steps.toReversed() }) as unknown as Json;
    const hashes = [base, backwards, ...eachChanged(base)].map((plan) =>
      planHash(plan as never, sha256),
    );
    expect(steps.length).toBeGreaterThan(1);
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  test("is that of the same plan only: nothing may be added, left out, doubled or put elsewhere", () => {
    const hash = planHash(aPlan(), sha256);
    const kinds = fc.constantFrom("add", "leave out", "double", "swap" as const);
    fc.assert(
      fc.property(
        fc.array(fc.nat(1000), { minLength: 12, maxLength: 12 }),
        kinds,
        (given, kind) => {
          let at = 0;
          const changed = reshaped(base, kind, () => given[at++ % given.length] ?? 0);
          const same = isDeepStrictEqual(changed, base);
          expect(planHash(changed as never, sha256) === hash).toBe(same);
        },
      ),
      RUNS,
    );
  });

  test("does not change with the order of keys", () => {
    const orders = fc.infiniteStream(fc.nat(1000));
    fc.assert(
      fc.property(orders, (numbers) => {
        const shuffled = reordered(base, () => numbers.next().value ?? 0);
        expect(planHash(shuffled as never, sha256)).toBe(planHash(aPlan(), sha256));
      }),
      RUNS,
    );
  });
});

/** The value with the members of one list or object, found by `pick`, changed as a whole. */
function reshaped(value: Json, kind: string, pick: () => number): Json {
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  const inner = entries.filter(([, member]) => typeof member === "object" && member !== null);
  const deeper = inner[pick() % (inner.length + 1)];
  const list = Array.isArray(value);
  const changed =
    deeper === undefined
      ? withMembers(entries, kind, pick)
      : entries.map(([key, member]): [string, Json] => [
          key,
          key === deeper[0] ? reshaped(member, kind, pick) : member,
        ]);
  return list ? changed.map(([, member]) => member) : Object.fromEntries(changed);
}

function withMembers(
  entries: [string, Json][],
  kind: string,
  pick: () => number,
): [string, Json][] {
  const at = pick() % Math.max(1, entries.length);
  const chosen = entries[at];
  if (kind === "add" || chosen === undefined) return [...entries, ["unheard-of", null]];
  if (kind === "leave out") return entries.toSpliced(at, 1);
  if (kind === "double") return [...entries, [`${chosen[0]} again`, chosen[1]]];
  // The values change places, and the keys stay where they are.
  const other = entries[(at + 1) % entries.length] ?? chosen;
  return entries.map(([key, member]) => [
    key,
    key === chosen[0] ? other[1] : key === other[0] ? chosen[1] : member,
  ]);
}

/** The same value with every object's keys in a random order. */
function reordered(value: Json, pick: () => number): Json {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((member: Json) => reordered(member, pick));
  const keyed = Object.entries(value).map((entry) => ({ entry, place: pick() }));
  return Object.fromEntries(
    keyed
      .toSorted((a, b) => a.place - b.place)
      .map(({ entry: [key, member] }) => [key, reordered(member, pick)]),
  );
}

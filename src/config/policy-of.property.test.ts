// The policy's reader, over everything that can be written in the place of anything: it answers a policy or says what
// is wrong where, and never lets something through by not knowing it.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Policy } from "#engine/policy.ts";
import { sha256 } from "#test/builders/engine-world.ts";
import { POLICY_FILES } from "#test/builders/policy-files.ts";
import type { Written } from "#test/builders/policy-files.ts";
import { CASES } from "#test/proof-scale.ts";
import { ConfigError } from "./config-error.ts";
import { parseConfig } from "./read-config-file.ts";
import { policyOf } from "./policy-of.ts";

type Read = { readonly policy: Policy } | { readonly problems: ConfigError["problems"] };

/** @throws whatever the reader throws that is not about the file. */
function read(text: string): Read {
  try {
    return { policy: policyOf(parseConfig("countersign.yml", text), sha256, {}) };
  } catch (error) {
    if (error instanceof ConfigError) return { problems: error.problems };
    throw error;
  }
}

/** A place in one of the files; its path is of keys and of indices. */
type Place = { readonly file: Written; readonly path: readonly string[]; readonly value: Written };

function placesIn(file: Written, value: Written = file, path: readonly string[] = []): Place[] {
  const members = typeof value === "object" && value !== null ? Object.entries(value) : [];
  const inner = members.flatMap(([key, member]) => placesIn(file, member, [...path, key]));
  return [{ file, path, value }, ...inner];
}

/** The file with another value at that place. */
function put(value: Written, [key, ...rest]: readonly string[], instead: Written): Written {
  if (key === undefined) return instead;
  if (Array.isArray(value))
    return value.map((item: Written, at) => (String(at) === key ? put(item, rest, instead) : item));
  const members = value as Readonly<Record<string, Written>>;
  return { ...members, [key]: put(members[key] ?? null, rest, instead) };
}

function reversed(value: Written): Written {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return (value as readonly Written[]).map(reversed);
  const entries = Object.entries(value).toReversed();
  return Object.fromEntries(entries.map(([key, member]) => [key, reversed(member)]));
}

const PLACES = Object.values(POLICY_FILES).flatMap((file) => placesIn(file));
const MAPPINGS = PLACES.filter(
  ({ value }) => typeof value === "object" && value !== null && !Array.isArray(value),
);
const KEYS = [...new Set(PLACES.flatMap(({ path }) => path))].filter((key) => !/^\d+$/.test(key));

const place = fc.constantFrom(...PLACES);
const anything = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Written>,
  fc.constantFrom<Written>("*", "", 0, -1, 1e9, "2h", "none", "sre", "__proto__", [], {}, null),
  fc.boolean(),
  place.map(({ value }) => value),
);
/** What nobody may write anywhere, however near it is to what may be written. */
const unheardOf = fc.oneof(
  fc.constantFrom("zz_unheard_of", "__proto__", "constructor", "toString"),
  fc.constantFrom(...KEYS).map((key) => key.toUpperCase()),
  fc.constantFrom(...KEYS).map((key) => `${key}_`),
);
const RUNS = { numRuns: CASES };

describe("the reader of policies", () => {
  test.each(Object.entries(POLICY_FILES))(
    "reads what the other properties change: %s",
    (_, file) => {
      expect(read(JSON.stringify(file))).toHaveProperty("policy.environments.production");
    },
  );

  test("answers a policy or every problem with its place, whatever stands anywhere", () => {
    fc.assert(
      fc.property(place, anything, ({ file, path }, instead) => {
        const answer = read(JSON.stringify(put(file, path, instead)));
        if ("policy" in answer) {
          // What may approve is still people, and as many as it takes.
          for (const { approval } of Object.values(answer.policy.environments))
            for (const rule of Object.values(approval))
              for (const clause of rule.require) expect(clause.count).toBeGreaterThanOrEqual(1);
          return;
        }
        expect(answer.problems.length).toBeGreaterThan(0);
        for (const { found, expected } of answer.problems) {
          expect(found).not.toBe("");
          expect(expected).not.toBe("");
        }
      }),
      RUNS,
    );
  });

  test("refuses a key it does not know, at its place, so that no restriction is overlooked", () => {
    fc.assert(
      fc.property(fc.constantFrom(...MAPPINGS), unheardOf, ({ file, path, value }, key) => {
        const more = { ...(value as Readonly<Record<string, Written>>), [key]: true };
        const answer = read(JSON.stringify(put(file, path, more)));
        // A group or an environment may have any name, and is then no group and no environment.
        if (!("problems" in answer)) throw new Error(`it read ${key}`);
        const [problem, ...others] = answer.problems;
        expect(others).toEqual([]);
        const text = [...path, key].join(".").replaceAll(/\.(\d+)(?=\.)/g, "[$1]");
        // This one is not even read: it stands where it would have been put.
        const refused =
          key === "__proto__" ? `${problem?.path}.${key}`.replace(/^\./, "") : problem?.path;
        expect(refused).toBe(text);
      }),
      RUNS,
    );
  });

  test("says the same, under the same version, whatever the order of keys and the white space", () => {
    fc.assert(
      fc.property(place, anything, fc.integer({ min: 0, max: 6 }), (at, instead, indent) => {
        const value = put(at.file, at.path, instead);
        const one = read(JSON.stringify(value));
        const other = read(JSON.stringify(reversed(value), null, indent));
        if ("problems" in one) expect(other).toHaveProperty("problems");
        else expect(other).toEqual(one);
      }),
      RUNS,
    );
  });

  test("ends with a policy or its problems for any text", () => {
    const part = fc.constantFrom(
      ..."environments: |groups: |policies:\n|- |  |{ |} |[|]|\n|require: |count: |match: |sre|&a |*a|!!js |? |: |\t|%YAML|---|...|'|\"".split(
        "|",
      ),
    );
    const text = fc
      .array(fc.oneof(part, fc.string({ maxLength: 8 })), { maxLength: 25 })
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(text, (given) => {
        const answer = read(given);
        if ("problems" in answer) expect(answer.problems.length).toBeGreaterThan(0);
      }),
      RUNS,
    );
  });
});

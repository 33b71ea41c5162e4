// The policy's reader, over everything that can be written in the place of anything: it answers a policy or says what
// is wrong where, and never lets something through by not knowing it.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Policy } from "#engine/policy.ts";
import { sha256 } from "#test/builders/engine-world.ts";
import { CASES, scaled } from "#test/proof-scale.ts";
import { ConfigError, parseConfig } from "./config.ts";
import { policyOf } from "./config-policy.ts";

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

const GOOD = {
  groups: {
    sre: { users: ["U0ANN0000", "U0BOB0000"] },
    dba: { users: ["U0CAT0000"], slack_groups: ["S0DBA0000"] },
  },
  channels: { allow: ["C0OPS0000"] },
  environments: {
    production: {
      approvers: ["sre"],
      allow: [{ groups: ["sre"], operations: ["http.*"] }],
      approval: {
        destructive: {
          require: [{ count: 2, from: ["sre"] }],
          deny: 1,
          approve_within: "2h",
          start_within: "30m",
          remind_after: "15m",
          widen_to: { groups: ["dba"], after: "1h" },
        },
      },
    },
  },
  policies: [
    {
      name: "databases",
      match: { environments: ["production"], operations: ["http.*"], when: "plan.steps > 1" },
      require: [{ count: 1, from: ["dba"], filter: "person.id != 'U0ANN0000'" }],
      deny: 2,
    },
  ],
  freeze: [
    {
      name: "winter",
      environments: ["production"],
      from: "2026-12-20T00:00:00Z",
      until: "2027-01-04T00:00:00Z",
      reason: "Quiet days",
    },
  ],
} as const satisfies Json;

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

/** The same with another value, or another key, at the place that `pick` leads to; and where that is. */
function changed(
  value: Json,
  pick: () => number,
  change: (at: Json) => Json,
): { readonly value: Json; readonly path: readonly string[] } {
  const entries = typeof value === "object" && value !== null ? Object.entries(value) : [];
  const found = entries[pick() % (entries.length + 1)];
  if (found === undefined) return { value: change(value), path: [] };
  const inner = changed(found[1], pick, change);
  const put = entries.map(
    ([key, member]) => [key, key === found[0] ? inner.value : member] as const,
  );
  const path = [found[0], ...inner.path];
  return Array.isArray(value)
    ? { value: put.map(([, member]) => member), path }
    : { value: Object.fromEntries(put), path };
}

function reversed(value: Json): Json {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return (value as readonly Json[]).map(reversed);
  const entries = Object.entries(value).toReversed();
  return Object.fromEntries(entries.map(([key, member]) => [key, reversed(member)]));
}

const picks = fc.array(fc.nat(30), { minLength: 8, maxLength: 8 });
function picker(numbers: readonly number[]): () => number {
  let at = -1;
  return () => numbers[(at += 1) % numbers.length] ?? 0;
}

const anything = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>,
  fc.constantFrom<Json>("*", "", 0, -1, 1e9, "2h", "none", "sre", "__proto__", [], {}, null, true),
);
/** Reading a whole file takes a millisecond or more. */
const RUNS = { numRuns: scaled(400) };

describe("the reader of policies", () => {
  test("reads what the other properties change", () => {
    expect(read(JSON.stringify(GOOD))).toHaveProperty("policy.policies.0.name", "databases");
  });

  test("answers a policy or every problem with its place, whatever stands anywhere", () => {
    fc.assert(
      fc.property(picks, anything, (numbers, put) => {
        const { value } = changed(GOOD, picker(numbers), () => put);
        const answer = read(JSON.stringify(value));
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
      fc.property(picks, (numbers) => {
        let isObject = false;
        const { value, path } = changed(GOOD, picker(numbers), (at) => {
          isObject = typeof at === "object" && at !== null && !Array.isArray(at);
          return isObject ? { ...(at as object), zz_unheard_of: true } : at;
        });
        if (!isObject) return;
        const answer = read(JSON.stringify(value));
        // A group or an environment may have any name, and is then no group and no environment.
        expect(answer).toHaveProperty("problems");
        if ("problems" in answer)
          expect(answer.problems.map((problem) => problem.path).join(" ")).toContain(
            "zz_unheard_of",
          );
        expect(path).not.toContain("zz_unheard_of");
      }),
      RUNS,
    );
  });

  test("says the same, under the same version, whatever the order of keys and the white space", () => {
    fc.assert(
      fc.property(picks, anything, fc.integer({ min: 0, max: 6 }), (numbers, put, indent) => {
        const { value } = changed(GOOD, picker(numbers), () => put);
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
      { numRuns: CASES },
    );
  });
});

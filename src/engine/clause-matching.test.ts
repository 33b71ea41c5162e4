import fc from "fast-check";
import { expect, test } from "vitest";
import { CASES } from "#test/proof-scale.ts";
import { matchClauses } from "./clause-matching.ts";

const clausesOf: Readonly<Record<string, readonly number[]>> = { U1: [0, 1], U2: [0], U3: [1] };
const eligible = (userId: string): readonly number[] => clausesOf[userId] ?? [];

test("somebody who can sit in two places makes room for somebody who can't", () => {
  expect(matchClauses([1, 1], ["U1", "U2"], eligible).filled).toEqual([
    { userId: "U2", clause: 0 },
    { userId: "U1", clause: 1 },
  ]);
});

test("a clause is open when a place is free, or its holder could move to one", () => {
  expect([...matchClauses([1, 1], ["U1"], eligible).open].toSorted((a, b) => a - b)).toEqual([
    0, 1,
  ]);
  expect([...matchClauses([1, 1], ["U2"], eligible).open]).toEqual([1]);
  expect([...matchClauses([1, 1], ["U1", "U2"], eligible).open]).toEqual([]);
});

/** The largest number of places filled, by trying everything. */
function bruteForce(counts: readonly number[], people: readonly (readonly number[])[]): number {
  const [first, ...rest] = people;
  if (first === undefined) return 0;
  const seated = first
    .filter((clause) => (counts[clause] ?? 0) > 0)
    .map((clause) => {
      const left = counts.map((count, index) => (index === clause ? count - 1 : count));
      return 1 + bruteForce(left, rest);
    });
  return Math.max(bruteForce(counts, rest), ...seated);
}

test("no other seating fills more places", () => {
  const counts = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 4 });
  const people = fc.array(fc.uniqueArray(fc.nat(3), { maxLength: 4 }), { maxLength: 6 });
  fc.assert(
    fc.property(counts, people, (places, given) => {
      const may = given.map((clauses) => clauses.filter((clause) => clause < places.length));
      const ids = may.map((_, index) => `U${index}`);
      const matched = matchClauses(places, ids, (userId) => may[Number(userId.slice(1))] ?? []);
      expect(matched.filled).toHaveLength(bruteForce(places, may));
    }),
    { numRuns: CASES },
  );
});

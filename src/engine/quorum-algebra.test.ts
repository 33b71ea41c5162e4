// P12 over every term a rule can have: clauses that leave people out, denials of more than one, overlap, silent
// approvers, widening and delegation, against a quorum that is counted a second time, by trying everything.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { aRule } from "#test/builders/a-policy.ts";
import { voteOf } from "#test/builders/a-vote.ts";
import { CASES } from "#test/proof-scale.ts";
import { decideVerdict } from "./decide-verdict.ts";
import type { Clause } from "./policy.ts";
import type { VerdictFacts, Vote } from "./verdict.ts";

const RUNS = { numRuns: CASES };
const PEOPLE = ["U1", "U2", "U3", "U4", "U5", "U6"] as const;
const GROUPS = ["sre", "dba", "ops"] as const;

const person = fc.constantFrom(...PEOPLE);
const group = fc.constantFrom(...GROUPS);
const people = fc.record({
  groups: fc.uniqueArray(group, { maxLength: 1 }),
  users: fc.uniqueArray(person, { maxLength: 1 }),
});
const clause: fc.Arbitrary<Clause> = fc
  .record({
    count: fc.integer({ min: 1, max: 3 }),
    fromGroups: fc.uniqueArray(group, { maxLength: 2 }),
    fromUsers: fc.uniqueArray(person, { maxLength: 2 }),
    except: fc.option(people),
  })
  .map(({ except, ...rest }) => ({ ...rest, ...(except !== null && { except }) }));

const rule = fc
  .record({
    require: fc.array(clause, { minLength: 1, maxLength: 3 }),
    denyAt: fc.integer({ min: 1, max: 3 }),
    selfApproval: fc.boolean(),
    allowOverlap: fc.boolean(),
    silent: people,
    widen: fc.option(people.map((more) => ({ ...more, afterMs: 1 }))),
  })
  .map(({ require, ...terms }) => aRule(require, terms));

type Word = Pick<Vote, "userId" | "choice">;

const world = fc.record({
  rule,
  /** A group that is not there could not be asked. */
  members: fc.dictionary(group, fc.uniqueArray(person)),
  requesterId: person,
  editorIds: fc.uniqueArray(person, { maxLength: 1 }),
  standings: fc.dictionary(
    person,
    fc.constantFrom("member", "member", "member", "refused", "unavailable"),
  ),
  words: fc.uniqueArray(
    fc.record({
      userId: person,
      choice: fc.constantFrom("approve" as const, "approve" as const, "reject" as const),
    }),
    { selector: ({ userId }) => userId },
  ),
  /** Each person has one delegate at a time; the store sees to that. */
  delegations: fc.uniqueArray(
    fc.record({ fromUserId: person, toUserId: person, until: fc.constantFrom(500, 5_000) }),
    { maxLength: 3, selector: ({ fromUserId }) => fromUserId },
  ),
  widened: fc.boolean(),
});
type World = typeof world extends fc.Arbitrary<infer T> ? T : never;

function factsOf({ words: _words, ...given }: World, words: readonly Word[]): VerdictFacts {
  return {
    ...given,
    now: 1_000,
    approveBy: 2_000,
    planVersion: 1,
    planHash: "hash",
    plan: {},
    standing: null,
    votes: words.map(({ userId, choice }) => voteOf(userId, choice)),
  };
}

/** Whether somebody may fill a clause, said once more from the words of the documentation. */
function mayFill(facts: VerdictFacts, userId: string, place: Clause): boolean {
  const { rule, members, standings, widened } = facts;
  const inAny = ({ groups, users }: { groups: readonly string[]; users: readonly string[] }) =>
    users.includes(userId) || groups.some((name) => members[name]?.includes(userId) === true);
  const sources = [
    { groups: place.fromGroups, users: place.fromUsers },
    rule.silent,
    ...(widened && rule.widen !== null ? [rule.widen] : []),
  ];
  const barred =
    userId === facts.requesterId ? !rule.selfApproval : facts.editorIds.includes(userId);
  if (barred || standings[userId] !== "member" || !sources.some(inAny)) return false;
  return !isKeptOut(facts, userId, place);
}

/** The clause leaves them out, or nobody can tell whether it does. */
function isKeptOut({ members }: VerdictFacts, userId: string, { except }: Clause): boolean {
  if (except === undefined) return false;
  const { groups, users } = except;
  const unasked = groups.some((name) => members[name] === undefined);
  return (
    unasked || users.includes(userId) || groups.some((name) => members[name]?.includes(userId))
  );
}

/** Themselves, or in the place of somebody who has not voted and whose say is theirs for now; never if they are left out. */
function mayFillForAny(facts: VerdictFacts, userId: string, place: Clause): boolean {
  const own = mayFill(facts, userId, place);
  const barred =
    userId === facts.requesterId ? !facts.rule.selfApproval : facts.editorIds.includes(userId);
  if (own || barred || facts.standings[userId] !== "member") return own;
  const voted = new Set(facts.votes.map((vote) => vote.userId));
  return facts.delegations.some(
    ({ fromUserId, toUserId, until }) =>
      toUserId === userId &&
      fromUserId !== userId &&
      until > facts.now &&
      fromUserId !== facts.requesterId &&
      !voted.has(fromUserId) &&
      !isKeptOut(facts, userId, place) &&
      mayFill(facts, fromUserId, place),
  );
}

/** The most places that these people can fill, found by trying every way to seat them. */
function mostFilled(facts: VerdictFacts, approving: readonly string[]): number {
  const { require, allowOverlap } = facts.rule;
  if (allowOverlap)
    return require
      .map((place) =>
        Math.min(place.count, approving.filter((id) => mayFillForAny(facts, id, place)).length),
      )
      .reduce((sum, filled) => sum + filled, 0);
  const seat = (from: number, free: readonly number[]): number => {
    const userId = approving[from];
    if (userId === undefined) return 0;
    let most = seat(from + 1, free);
    for (const [index, place] of require.entries()) {
      if ((free[index] ?? 0) === 0 || !mayFillForAny(facts, userId, place)) continue;
      const left = free.map((count, at) => (at === index ? count - 1 : count));
      most = Math.max(most, 1 + seat(from + 1, left));
    }
    return most;
  };
  return seat(
    0,
    require.map(({ count }) => count),
  );
}

describe("a quorum", () => {
  test("is what counting by hand finds, and is met by nothing less", () => {
    fc.assert(
      fc.property(world, (given) => {
        const facts = factsOf(given, given.words);
        const verdict = decideVerdict(facts);
        const approving = given.words.filter(({ choice }) => choice === "approve");
        const had = mostFilled(
          facts,
          approving.map(({ userId }) => userId),
        );
        const needed = given.rule.require.reduce((sum, { count }) => sum + count, 0);
        expect(verdict.had).toBe(had);
        expect(verdict.needed).toBe(needed);
        if (verdict.outcome === "approved") expect(had).toBe(needed);
        else if (verdict.outcome !== "denied") expect(had).toBeLessThan(needed);
      }),
      RUNS,
    );
  });

  test("grows with every approval, whoever gives it", () => {
    fc.assert(
      fc.property(world, person, (given, userId) => {
        if (given.words.some((word) => word.userId === userId)) return;
        const before = decideVerdict(factsOf(given, given.words));
        const more = [...given.words, { userId, choice: "approve" as const }];
        const after = decideVerdict(factsOf(given, more));
        // Also of whoever lent their say: they take it back, and fill the place that it filled.
        expect(after.had).toBeGreaterThanOrEqual(before.had);
        if (before.outcome === "approved") expect(after.outcome).toBe("approved");
        // With their say they also take back the denial that it was used for. Decided plans are not decided again.
        const lends = given.delegations.some(({ fromUserId }) => fromUserId === userId);
        if (before.outcome === "denied" && !lends) expect(after.outcome).toBe("denied");
      }),
      RUNS,
    );
  });

  test("is never made by a denial, and no denial is undone by another", () => {
    fc.assert(
      fc.property(world, person, (given, userId) => {
        const others = given.words.filter((word) => word.userId !== userId);
        const before = decideVerdict(factsOf(given, others));
        const more = [...others, { userId, choice: "reject" as const }];
        const after = decideVerdict(factsOf(given, more));
        if (before.outcome !== "approved") expect(after.outcome).not.toBe("approved");
        if (before.outcome === "denied") expect(after.outcome).toBe("denied");
        expect(after.had).toBeLessThanOrEqual(before.had);
      }),
      RUNS,
    );
  });

  test("is denied by nobody who does not count, and by no fewer than it takes", () => {
    fc.assert(
      fc.property(world, (given) => {
        const facts = factsOf(given, given.words);
        const verdict = decideVerdict(facts);
        const rejecting = given.words.filter(({ choice }) => choice === "reject");
        const sure = rejecting.filter(({ userId }) =>
          given.rule.require.some((place) => mayFillForAny(facts, userId, place)),
        );
        if (sure.length >= given.rule.denyAt) expect(verdict.outcome).toBe("denied");
        if (rejecting.length < given.rule.denyAt) expect(verdict.outcome).not.toBe("denied");
      }),
      RUNS,
    );
  });

  test("does not depend on the order of the votes", () => {
    fc.assert(
      fc.property(world, fc.array(fc.nat()), (given, keys) => {
        const shuffled = given.words
          .map((word, index) => ({ word, key: keys[index] ?? 0 }))
          .toSorted((a, b) => a.key - b.key)
          .map(({ word }) => word);
        const { ignored: _a, ...first } = decideVerdict(factsOf(given, given.words));
        const { ignored: _b, ...second } = decideVerdict(factsOf(given, shuffled));
        expect(second).toEqual(first);
      }),
      RUNS,
    );
  });

  test("counts nobody twice, in no clause that isn't theirs, and nobody who only may be eligible", () => {
    fc.assert(
      fc.property(world, (given) => {
        const facts = factsOf(given, given.words);
        const { counted } = decideVerdict(facts);
        const seats = counted.map(({ userId, clause: at }) =>
          given.rule.allowOverlap ? `${userId} ${at}` : userId,
        );
        expect(new Set(seats).size).toBe(seats.length);
        for (const { userId, clause: at } of counted) {
          const place = given.rule.require[at];
          expect(place !== undefined && mayFillForAny(facts, userId, place)).toBe(true);
        }
      }),
      RUNS,
    );
  });
});

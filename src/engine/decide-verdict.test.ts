import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { voteOf as vote } from "#test/builders/a-vote.ts";
import { CASES } from "#test/proof-scale.ts";
import { decideVerdict } from "./decide-verdict.ts";
import { PLAIN_RULE } from "./policy.ts";
import type { Clause } from "./policy.ts";
import type { VerdictFacts, VerdictNode } from "./verdict.ts";

const RUNS = { numRuns: CASES };
const PEOPLE = ["U1", "U2", "U3", "U4", "U5", "U6"];

function clause(
  count: number,
  fromGroups: readonly string[],
  fromUsers: readonly string[] = [],
): Clause {
  return { count, fromGroups, fromUsers };
}

function facts(
  changes: Partial<VerdictFacts> & { require?: readonly Clause[] } = {},
): VerdictFacts {
  const { require = [clause(2, ["sre"])], ...rest } = changes;
  return {
    now: 1000,
    planVersion: 1,
    planHash: "hash",
    requesterId: "UREQ",
    editorIds: [],
    rule: { ...PLAIN_RULE, require, approveWithinMs: 1, startWithinMs: 1, remindAfterMs: null },
    approveBy: 2000,
    votes: [],
    members: { sre: ["U1", "U2", "U3"], dba: ["U3", "U4"], none: [] },
    standings: Object.fromEntries([...PEOPLE, "UREQ"].map((id) => [id, "member"] as const)),
    delegations: [],
    widened: false,
    plan: {},
    standing: null,
    ...rest,
  };
}

function sentences(node: VerdictNode): string {
  return [node.sentence, ...node.children.map(sentences)].join(" ");
}

describe("decideVerdict", () => {
  test("waits until enough distinct people have approved", () => {
    const waiting = decideVerdict(
      facts({ votes: [vote("U1"), vote("U1", "approve", { at: 101 })] }),
    );
    expect(waiting).toMatchObject({
      outcome: "waiting",
      had: 1,
      needed: 2,
      couldApprove: ["U2", "U3"],
    });
    expect(waiting.tree.children[0]?.sentence).toBe("1 of 2 from sre: @U1.");
    expect(decideVerdict(facts({ votes: [vote("U1"), vote("U2")] })).outcome).toBe("approved");
  });

  test("a denial beats an approval, and expiry beats both", () => {
    const votes = [vote("U1"), vote("U2"), vote("U3", "reject")];
    expect(decideVerdict(facts({ votes })).outcome).toBe("denied");
    expect(decideVerdict(facts({ votes, now: 2000 })).outcome).toBe("expired");
    expect(decideVerdict(facts({ votes: votes.slice(0, 2), now: 2000 })).outcome).toBe("expired");
  });

  test("one person fills one clause", () => {
    const require = [clause(1, ["sre"]), clause(1, ["dba"])];
    const alone = decideVerdict(facts({ require, votes: [vote("U3")] }));
    expect(alone).toMatchObject({ outcome: "waiting", had: 1 });
    // U3 is in both groups and makes room for U1, who is in one.
    const both = decideVerdict(facts({ require, votes: [vote("U3"), vote("U1")] }));
    expect(both.outcome).toBe("approved");
    expect(both.counted).toEqual([
      { userId: "U1", clause: 0 },
      { userId: "U3", clause: 1 },
    ]);
  });

  test("whoever can free a place for somebody else could still approve", () => {
    const require = [clause(1, ["sre"]), clause(1, ["dba"])];
    // U3 sits in sre; U1 could take that seat and U3 move to dba.
    expect(decideVerdict(facts({ require, votes: [vote("U3")] })).couldApprove).toEqual([
      "U1",
      "U2",
      "U4",
    ]);
  });

  test.each<[string, Partial<VerdictFacts>, RegExp]>([
    [
      "the requester",
      { requesterId: "U1" },
      /@U1's approval does not count because they asked for the plan/,
    ],
    [
      "an editor",
      { editorIds: ["U1"] },
      /@U1's approval does not count because they edited the plan/,
    ],
    [
      "somebody who left the group",
      { members: { sre: ["U2", "U3"] }, votes: [vote("U1", "approve", { groups: ["sre"] })] },
      /@U1's approval does not count because they are no longer in sre/,
    ],
    ["a stranger to the group", { members: { sre: ["U2", "U3"] } }, /they are not in sre/],
    [
      "a person refused by Slack",
      { standings: { U1: "refused", U2: "member", U3: "member" } },
      /not an active full member/,
    ],
    [
      "somebody Slack was not asked about",
      { standings: { U2: "member" } },
      /Slack could not be asked/,
    ],
    [
      "a vote for another version",
      { votes: [vote("U1", "approve", { planVersion: 2 })] },
      /version 2 and this is version 1/,
    ],
    [
      "a vote for another hash",
      { votes: [vote("U1", "approve", { planHash: "other" })] },
      /another hash/,
    ],
  ])("%s does not count, and the tree says why", (_name, changes, expected) => {
    const verdict = decideVerdict(facts({ votes: [vote("U1")], ...changes }));
    expect(verdict.had).toBe(0);
    expect(verdict.ignored).toHaveLength(1);
    expect(sentences(verdict.tree)).toMatch(expected);
  });

  test("an empty approver set means nobody, never everybody", () => {
    for (const require of [
      [clause(1, [])],
      [clause(1, ["none"])],
      [clause(0, []), clause(1, ["none"])],
    ]) {
      const verdict = decideVerdict(facts({ require, votes: [vote("U1")] }));
      expect(verdict.outcome).toBe("unreachable");
      expect(sentences(verdict.tree)).toMatch(/nobody can fill this/);
    }
  });

  test("a quorum that active people can't reach is unreachable, and says who is left", () => {
    const verdict = decideVerdict(
      facts({ requesterId: "U1", standings: { U2: "refused", U3: "member" } }),
    );
    expect(verdict.outcome).toBe("unreachable");
    expect(sentences(verdict.tree)).toMatch(
      /only @U3 could, once the requester, editors and inactive people are left out/,
    );
  });

  test("a group that could not be asked never approves and never makes a plan unreachable", () => {
    const verdict = decideVerdict(facts({ members: {}, votes: [vote("U1"), vote("U2")] }));
    expect(verdict.outcome).toBe("waiting");
    expect(sentences(verdict.tree)).toMatch(/Slack could not be asked who is in sre/);
  });

  test("a rejection counts even when Slack can't be asked about the voter", () => {
    const verdict = decideVerdict(
      facts({ votes: [vote("U1", "reject")], standings: { U1: "unavailable" } }),
    );
    expect(verdict.outcome).toBe("denied");
  });

  test("the newest word of a person counts", () => {
    const votes = [
      vote("U1", "reject", { at: 100 }),
      vote("U1", "approve", { at: 200 }),
      vote("U2"),
    ];
    expect(decideVerdict(facts({ votes })).outcome).toBe("approved");
  });

  test("of two words of a person at the same instant the rejection counts", () => {
    const words = [vote("U1", "reject", { at: 100 }), vote("U1", "approve", { at: 100 })];
    for (const votes of [words, words.toReversed()])
      expect(decideVerdict(facts({ votes })).outcome).toBe("denied");
  });

  test("a rule without clauses needs nobody", () => {
    expect(decideVerdict(facts({ require: [] }))).toMatchObject({ outcome: "approved", needed: 0 });
  });
});

describe("the algebra of a quorum (P12)", () => {
  const groups = fc.constantFrom("sre", "dba", "ops");
  const person = fc.constantFrom(...PEOPLE);
  const world = fc.record({
    require: fc.array(
      fc.record({
        count: fc.integer({ min: 1, max: 3 }),
        fromGroups: fc.uniqueArray(groups, { maxLength: 2 }),
        fromUsers: fc.uniqueArray(person, { maxLength: 2 }),
      }),
      { minLength: 1, maxLength: 3 },
    ),
    members: fc.dictionary(groups, fc.uniqueArray(person)),
    requesterId: person,
    editorIds: fc.uniqueArray(person, { maxLength: 1 }),
    standings: fc.dictionary(
      person,
      fc.constantFrom("member", "member", "member", "refused", "unavailable"),
    ),
    votes: fc.uniqueArray(
      fc.record({
        userId: person,
        choice: fc.constantFrom("approve", "approve", "approve", "reject"),
      }),
      { selector: ({ userId }) => userId },
    ),
    now: fc.constantFrom(1000, 1000, 1000, 2500),
  });
  type World = typeof world extends fc.Arbitrary<infer T> ? T : never;
  const factsOf = ({ votes, ...rest }: World, cast = votes): VerdictFacts =>
    facts({
      ...(rest as Partial<VerdictFacts>),
      votes: cast.map(({ userId, choice }) => vote(userId, choice)),
    });

  test("another approval never takes an approval away", () => {
    fc.assert(
      fc.property(world, person, (given, userId) => {
        if (given.votes.some((cast) => cast.userId === userId)) return;
        const before = decideVerdict(factsOf(given));
        const after = decideVerdict(
          factsOf(given, [...given.votes, { userId, choice: "approve" }]),
        );
        if (before.outcome === "approved") expect(after.outcome).toBe("approved");
        expect(after.had).toBeGreaterThanOrEqual(before.had);
      }),
      RUNS,
    );
  });

  test("another denial never makes an approval", () => {
    fc.assert(
      fc.property(world, person, (given, userId) => {
        const others = given.votes.filter((cast) => cast.userId !== userId);
        const before = decideVerdict(factsOf(given, others));
        const after = decideVerdict(factsOf(given, [...others, { userId, choice: "reject" }]));
        if (before.outcome !== "approved") expect(after.outcome).not.toBe("approved");
        if (before.outcome === "denied") expect(after.outcome).toBe("denied");
      }),
      RUNS,
    );
  });

  test("the order of the votes does not matter", () => {
    fc.assert(
      fc.property(world, fc.array(fc.nat()), (given, keys) => {
        const shuffled = given.votes
          .map((cast, index) => ({ cast, key: keys[index] ?? 0 }))
          .toSorted((a, b) => a.key - b.key)
          .map(({ cast }) => cast);
        const { ignored: a, ...first } = decideVerdict(factsOf(given));
        const { ignored: b, ...second } = decideVerdict(factsOf(given, shuffled));
        expect(second).toEqual(first);
        expect(new Set(b.map(({ userId }) => userId))).toEqual(
          new Set(a.map(({ userId }) => userId)),
        );
      }),
      RUNS,
    );
  });

  test("nobody is counted twice, nor for a clause that isn't theirs, and never by what is not known", () => {
    fc.assert(
      fc.property(world, (given) => {
        const known = factsOf(given);
        const verdict = decideVerdict(known);
        expect(new Set(verdict.counted.map(({ userId }) => userId)).size).toBe(
          verdict.counted.length,
        );
        for (const { userId, clause: index } of verdict.counted) {
          const { fromGroups = [], fromUsers = [] } = known.rule.require[index] ?? {};
          expect(known.standings[userId]).toBe("member");
          expect([known.requesterId, ...known.editorIds]).not.toContain(userId);
          expect(
            fromUsers.includes(userId) ||
              fromGroups.some((group) => known.members[group]?.includes(userId)),
          ).toBe(true);
        }
        known.rule.require.forEach(({ count }, index) => {
          const here = verdict.counted.filter(({ clause: at }) => at === index).length;
          expect(here).toBeLessThanOrEqual(count);
          if (verdict.outcome === "approved") expect(here).toBe(count);
        });
      }),
      RUNS,
    );
  });

  test("whoever is said to be able to approve brings the quorum nearer", () => {
    fc.assert(
      fc.property(world, (given) => {
        const known = factsOf(given);
        const verdict = decideVerdict(known);
        for (const userId of verdict.couldApprove) {
          if (known.standings[userId] !== "member" || Object.keys(known.members).length < 3)
            continue;
          const votes = [...known.votes.filter((cast) => cast.userId !== userId), vote(userId)];
          expect(decideVerdict({ ...known, votes }).had).toBe(verdict.had + 1);
        }
      }),
      RUNS,
    );
  });
});

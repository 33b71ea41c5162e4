// What a rule may say beyond its clauses, each term by itself: decide-verdict.test.ts has the clauses and votes.

import { describe, expect, test } from "vitest";
import { voteOf as vote } from "#test/builders/a-vote.ts";
import { decideVerdict } from "./decide-verdict.ts";
import { groupsOf } from "./gather-facts.ts";
import { PLAIN_RULE } from "./policy.ts";
import type { ApprovalRule, Clause } from "./policy.ts";
import type { VerdictFacts, Vote } from "./verdict.ts";

const PEOPLE = ["U1", "U2", "U3", "U4", "U5", "U6", "UREQ"];

function clause(count: number, group: string, changes: Partial<Clause> = {}): Clause {
  return { count, fromGroups: [group], fromUsers: [], ...changes };
}

function facts(
  rule: Partial<ApprovalRule>,
  votes: readonly Vote[],
  changes: Partial<VerdictFacts> = {},
): VerdictFacts {
  return {
    now: 1000,
    planVersion: 1,
    planHash: "hash",
    requesterId: "UREQ",
    editorIds: [],
    rule: {
      ...PLAIN_RULE,
      require: [clause(2, "sre")],
      approveWithinMs: 1,
      startWithinMs: 1,
      remindAfterMs: null,
      ...rule,
    },
    approveBy: 2000,
    votes,
    members: { sre: ["U1", "U2", "U3"], dba: ["U3", "U4"], leads: ["U5"], security: ["U6"] },
    standings: Object.fromEntries(PEOPLE.map((id) => [id, "member"] as const)),
    delegations: [],
    widened: false,
    plan: { risk: "modify" },
    standing: null,
    ...changes,
  };
}

function decide(...given: Parameters<typeof facts>) {
  return decideVerdict(facts(...given));
}

describe("a threshold of rejections", () => {
  test("denies only from that many distinct people on, and says how many there are", () => {
    const one = decide({ denyAt: 2 }, [vote("U1", "reject")]);
    expect(one).toMatchObject({ outcome: "waiting", by: null });
    expect(one.tree.children.at(-1)?.sentence).toBe(
      "@U1 rejected the plan. 1 of 2 rejections that deny it.",
    );
    const again = [vote("U1", "reject"), vote("U1", "reject", { at: 101 })];
    expect(decide({ denyAt: 2 }, again).outcome).toBe("waiting");
    expect(decide({ denyAt: 2 }, [vote("U1", "reject"), vote("U2", "reject")]).outcome).toBe(
      "denied",
    );
  });

  test("counts nobody who may not decide", () => {
    expect(decide({ denyAt: 1 }, [vote("U4", "reject")]).outcome).toBe("waiting");
  });
});

describe("an exception", () => {
  const except = { groups: ["dba"], users: ["U2"] };
  const rule = { require: [clause(1, "sre", { except })] };

  test("keeps people out of the clause, by group and by id, and says so", () => {
    const verdict = decide(rule, [vote("U2"), vote("U3")]);
    expect(verdict).toMatchObject({ outcome: "waiting", had: 0, couldApprove: ["U1"] });
    expect(verdict.ignored).toEqual([
      { userId: "U2", reason: "the policy leaves out dba and @U2" },
      { userId: "U3", reason: "the policy leaves out dba and @U2" },
    ]);
    expect(decide(rule, [vote("U1")]).outcome).toBe("approved");
  });

  test("counts nobody while its group can't be asked", () => {
    const verdict = decide(rule, [vote("U1")], { members: { sre: ["U1"] } });
    expect(verdict).toMatchObject({ outcome: "waiting", had: 0 });
    expect(verdict.tree.children[0]?.sentence).toContain("Slack could not be asked who is in dba");
  });
});

describe("a filter", () => {
  const only = (filter: string) => ({ require: [clause(1, "sre", { filter })] });

  test("decides who fills the clause by their groups, their id and the plan", () => {
    expect(decide(only("'dba' in person.groups"), [vote("U1")]).outcome).toBe("waiting");
    expect(decide(only("'dba' in person.groups"), [vote("U3")]).outcome).toBe("approved");
    expect(decide(only("person.id != 'U1'"), [vote("U1")]).outcome).toBe("waiting");
    expect(decide(only("plan.risk == 'modify'"), [vote("U1")]).outcome).toBe("approved");
  });

  test("about a group that can't be asked counts nobody, and does not call it impossible", () => {
    const filter = "!('away' in person.groups)";
    const rule = { require: [clause(1, "sre", { filter, filterGroups: ["away"] })] };
    expect(decide(rule, [vote("U1")])).toMatchObject({ outcome: "waiting", had: 0 });
    expect(decide(rule, [vote("U1")], { members: { sre: ["U1"], away: [] } }).outcome).toBe(
      "approved",
    );
    expect(groupsOf(facts(rule, []).rule)).toEqual(["sre", "away"]);
  });

  test("that fails keeps everybody out", () => {
    const verdict = decide(only("person.rank > 3"), [vote("U1")]);
    expect(verdict).toMatchObject({ outcome: "unreachable", had: 0 });
    expect(verdict.ignored[0]?.reason).toContain("the policy's filter failed for them");
  });
});

describe("overlap", () => {
  const require = [clause(1, "sre"), clause(1, "dba")];

  test("lets one person fill one place in each of several clauses, only where the policy says so", () => {
    expect(decide({ require }, [vote("U3")]).outcome).toBe("waiting");
    const overlapping = decide({ require, allowOverlap: true }, [vote("U3")]);
    expect(overlapping).toMatchObject({ outcome: "approved", had: 2 });
    expect(overlapping.tree.sentence).toBe("Approved by @U3.");
  });

  test("never lets one person fill two places of one clause", () => {
    expect(decide({ allowOverlap: true }, [vote("U1")]).outcome).toBe("waiting");
  });
});

describe("silent people and those a rule is widened to", () => {
  test("fill any clause, the latter only once their time has come", () => {
    const silent = { groups: ["security"], users: [] };
    expect(decide({ silent }, [vote("U1"), vote("U6")]).outcome).toBe("approved");
    const widen = { afterMs: 1, groups: ["leads"], users: [] };
    expect(decide({ widen }, [vote("U1"), vote("U5")]).outcome).toBe("waiting");
    expect(decide({ widen }, [vote("U1"), vote("U5")], { widened: true }).outcome).toBe("approved");
  });
});

describe("self-approval", () => {
  const rule = { require: [clause(1, "sre")], selfApproval: true };
  const members = { sre: ["UREQ", "U1"] };

  test("counts a requester who is an approver, also of what they edited", () => {
    const self = { members, editorIds: ["UREQ"] };
    expect(decide(rule, [vote("UREQ")], self).outcome).toBe("approved");
    expect(decide({ ...rule, selfApproval: false }, [vote("UREQ")], self).outcome).toBe("waiting");
  });

  test("counts neither another editor nor a requester who is no approver", () => {
    expect(decide(rule, [vote("U1")], { members, editorIds: ["U1"] }).outcome).toBe("waiting");
    expect(decide(rule, [vote("UREQ")]).outcome).toBe("waiting");
  });
});

describe("the end of the time to approve", () => {
  const late = { now: 2000 };
  const rule = { onTimeout: "approve" } as const;

  test("approves where the policy says so, and says by what", () => {
    expect(decide(rule, [], late)).toMatchObject({ outcome: "approved", by: "timeout", had: 0 });
    expect(decide(rule, []).outcome).toBe("waiting");
    expect(decide({}, [], late)).toMatchObject({ outcome: "expired", by: null });
  });

  test("approves nothing that one person objected to, even below the threshold", () => {
    expect(decide({ ...rule, denyAt: 3 }, [vote("U1", "reject")], late).outcome).toBe("expired");
  });

  test("approves nothing that somebody objected to who can't be asked about", () => {
    const standings = { U1: "unavailable" } as const;
    expect(decide(rule, [vote("U1", "reject")], { ...late, standings }).outcome).toBe("expired");
  });
});

describe("a standing approval", () => {
  test("approves without votes, but never against a denial or after the time", () => {
    const standing = "nightly";
    expect(decide({}, [], { standing })).toMatchObject({ outcome: "approved", by: "standing" });
    expect(decide({}, [vote("U1", "reject")], { standing }).outcome).toBe("denied");
    expect(decide({}, [], { standing, now: 2000 }).outcome).toBe("expired");
  });
});

describe("a passkey", () => {
  const rule = { require: [clause(1, "sre")], stepUp: "webauthn" } as const;

  test("is what an approval counts by where the policy asks for it; a rejection needs none", () => {
    const bare = decide(rule, [vote("U1")]);
    expect(bare).toMatchObject({ outcome: "waiting", had: 0 });
    expect(bare.ignored[0]?.reason).toBe("the policy asks for a passkey, and none proved it");
    expect(decide(rule, [vote("U1", "approve", { stepUp: "d1" })]).outcome).toBe("approved");
    expect(decide(rule, [vote("U1", "reject")]).outcome).toBe("denied");
  });
});

describe("a delegate", () => {
  const lend = (fromUserId: string, toUserId = "U6", until = 5000) => [
    { fromUserId, toUserId, until },
  ];
  const rule = { require: [clause(1, "sre")] };
  const outcome = (
    votes: readonly Vote[],
    delegations: VerdictFacts["delegations"],
    changes: Partial<VerdictFacts> = {},
  ) => decide(rule, votes, { delegations, ...changes }).outcome;

  test("votes in the place of an approver while it lasts", () => {
    expect(outcome([vote("U6")], [])).toBe("waiting");
    expect(outcome([vote("U6")], lend("U1"))).toBe("approved");
    expect(outcome([vote("U6")], lend("U1", "U6", 1000))).toBe("waiting");
  });

  test("is listed among those who could approve", () => {
    expect(decide(rule, [], { delegations: lend("U1") }).couldApprove).toContain("U6");
  });

  test("votes for nobody who asked for the plan, edited it, is gone, can't be asked about or is no approver", () => {
    const members = { sre: ["UREQ", "U1", "U2"] };
    expect(outcome([vote("U6")], lend("UREQ"), { members })).toBe("waiting");
    expect(outcome([vote("U6")], lend("U1"), { editorIds: ["U1"] })).toBe("waiting");
    for (const standing of ["refused", "unavailable"] as const) {
      const standings = { ...facts({}, []).standings, U1: standing };
      expect(outcome([vote("U6")], lend("U1"), { standings })).toBe("waiting");
    }
    expect(outcome([vote("U6")], lend("U4"))).toBe("waiting");
  });

  test("who asked for the plan or edited it does not vote for anybody", () => {
    expect(outcome([vote("UREQ")], lend("U1", "UREQ"))).toBe("waiting");
    expect(outcome([vote("U6")], lend("U1"), { editorIds: ["U6"] })).toBe("waiting");
  });

  test("of a requester who may approve themselves is not them", () => {
    const self = { require: [clause(1, "sre")], selfApproval: true };
    const members = { sre: ["UREQ"] };
    expect(decide(self, [vote("U6")], { members, delegations: lend("UREQ") }).outcome).not.toBe(
      "approved",
    );
  });

  test("does not count beside the one in whose place they vote", () => {
    const two = { require: [clause(2, "sre")] };
    const both = decide(two, [vote("U1"), vote("U6")], { delegations: lend("U1") });
    expect(both).toMatchObject({ outcome: "waiting", had: 1 });
    const others = decide(two, [vote("U2"), vote("U6")], { delegations: lend("U1") });
    expect(others.outcome).toBe("approved");
  });

  test("whom the clause leaves out, by group, by id or by its filter, or may leave out, does not fill it", () => {
    for (const left of [
      { except: { groups: ["security"], users: [] } },
      { except: { groups: [], users: ["U6"] } },
      { except: { groups: ["away"], users: [] } },
      { filter: 'person.id != "U6"' },
    ]) {
      const barring = { require: [clause(1, "sre", left)] };
      const decided = decide(barring, [vote("U6")], { delegations: lend("U1") });
      expect([left, decided.outcome, decided.had]).toEqual([left, "waiting", 0]);
      expect(decided.couldApprove).not.toContain("U6");
    }
  });

  test("does not pass it on", () => {
    const chain = [...lend("U1", "U5"), ...lend("U5", "U6")];
    expect(outcome([vote("U6")], chain)).toBe("waiting");
  });
});

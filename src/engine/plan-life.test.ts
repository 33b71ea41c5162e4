import { describe, expect, test } from "vitest";
import { aRecord, aVerdict } from "#test/builders/plan-records.ts";
import {
  approvePlan,
  beginPlan,
  decidedBy,
  editVersion,
  effectiveStatus,
  expirePlan,
  recordVote,
  rejectPlan,
  noteWave,
  spendPlan,
  withdraw,
} from "./plan-life.ts";
import type { AwaitingPlan, PlanRecord } from "./plan.ts";
import type { Refusal } from "./refusal.ts";
import type { Result } from "./result.ts";

const record = aRecord({ hash: "h1" });
const early = record.filedAt + 1;
const late = record.approveBy;
const approvedVerdict = aVerdict({
  outcome: "approved",
  counted: [{ userId: "U0ANN", clause: 0 }],
});
const vote = {
  planVersion: 1,
  planHash: "h1",
  userId: "U0ANN",
  choice: "approve",
  reason: null,
  groups: ["sre"],
  policyVersion: "p",
  requestId: "Ev1",
} as const;
const edit = {
  plan: record.plan,
  hash: "h2",
  source: "",
  rule: record.rule,
  policyVersion: "p",
  fromVersion: 1,
  editorId: "U0DEV",
  keeps: false,
} as const;

type Move = Result<PlanRecord, Refusal>;
const moves = {
  vote: (plan: PlanRecord, at: number): Move => recordVote(plan, { ...vote, at }),
  approve: (plan: PlanRecord, at: number): Move =>
    approvePlan(plan, { verdict: approvedVerdict, runId: "run-1", at }),
  reject: (plan: PlanRecord, at: number): Move =>
    rejectPlan(plan, aVerdict({ outcome: "denied" }), at),
  edit: (plan: PlanRecord, at: number): Move => editVersion(plan, { ...edit, at }),
  remind: (plan: PlanRecord, at: number): Move =>
    noteWave(plan, { reminds: true, widens: false, told: [], nextAt: null, at }),
  withdraw: (plan: PlanRecord, at: number): Move =>
    withdraw(plan, { userId: "U0RITA", reason: null, at }),
  expire: (plan: PlanRecord, at: number): Move => expirePlan(plan, at),
  spend: (plan: PlanRecord, at: number): Move => spendPlan(plan, at),
};
type MoveName = keyof typeof moves;

function moved(result: Move): PlanRecord {
  if (!result.ok) throw new Error(result.refusal.code);
  return result.value;
}

const approved = moved(moves.approve(record, early));
const startLate = approved.status === "approved" ? approved.startBy : 0;
const states = {
  awaiting: { plan: record, at: early },
  "awaiting, past its clock": { plan: record, at: late },
  approved: { plan: approved, at: early },
  "approved, past its clock": { plan: approved, at: startLate },
  rejected: { plan: moved(moves.reject(record, early)), at: early },
  withdrawn: { plan: moved(moves.withdraw(record, early)), at: early },
  expired: { plan: moved(moves.expire(record, late)), at: late },
  "expired before its start": { plan: moved(moves.expire(approved, startLate)), at: startLate },
  spent: { plan: moved(moves.spend(approved, early)), at: early },
} as const;
type StateName = keyof typeof states;

/** What each move makes of each state: a status, or the refusal's code. */
const table: Readonly<Record<StateName, Readonly<Record<MoveName, string>>>> = {
  awaiting: {
    vote: "awaiting-approval",
    approve: "approved",
    reject: "rejected",
    edit: "awaiting-approval",
    remind: "awaiting-approval",
    withdraw: "withdrawn",
    expire: "already-decided",
    spend: "already-decided",
  },
  "awaiting, past its clock": { ...all("expired"), expire: "expired" },
  approved: { ...all("already-decided"), withdraw: "withdrawn", spend: "spent" },
  "approved, past its clock": {
    ...all("already-decided"),
    withdraw: "expired",
    spend: "expired",
    expire: "expired",
  },
  rejected: all("already-decided"),
  withdrawn: all("already-decided"),
  expired: { ...all("expired"), expire: "already-decided" },
  "expired before its start": { ...all("expired"), expire: "already-decided" },
  spent: all("already-decided"),
};

function all(answer: string): Record<MoveName, string> {
  return {
    vote: answer,
    approve: answer,
    reject: answer,
    edit: answer,
    remind: answer,
    withdraw: answer,
    expire: answer,
    spend: answer,
  };
}

const stateNames = Object.keys(states) as StateName[];
const moveNames = Object.keys(moves) as MoveName[];

describe.each(stateNames)("a plan that is %s", (state) => {
  test.each(moveNames)("%s", (move) => {
    const { plan, at } = states[state];
    const result = moves[move](plan, at);
    expect(result.ok ? result.value.status : result.refusal.code).toBe(table[state][move]);
    if (result.ok) expect(result.value.revision).toBe(plan.revision + 1);
  });
});

test("expiry is read from the clock, whether or not it was recorded", () => {
  expect(effectiveStatus(record, late - 1)).toBe("awaiting-approval");
  expect(effectiveStatus(record, late)).toBe("expired");
  expect(effectiveStatus(approved, startLate - 1)).toBe("approved");
  expect(effectiveStatus(approved, startLate)).toBe("expired");
});

test("what destroys expires at the end of its time, even under a rule that approves by waiting", () => {
  const lenient = { ...record, rule: { ...record.rule, onTimeout: "approve" } } as const;
  const ofRisk = (risk: "modify" | "destructive") => ({
    ...lenient,
    plan: { ...record.plan, risk },
  });
  expect(effectiveStatus(ofRisk("modify"), late)).toBe("awaiting-approval");
  expect(effectiveStatus(ofRisk("destructive"), late)).toBe("expired");
});

test("a vote for another version or hash is refused, and a second one replaces the first", () => {
  const wrong = recordVote(record, { ...vote, planVersion: 2, at: early });
  expect(wrong).toMatchObject({
    ok: false,
    refusal: { code: "stale-version", seen: 2, current: 1 },
  });
  expect(recordVote(record, { ...vote, planHash: "x", at: early })).toMatchObject({
    refusal: { code: "hash-changed" },
  });
  const once = moved(recordVote(record, { ...vote, at: early }));
  const twice = moved(recordVote(once, { ...vote, choice: "reject", at: early + 1 }));
  expect(twice.votes).toHaveLength(1);
  expect(twice.votes[0]?.choice).toBe("reject");
});

test("an edit voids the votes, starts the clock again and bars the editor", () => {
  const voted = moved(recordVote(record, { ...vote, at: early }));
  const edited = moved(editVersion(voted, { ...edit, at: early + 5 })) as AwaitingPlan;
  expect(edited).toMatchObject({ version: 2, hash: "h2", votes: [], editors: ["U0DEV"] });
  expect(edited.approveBy).toBe(early + 5 + record.rule.approveWithinMs);
  expect(editVersion(edited, { ...edit, at: early })).toMatchObject({
    refusal: { code: "stale-version" },
  });
  expect(editVersion(record, { ...edit, hash: "h1", at: early })).toMatchObject({
    refusal: { code: "nothing-changed" },
  });
});

test("a plan can't be approved by a verdict that isn't", () => {
  expect(() => approvePlan(record, { verdict: aVerdict(), runId: "run-1", at: early })).toThrow(
    /waiting/,
  );
});

test("states hold only what they have", () => {
  expect(Object.keys(approved)).not.toContain("approveBy");
  expect(Object.keys(states.spent.plan)).not.toContain("startBy");
  expect(Object.keys(states.withdrawn.plan)).not.toContain("remindedAt");
  expect(decidedBy(approved)).toEqual(["U0ANN"]);
  expect(decidedBy(states.withdrawn.plan)).toEqual(["U0RITA"]);
});

test("a new plan waits from the moment it is filed", () => {
  const { id, plan, hash, source, conversation, requester, rule, policyVersion, requestId } =
    record;
  const filing = { id, plan, hash, source, conversation, requester, rule, policyVersion };
  const begun = beginPlan({ ...filing, requestId, origin: null, supersedes: null }, 5000);
  expect(begun).toMatchObject({
    status: "awaiting-approval",
    version: 1,
    filedAt: 5000,
    votes: [],
    editors: [],
  });
  expect(begun.approveBy).toBe(5000 + rule.approveWithinMs);
});

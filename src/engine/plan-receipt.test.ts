import { describe, expect, test } from "vitest";
import { aRecord } from "#test/builders/plan-records.ts";
import { rowsOf } from "#test/builders/plan-rows.ts";
import type { Said } from "#test/builders/plan-rows.ts";
import type { AuditEvent } from "./audit-event.ts";
import { planReceipt } from "./plan-receipt.ts";
import type { PlanReceipt } from "./plan-receipt.ts";

const { rule } = aRecord();
const FILED: AuditEvent = {
  kind: "plan.filed",
  version: 1,
  hash: "hash-1",
  title: "Restart web",
  environment: "production",
  risk: "modify",
  operations: ["toy.change"],
  policyVersion: "p1",
  rule,
  requestId: "Ev1",
};
const EDITED: AuditEvent = {
  kind: "plan.edited",
  version: 2,
  hash: "hash-2",
  previousHash: "hash-1",
  policyVersion: "p2",
  rule,
  votesVoided: 1,
  requestId: "Ev3",
};

function vote(by: string, version: number, choice: "approve" | "reject" = "approve"): Said {
  return {
    by,
    event: {
      kind: "vote.cast",
      version,
      hash: `hash-${version}`,
      policyVersion: `p${version}`,
      viewHash: `view-${version}`,
      viewFormat: 1,
      choice,
      reason: choice === "reject" ? "Not now" : null,
      groups: ["sre"],
      requestId: "Ev2",
      entry: "button",
    },
  };
}

const approvedBy = (counted: readonly string[], version: number): Said => ({
  by: "system:engine",
  runId: "run-1",
  event: {
    kind: "plan.approved",
    version,
    hash: `hash-${version}`,
    counted,
    explanation: "2 of 2",
  },
});
const ofRun = (event: AuditEvent): Said => ({ by: "system:worker", runId: "run-1", event });
const call = { phase: "forward", stepId: "web" } as const;
const RAN: readonly Said[] = [
  ofRun({ kind: "run.queued", planVersion: 2, planHash: "hash-2" }),
  ofRun({ kind: "run.started" }),
  ofRun({
    kind: "attempt.started",
    call,
    attempt: 1,
    idempotencyKey: "k",
    uses: "toy.change",
    input: { name: "web" },
    captured: null,
  }),
  ofRun({
    kind: "attempt.unknown",
    call,
    attempt: 1,
    failure: { category: "unknown", message: "No answer." },
  }),
  ofRun({
    kind: "attempt.started",
    call,
    attempt: 2,
    idempotencyKey: "k",
    uses: "toy.change",
    input: { name: "web" },
    captured: null,
  }),
  ofRun({ kind: "attempt.succeeded", call, attempt: 2, result: null, durationMs: 5 }),
  ofRun({ kind: "step.skipped", stepId: "mail", reason: "Its condition is false: false" }),
  ofRun({ kind: "run.completed", failedSteps: [] }),
];

function receipt(said: readonly Said[]): PlanReceipt {
  const made = planReceipt(rowsOf(said));
  if (made === null) throw new Error("there is no filing");
  return made;
}

describe("a receipt", () => {
  const made = receipt([
    { by: "person:U0RITA", event: FILED },
    vote("person:U0ANN", 1),
    { by: "person:U0DEV", event: EDITED },
    vote("person:U0ANN", 2, "reject"),
    vote("person:U0ANN", 2),
    vote("person:U0BOB", 2),
    approvedBy(["U0ANN", "U0BOB"], 2),
    ...RAN,
  ]);

  test("has every version with its hash, its policy and its author", () => {
    expect(made.versions).toMatchObject([
      { seq: 10, by: "person:U0RITA", version: 1, hash: "hash-1", policyVersion: "p1", rule },
      { seq: 12, by: "person:U0DEV", version: 2, hash: "hash-2", policyVersion: "p2" },
    ]);
  });

  test("counts of each approver the newest vote before the approval, and none of an earlier version", () => {
    expect(made.votes.map(({ seq, hash, counted }) => [seq, hash, counted])).toEqual([
      [11, "hash-1", false],
      [13, "hash-2", false],
      [14, "hash-2", true],
      [15, "hash-2", true],
    ]);
  });

  test("says what was decided of which hash by whose approvals", () => {
    expect(made.decisions).toMatchObject([
      { seq: 16, outcome: "approved", version: 2, hash: "hash-2", counted: ["U0ANN", "U0BOB"] },
    ]);
  });

  test("tells each call with its attempts and how the last one ended, and what was left out", () => {
    const [run] = made.runs;
    expect(run).toMatchObject({ runId: "run-1", planHash: "hash-2", outcome: "completed" });
    expect(run?.calls).toMatchObject([
      {
        call: "web",
        uses: "toy.change",
        attempts: 2,
        outcome: "succeeded",
        seqs: [19, 20, 21, 22],
        startedAt: "2026-11-21T02:09:00.000Z",
        endedAt: "2026-11-21T02:12:00.000Z",
      },
      { call: "mail", uses: null, outcome: "skipped", seqs: [23] },
    ]);
  });

  test("comes with the rows it is made from and the head they end at", () => {
    expect(made.rows.map(({ seq }) => seq)).toEqual(Array.from({ length: 15 }, (_, at) => 10 + at));
    expect(made.head).toBe("T1/24/h24");
  });
});

test("what was refused, seen or reviewed is on it too", () => {
  const made = receipt([
    { by: "person:U0RITA", event: FILED },
    {
      by: "person:U0RITA",
      event: {
        kind: "refused",
        attempted: "approve",
        code: "self-approval",
        explanation: "No.",
        entry: "button",
      },
    },
    { by: "person:U0RITA", event: { kind: "plan.withdrawn", version: 1, reason: "Done by hand" } },
  ]);
  expect(made.notes).toMatchObject([{ kind: "refused", about: "approve: self-approval" }]);
  expect(made.decisions).toMatchObject([{ outcome: "withdrawn", explanation: "Done by hand" }]);
  expect(made.runs).toEqual([]);
});

test("a plan whose filing the log does not hold any more has none", () => {
  expect(planReceipt(rowsOf(RAN))).toBeNull();
});

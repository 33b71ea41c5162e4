import { describe, expect, test } from "vitest";
import { aClause } from "#test/builders/a-policy.ts";
import { anApproval } from "#test/builders/asking-run.ts";
import { aPlan, aReport, aStep, aVerdict, aVote, NOON } from "#test/builders/plan-records.ts";
import type { AskedApproval } from "#engine/asked-approval.ts";
import { ACTIONS, parseAskingValue } from "./identifiers.ts";
import { shownText, stepApprovalMessage } from "./step-approval.ts";
import type { StepApprovalInput } from "./step-approval.ts";

const approval = anApproval({ message: "Stop production?", require: [aClause(2, "sre")] });
const step = aStep({ id: "stop", summary: "Stop the database", risk: "destructive", approval });
const plan = aPlan({ title: "Move the database", steps: [aStep({ id: "drain" }), step] });
const report = aReport({ plan });
const asked: AskedApproval = {
  stepId: "stop",
  opening: 2,
  openedAt: NOON,
  closesAt: NOON + 3_600_000,
  stands: false,
  votes: [],
  end: null,
};
const vote = (userId: string, choice: "approve" | "reject", reason: string | null = null) => ({
  ...aVote(userId, choice, reason),
  groups: ["sre"],
  viewHash: null,
});
const message = (changes: Partial<StepApprovalInput> = {}) =>
  stepApprovalMessage({ report, step, approval, asked, verdict: aVerdict(), ...changes });
const shown = (changes: Partial<StepApprovalInput> = {}) => JSON.stringify(message(changes).blocks);

describe("the card of an approval inside a run", () => {
  test("says what waits, what its step will do, who may let it, and what comes of silence", () => {
    for (const part of [
      "This run waits for an approval",
      "Move the database",
      "Stop production?",
      "Stop the database",
      "Destructive",
      "1 of 2",
      "(1h in all); then the step fails.",
    ])
      expect(shown()).toContain(part);
    expect(message().text).toContain("Approval needed: step stop of Move the database");
  });

  test("has two buttons that name the step and which asking they are of", () => {
    const values = [...shown().matchAll(/"value":"([^"]+)"/g)].map(([, value]) => value);
    expect(values).toHaveLength(2);
    for (const value of values)
      expect(parseAskingValue(value)).toEqual({ runId: report.runId, stepIndex: 1, opening: 2 });
    expect(shown()).toContain(ACTIONS.stepApprove);
    expect(shown()).toContain(ACTIONS.stepReject);
  });

  test("shows the votes so far, and a rejection's reason", () => {
    const votes = [vote("U0ANN", "approve"), vote("U0BOB", "reject", "Not before the backup")];
    const text = shown({ asked: { ...asked, votes } });
    for (const part of ["Approved by ", "U0ANN", "Rejected by ", "U0BOB", "Not before the backup"])
      expect(text).toContain(part);
  });

  test("says so while nobody can be asked", () => {
    expect(shown({ verdict: null })).toContain("Slack could not be asked");
  });

  test.each([
    ["approved", "Approved"],
    ["approved-by-timeout", "Approved by a time-out"],
    ["rejected", "Rejected"],
    ["expired", "Not approved in time"],
    ["left", "Not needed any more"],
  ] as const)("that is %s has no buttons, and says how it ended", (outcome, words) => {
    const end = { outcome, counted: [], explanation: "Because of this.", at: NOON };
    const text = shown({ asked: { ...asked, end } });
    expect(text).toContain(words);
    expect(text).toContain("Because of this.");
    expect(text).not.toContain('"type":"actions"');
  });

  test("names no time while its clock stands", () => {
    const text = shown({ asked: { ...asked, stands: true } });
    expect(text).toContain("The clock stands until the run goes on");
    expect(text).not.toContain("Until ");
  });

  test.each([
    ["fail", "then the step fails"],
    ["rollback", "then the run is rolled back"],
    ["skip", "then the step is left out"],
    ["approve", "then it counts as approved"],
  ] as const)("whose time-out is %s says it", (onTimeout, words) => {
    expect(shown({ approval: { ...approval, onTimeout } })).toContain(words);
  });
});

describe("what a vote on a step is tied to", () => {
  test("is the question and the step, whoever has voted", () => {
    const later = { ...report, percent: 99 };
    expect(shownText(report, step)).toBe(shownText(later, step));
    const other = { ...step, approval: anApproval({ message: "Start production?" }) };
    expect(shownText(report, other)).not.toBe(shownText(report, step));
    const changed = { ...step, summary: "Delete the database" };
    expect(shownText(report, changed)).not.toBe(shownText(report, step));
  });
});

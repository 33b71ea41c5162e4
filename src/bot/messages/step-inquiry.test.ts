import { describe, expect, test } from "vitest";
import { aField, anInquiry } from "#test/builders/asking-run.ts";
import { aPlan, aReport, aStep, NOON } from "#test/builders/plan-records.ts";
import type { AskedInquiry, InquiryEnd } from "#engine/asked-inquiry.ts";
import type { Inquiry } from "#engine/plan.ts";
import { ACTIONS, CHOICE_ACTIONS, parseChoiceValue } from "./identifiers.ts";
import { stepInquiryMessage } from "./step-inquiry.ts";

const PERSON = { kind: "person", teamId: "T0ACME", userId: "U0BOB" } as const;
const form = anInquiry({
  message: "Which ticket, and who watches?",
  fields: [
    aField("ticket", "text", { label: "Ticket" }),
    aField("watcher", "user", { label: "Watcher" }),
    aField("token", "secret", { label: "Token" }),
    aField("note", "text", { label: "Note", required: false }),
  ],
});
const asked: AskedInquiry = {
  stepId: "stop",
  opening: 1,
  openedAt: NOON,
  closesAt: NOON + 3_600_000,
  stands: false,
  end: null,
};

function shown(inquiry: Inquiry = form, end: InquiryEnd | null = null): string {
  const step = aStep({ id: "stop", inquiry });
  const report = aReport({ plan: aPlan({ steps: [aStep({ id: "drain" }), step] }) });
  return JSON.stringify(
    stepInquiryMessage({ report, step, inquiry, asked: { ...asked, end } }).blocks,
  );
}

describe("a question of a run", () => {
  test("says what is asked, before which step, who may answer and until when", () => {
    for (const part of [
      "This run asks",
      "Which ticket, and who watches?",
      "Before step 2. ",
      "U0RITA",
      "whoever could approve the plan",
      "(1h in all); then the step fails.",
      ACTIONS.inquiryOpen,
    ])
      expect(shown()).toContain(part);
  });

  test("names the groups and people that the plan names", () => {
    const text = shown({ ...form, from: { groups: ["dba"], users: ["U0ANN"] } });
    expect(text).toContain("dba, U0ANN");
    expect(text).not.toContain("whoever could approve");
  });

  test("that is one choice of few has a button for each answer", () => {
    const options = ["blue", "green", "red"];
    const text = shown(anInquiry({ fields: [aField("color", "choice", { options })] }));
    const buttons = [...text.matchAll(/"text":"(\w+)","emoji":[^}]+\},"value":"([^"]+)"/g)];
    expect(buttons.map(([, label, value]) => [label, parseChoiceValue(value)?.option])).toEqual(
      options.map((option, nth) => [option, nth]),
    );
    expect(text).not.toContain(ACTIONS.inquiryOpen);
  });

  test("that is a choice of many opens a window", () => {
    const options = Array.from({ length: CHOICE_ACTIONS.length + 1 }, (_, nth) => `o${nth}`);
    const text = shown(anInquiry({ fields: [aField("color", "choice", { options })] }));
    expect(text).toContain(ACTIONS.inquiryOpen);
    expect(text).not.toContain("step_choose");
  });

  test("shows afterwards who answered what, and of a secret only that it was given", () => {
    const token = "secret:answer/run-1/stop/token/abcdef0123456789";
    const answers = { ticket: "OPS-1", watcher: "U0ANN", token, note: null };
    const text = shown(form, { kind: "answered", answers, by: PERSON, at: NOON });
    for (const part of ["Answered by ", "U0BOB", "OPS-1", "U0ANN", "given, and kept sealed"])
      expect(text).toContain(part);
    expect(text).not.toContain("secret:");
    expect(text).not.toContain('"type":"actions"');
  });

  test("says when the defaults stand, when nobody answered, and when it is not needed any more", () => {
    const answers = { ticket: "OPS-0", watcher: null, token: null, note: null };
    expect(shown(form, { kind: "answered", answers, by: null, at: NOON })).toContain(
      "nobody: the defaults stand",
    );
    expect(shown(form, { kind: "expired", at: NOON })).toContain("Nobody answered in time.");
    expect(shown(form, { kind: "left", explanation: "The run was canceled.", at: NOON })).toContain(
      "The run was canceled.",
    );
  });
});

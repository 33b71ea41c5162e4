import { hash } from "node:crypto";
import { expect, test } from "vitest";
import { aPlan, aRecord, aStep, NOON } from "#test/builders/plan-records.ts";
import { pageViewText } from "./full-plan-view.ts";
import { picturedCard } from "./plan-picture.ts";
import { shownText } from "./step-approval.ts";
import { VIEW_FORMAT } from "./view-hash.ts";

const plan = aPlan({
  steps: [
    aStep({
      id: "drain",
      approval: {
        message: "Drain now?",
        require: [{ count: 1, fromGroups: ["sre"], fromUsers: [] }],
        timeoutMs: 3_600_000,
        onTimeout: "fail",
      },
    }),
  ],
});
const record = aRecord({
  plan,
  version: 2,
  editors: ["U0DEV"],
  origin: { kind: "restore", checkpoint: "before", takenAt: NOON, notes: ["The bill stays."] },
});

// A vote's viewHash is reproduced by drawing again, so a drawing that says something else is another format: when one
// of these hashes changes, raise VIEW_FORMAT and pin the new ones beside it.
test("what is drawn under this number never changes", () => {
  const [step] = plan.steps;
  if (step === undefined) throw new Error("the plan has a step");
  const drawn = [
    picturedCard(record).viewText,
    pageViewText(record, 1) ?? "",
    shownText({ plan }, step),
  ];
  expect({
    format: VIEW_FORMAT,
    drawn: drawn.map((text) => hash("sha256", text).slice(0, 16)),
  }).toEqual({
    format: 1,
    drawn: ["707cf9a814beb837", "b5ab85234363ed0b", "2ce3a61f12666e5c"],
  });
});

test("what a card shows by itself is the text that its votes are tied to", () => {
  const bare = { ...record, rule: undefined, votes: undefined, status: undefined };
  expect(picturedCard(bare).viewText).toBe(picturedCard(record).viewText);
});

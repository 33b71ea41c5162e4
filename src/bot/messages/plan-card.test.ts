import { describe, expect, test } from "vitest";
import type { Plan } from "#engine/plan.ts";
import { NOON, aPlan, aRecord, aStep, aVerdict, aVote } from "#test/builders/plan-records.ts";
import { ACTIONS } from "./identifiers.ts";
import { planCard } from "./plan-card.ts";

const verdict = aVerdict();
const now = NOON;

/** What a reader sees, one string. */
function seen(value: unknown): string {
  if (Array.isArray(value)) return value.map(seen).join("");
  if (typeof value !== "object" || value === null) return "";
  const node = value as Record<string, unknown>;
  if (node["type"] === "user") return `@${String(node["user_id"])}`;
  if (node["type"] === "date") return String(node["fallback"]);
  return Object.values(node)
    .map((inner) => (typeof inner === "object" ? seen(inner) : ""))
    .join("")
    .concat(typeof node["text"] === "string" ? `${node["text"]} ` : "");
}

function buttons(card: { readonly blocks: readonly { type: string }[] }): string[] {
  const found = card.blocks.flatMap((block) =>
    block.type === "actions"
      ? (block as unknown as { elements: { action_id: string }[] }).elements
      : [],
  );
  return found.map((element) => element.action_id);
}

describe("an open card", () => {
  const card = planCard({ record: aRecord(), verdict, now });

  test("names title, requester, environment, risk, quorum, both clocks, id and hash", () => {
    const text = seen(card.blocks);
    for (const part of [
      "Restart the API fleet",
      "@U0RITA",
      "production",
      "Destructive",
      "1 of 2",
      "@U0ANN",
      "2026-11-21 02:58 UTC",
      "within 30m",
      "pl-7k3qx9a2bc",
      "3fa9c1d27be0",
    ]) {
      expect(text).toContain(part);
    }
  });

  test("says for each step what takes it back, or that nothing does", () => {
    const text = seen(card.blocks);
    expect(text).toContain("Start the instances that were running before");
    expect(text).toContain("POST https://lb.internal/api/undrain");
    expect(text).toContain("no rollback exists");
    expect(text).toContain("nothing to take back");
  });

  test("offers all its buttons, Approve behind a dialog that names environment, risk and destructive steps", () => {
    expect(buttons(card)).toEqual([
      ACTIONS.approve,
      ACTIONS.reject,
      ACTIONS.edit,
      ACTIONS.dryRun,
      ACTIONS.fullPlan,
      ACTIONS.whoCanApprove,
      ACTIONS.nudge,
    ]);
    const dialog = JSON.stringify(card.blocks.find((block) => block.type === "actions"));
    for (const part of ["production", "Destructive", "1 of 4 steps is destructive"])
      expect(dialog).toContain(part);
  });

  test("is not cut when everything is shown", () => {
    expect(card.cut).toBe(false);
  });
});

describe("a card is cut", () => {
  test.each([
    [
      "it has more steps than are shown",
      aPlan({ steps: Array.from({ length: 40 }, (_, index) => aStep({ id: `s${index}` })) }),
    ],
    ["a summary is shortened", aPlan({ steps: [aStep({ id: "a", summary: "x".repeat(400) })] })],
    [
      "a rollback has more calls than are shown",
      aPlan({
        steps: [
          aStep({
            id: "a",
            rollback: {
              kind: "commands",
              calls: Array.from({ length: 4 }, () => aStep({ id: "undo" })),
            },
          }),
        ],
      }),
    ],
    ["the title is shortened", aPlan({ title: "t".repeat(200) })],
  ])("when %s", (_, plan) => {
    const card = planCard({ record: aRecord({ plan }), verdict, now });
    expect(card.cut).toBe(true);
    expect(seen(card.blocks)).toContain("Not all of the plan is shown here.");
  });
});

test("destructive steps are shown first, also when only their rollback is destructive", () => {
  const undo = { ...aStep({ id: "undo" }), risk: "destructive" as const };
  const steps = [
    aStep({ id: "read" }),
    aStep({ id: "undoable", rollback: { kind: "commands", calls: [undo] } }),
    aStep({ id: "wipe", risk: "destructive" }),
  ];
  const text = seen(planCard({ record: aRecord({ plan: aPlan({ steps }) }), verdict, now }).blocks);
  expect(text.indexOf("2. undoable")).toBeLessThan(text.indexOf("3. wipe"));
  expect(text.indexOf("3. wipe")).toBeLessThan(text.indexOf("1. read"));
});

test("a step whose undo is destructive is one of the destructive steps, and its card says so", () => {
  const captured = { kind: "captured", summary: "Terminate what was launched." } as const;
  const launch = (risk: "modify" | "destructive") =>
    aPlan({ steps: [aStep({ id: "launch", risk: "modify", rollback: { ...captured, risk } })] });
  const shown = (plan: Plan) => seen(planCard({ record: aRecord({ plan }), verdict, now }).blocks);
  expect(shown(launch("destructive"))).toContain("1 destructive step, shown first");
  expect(shown(launch("destructive"))).toMatch(/rollback: .*Destructive.*Terminate/);
  expect(shown(launch("modify"))).not.toContain("destructive step");
});

test.each([
  ["stages", "in 2 stages, at most", "stage 2"],
  ["graph", "each step as soon as what it waits for is done, at most", "waits for "],
  ["sequential", "one step at a time", null],
] as const)("a card of mode %s says in what order its steps run", (mode, order, per) => {
  const steps = [aStep({ id: "a" }), aStep({ id: "b", needs: ["a"], stage: 1 })];
  const record = aRecord({ plan: aPlan({ mode, steps }) });
  const text = seen(planCard({ record, verdict, now }).blocks);
  expect(text).toContain(order);
  if (per !== null) expect(text).toContain(per);
  if (mode !== "stages") expect(text).not.toMatch(/stage \d|\d stages/);
});

describe("a decided card", () => {
  const record = aRecord();
  test.each([
    [
      "rejected",
      {
        ...record,
        status: "rejected" as const,
        verdict,
        decidedAt: now,
        votes: [aVote("U0BOB", "reject", "Not today")],
      },
      ["Rejected", "@U0BOB", "Not today"],
    ],
    [
      "approved",
      {
        ...record,
        status: "approved" as const,
        verdict,
        decidedAt: now,
        startBy: now + 1000,
        runId: "run-1",
      },
      ["Approved", "@U0ANN"],
    ],
    [
      "withdrawn",
      {
        ...record,
        status: "withdrawn" as const,
        withdrawnAt: now,
        withdrawnBy: "U0RITA",
        reason: "a mistake",
      },
      ["Withdrawn", "@U0RITA", "a mistake"],
    ],
    [
      "expired",
      { ...record, status: "expired" as const, clock: "approve-by" as const, expiredAt: now },
      ["Expired", "no quorum in time"],
    ],
    [
      "spent",
      {
        ...record,
        status: "spent" as const,
        verdict,
        decidedAt: now,
        runId: "run-1",
        spentAt: now,
      },
      ["started", "@U0ANN"],
    ],
  ])("that is %s has no buttons and says who, when and why", (_, decided, parts) => {
    const card = planCard({ record: decided, verdict, now });
    expect(buttons(card)).toEqual([]);
    for (const part of parts) expect(seen(card.blocks)).toContain(part);
  });

  test("has no buttons as soon as its clock has passed, recorded or not", () => {
    const card = planCard({ record, verdict, now: record.approveBy });
    expect(buttons(card)).toEqual([]);
    expect(seen(card.blocks)).toContain("Expired");
  });
});

test("the view text changes with what is shown of the plan", () => {
  const shown = planCard({ record: aRecord(), verdict, now }).viewText;
  const other = aPlan({ steps: [aStep({ id: "drain", summary: "Something else" })] });
  expect(planCard({ record: aRecord({ plan: other }), verdict, now }).viewText).not.toBe(shown);
  expect(
    planCard({ record: aRecord({ version: 2, editors: ["U0DEV"] }), verdict, now }).viewText,
  ).not.toBe(shown);
});

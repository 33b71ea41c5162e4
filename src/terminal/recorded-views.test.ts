import { describe, expect, test } from "vitest";
import { planHash } from "#engine/plan-hash.ts";
import type { AuditEvent, AuditRow } from "#engine/audit-event.ts";
import { picturedCard } from "#bot/messages/plan-picture.ts";
import { fullPlanPages, pageViewText } from "#bot/messages/full-plan-view.ts";
import { shownText } from "#bot/messages/step-approval.ts";
import { sha256 } from "#test/builders/engine-world.ts";
import { aPlan, aRecord, aStep, NOON } from "#test/builders/plan-records.ts";
import { rowsOf } from "#test/builders/plan-rows.ts";
import { reproduceViews } from "./recorded-views.ts";

const step = aStep({
  id: "drain",
  approval: {
    message: "Drain now?",
    require: [{ count: 1, fromGroups: ["sre"], fromUsers: [] }],
    timeoutMs: 3_600_000,
    onTimeout: "fail",
  },
});
const plan = aPlan({ steps: [step] });
const hash = planHash(plan, sha256);
const record = aRecord({ plan, hash, filedAt: NOON, version: 1, editors: [] });
const { requester, rule, policyVersion } = record;
const stored = {
  planId: "pl-1",
  version: 1,
  hash,
  plan,
  source: "",
  authorId: requester.userId,
  at: NOON,
};

const FILED = {
  kind: "plan.filed",
  version: 1,
  hash,
  title: plan.title,
  environment: plan.environment,
  risk: plan.risk,
  operations: [],
  policyVersion,
  rule,
  requestId: "Ev1",
} as const satisfies AuditEvent;

type Vote = Extract<AuditEvent, { readonly kind: "vote.cast" }>;

function rows(changes: Partial<Vote> = {}, more: readonly AuditEvent[] = []): readonly AuditRow[] {
  const vote: Vote = {
    kind: "vote.cast",
    version: 1,
    hash,
    policyVersion,
    viewHash: sha256(picturedCard(record).viewText),
    viewFormat: 1,
    choice: "approve",
    reason: null,
    groups: ["sre"],
    requestId: "Ev2",
    entry: "button",
    ...changes,
  };
  return rowsOf([
    { by: `person:${requester.userId}`, event: FILED },
    { by: "person:U0ANN", event: vote },
    ...more.map((event) => ({ by: "person:U0ANN", event })),
  ]);
}

const results = (of: readonly AuditRow[], versions = new Map([[1, stored]])) =>
  reproduceViews(of, versions, sha256).map(({ result }) => result);

describe("what a voter saw", () => {
  test("is drawn again from the log and the stored plan, and matches", () => {
    expect(results(rows())).toEqual([{ kind: "match" }]);
  });

  test("matches for an opened page and a step's own card as well", () => {
    const viewHash = sha256(pageViewText(record, 1) ?? "");
    const view = { viewHash, viewFormat: 1 };
    const pages = fullPlanPages(record).length;
    const opened: AuditEvent = {
      kind: "plan.viewed",
      version: 1,
      hash,
      page: 1,
      last: pages === 1,
      ...view,
    };
    const voted: AuditEvent = {
      kind: "step.approval-voted",
      stepId: "drain",
      vote: {
        userId: "U0BOB",
        choice: "approve",
        reason: null,
        groups: ["sre"],
        viewHash: sha256(shownText({ plan }, step)),
        viewFormat: 1,
        requestId: "Ev4",
        at: NOON,
      },
    };
    const found = reproduceViews(rows({}, [opened, voted]), new Map([[1, stored]]), sha256);
    expect(found.map(({ userId, act, result }) => [userId, act, result.kind])).toEqual([
      ["U0ANN", "approve", "match"],
      ["U0ANN", "open page 1", "match"],
      ["U0BOB", "approve step drain", "match"],
    ]);
    expect(found.every(({ blocks }) => blocks.length > 0)).toBe(true);
  });

  test("differs when the stored plan was changed, and it says so", () => {
    const other = { ...stored, plan: { ...plan, title: "Something else" } };
    expect(results(rows(), new Map([[1, other]]))).toMatchObject([
      { kind: "differs", why: expect.stringContaining("The stored plan of version 1 is another") },
    ]);
  });

  test("differs when something else was shown of the same plan", () => {
    expect(results(rows({ viewHash: "0".repeat(64) }))).toMatchObject([
      { kind: "differs", why: expect.stringContaining("The plan is the one that was voted on") },
    ]);
  });

  test("is not claimed of another drawing, a version that is gone, or words", () => {
    expect(results(rows({ viewFormat: 99 }))).toMatchObject([
      { kind: "not-drawn", why: expect.stringContaining("format 99") },
    ]);
    expect(results(rows(), new Map())).toMatchObject([{ kind: "not-drawn" }]);
    expect(results(rows({ viewHash: null, viewFormat: null }))).toEqual([
      { kind: "nothing-shown" },
    ]);
  });
});

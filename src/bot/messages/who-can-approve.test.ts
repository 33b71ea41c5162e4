import { describe, expect, test } from "vitest";
import type { PlanRecord } from "#engine/plan.ts";
import { PLAIN_RULE } from "#engine/policy.ts";
import type { ApprovalRule } from "#engine/policy.ts";
import {
  NOON,
  aFreeze,
  aPlan,
  aRecord,
  aStep,
  aVerdict,
  someApprovers,
} from "#test/builders/plan-records.ts";
import { seenText } from "#test/builders/seen-text.ts";
import { planCard } from "./plan-card.ts";
import { whoCanApproveMessage, whoCanApproveView } from "./who-can-approve.ts";

const MINUTE = 60_000;
const freeze = aFreeze();

function recordWith(rule: Partial<ApprovalRule>, risk: "modify" | "destructive" = "modify") {
  const { rule: own } = aRecord();
  const plan = aPlan({ steps: [aStep({ id: "a", risk })] });
  return aRecord({ plan, rule: { ...PLAIN_RULE, ...own, ...rule } });
}

function shown(
  record: PlanRecord = aRecord(),
  changes: Parameters<typeof someApprovers>[0] = {},
): string {
  const approvers = someApprovers(changes);
  return seenText(whoCanApproveMessage({ record, approvers, now: NOON }).blocks);
}

describe("who can approve", () => {
  test("names everyone who could, whose approval counts, and who can't and why", () => {
    const text = shown();
    for (const part of [
      "@U0BOB  could approve for sre",
      "@U0ANN  counts: has approved, for sre",
      "@U0RITA  can't approve: they asked for the plan",
    ])
      expect(text).toContain(part);
  });

  test("is the same in a window, with the plan's version", () => {
    const view = whoCanApproveView({ record: aRecord(), approvers: someApprovers(), now: NOON });
    expect(seenText(view.blocks)).toBe(shown());
    expect(view.private_metadata).toContain("pl-7k3qx9a2bc|1");
  });

  test("counts those who find no room or were not asked about", () => {
    const people = Array.from({ length: 200 }, (_, index) => ({
      userId: `U${1000 + index}`,
      say: index < 80 ? ("could" as const) : ("cannot" as const),
      detail: "x".repeat(300),
    }));
    const text = shown(aRecord(), { people, notAsked: 60 });
    const could = text.match(/could approve x/g)?.length ?? 0;
    const cannot = text.match(/can't approve: x/g)?.length ?? 0;
    expect(could).toBeGreaterThan(10);
    expect(text).toContain(`${80 - could} more approvers not shown.`);
    expect(text).toContain(`${120 - cannot} more excluded persons not shown.`);
    expect(text).toContain("60 more members of these groups not asked about here");
  });

  test.each([
    ["deny", "modify", "then it expires and nothing runs"],
    ["approve", "modify", "then it goes on, unless somebody has rejected it"],
    ["approve", "destructive", "then it expires and nothing runs"],
  ] as const)("says what time does under %s for what is %s", (onTimeout, risk, words) => {
    const record = recordWith({ onTimeout }, risk);
    expect(shown(record)).toContain(words);
    const card = planCard({ record, verdict: aVerdict(), now: NOON });
    expect(seenText(card.blocks)).toContain(words);
  });

  test("says from when on more people may approve, when a reminder is due, and how many deny it", () => {
    const record = recordWith({
      widen: { groups: ["leads"], users: ["U0BOSS"], afterMs: 30 * MINUTE },
      remindAfterMs: 10 * MINUTE,
      denyAt: 2,
    });
    const text = shown(record);
    expect(text).toMatch(/From .*02:28 UTC on these may approve, too: leads and @U0BOSS/);
    expect(text).toMatch(/A reminder is due .*02:08 UTC/);
    expect(text).toContain("2 rejections deny it");
    expect(shown(record, { widened: true })).toMatch(/Since .* these may approve, too: leads/);
  });

  test("names the policies, a freeze that is on, and that the configuration has changed", () => {
    const record = recordWith({ policies: ["databases", "production/modify"] });
    const text = shown(record, { freeze, policyChanged: true });
    expect(text).toContain("Policies  databases, production/modify");
    expect(text).toContain("the configuration has changed since");
    expect(text).toMatch(/Frozen {2}by weekends until .*03:00 UTC: Nobody is there\./);
    const card = planCard({ record, verdict: aVerdict(), now: NOON, freeze });
    expect(seenText(card.blocks)).toContain("Policies  databases, production/modify");
    expect(seenText(card.blocks)).toContain("Frozen  by weekends until");
  });

  test.each([
    ["Group sre (S0SRE): Slack's user groups need a paid plan.", "need a paid plan."],
    [null, "Try again in a minute."],
  ])("names the groups that can't be asked, and what to do: %s", (remedy, words) => {
    const text = shown(aRecord(), { unknown: { names: ["sre", "dba"], remedy } });
    expect(text).toContain("Who is in sre, dba is not known, so nobody's approval counts for it.");
    expect(text).toContain(words);
    expect(shown()).not.toContain("not known");
  });

  test("counts the policies that find no room", () => {
    const policies = Array.from({ length: 9 }, (_, index) => `policy-${index}`);
    expect(shown(recordWith({ policies }))).toContain("policy-4 and 4 more");
  });

  test("of what was approved beforehand or by waiting is what approved it, and no person", () => {
    const sentence = "Approved beforehand, by the standing approval nightly.";
    const tree = { name: "approval", status: "met" as const, sentence, children: [] };
    const verdict = aVerdict({ outcome: "approved", by: "standing", tree, counted: [] });
    const {
      approveBy: _by,
      remindedAt: _r,
      nudgedAt: _n,
      unreachableSince: _u,
      ...kept
    } = aRecord();
    const record = {
      ...kept,
      status: "approved",
      verdict,
      decidedAt: NOON,
      startBy: NOON + MINUTE,
      runId: "run-1",
    } as const;
    expect(shown(record, { verdict, people: [] })).toContain(`Approved: ${sentence}`);
    const card = planCard({ record, verdict, now: NOON });
    expect(seenText(card.blocks)).toContain(`Approved: ${sentence}`);
  });
});

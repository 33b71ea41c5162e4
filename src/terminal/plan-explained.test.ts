// `plan explain` against the card: what an approver reads there, a person with the file reads here.

import { describe, expect, test } from "vitest";
import type { Foreseen, ForeseenRule } from "#engine/foresee-rule.ts";
import type { Plan } from "#engine/plan.ts";
import type { ApprovalRule } from "#engine/policy.ts";
import { accept, refuse } from "#engine/result.ts";
import { planCard } from "#bot/messages/plan-card.ts";
import { anApproval, anInquiry } from "#test/builders/asking-run.ts";
import { aClause, aRule } from "#test/builders/a-policy.ts";
import {
  NOON,
  aFreeze,
  aPlan,
  aRecord,
  aStep,
  aVerdict,
  restartSteps,
} from "#test/builders/plan-records.ts";
import { blockText } from "./block-text.ts";
import { explainedPlan } from "./plan-explained.ts";
import { PLAIN } from "./screen.ts";

const PLANS: Readonly<Record<string, Plan>> = {
  "the restart of a fleet": aPlan({ steps: restartSteps }),
  "a graph with conditions, questions and approvals": aPlan({
    mode: "graph",
    playbook: "restart-fleet",
    onFailure: "stop",
    steps: [
      aStep({ id: "a", inquiry: anInquiry() }),
      aStep({
        id: "b",
        needs: ["a"],
        when: "inputs.go",
        approval: anApproval(),
        risk: "destructive",
      }),
    ],
  }),
  "one step at a time": aPlan({ mode: "sequential", onFailure: "continue", steps: restartSteps }),
};

const usual = (rule: ApprovalRule, changes: Partial<Foreseen> = {}): ForeseenRule => ({
  usual: accept({ rule, standing: null, freeze: null, ...changes }),
  byGroup: [],
  askedLive: [],
});

/** What only a filed request has (who asked, its id, votes and clocks' ends), and the card's headings of its groups. */
const OF_THE_CARD =
  /^(Asked for by|⏳ Waiting for approval|Approvals|Approve|Start|.*pl-7k3qx9a2bc)|could approve|until|^\d+ (destructive steps?, shown first|other steps?)$/;

describe.each(Object.entries(PLANS))("of %s", (_name, plan) => {
  const record = aRecord({ plan });
  const card = blockText(planCard({ record, verdict: aVerdict(), now: NOON }).blocks, PLAIN);
  const rule = aRule([aClause(2, "sre")], { approveWithinMs: 3_600_000 });
  const explained = explainedPlan({ plan, hash: record.hash, policy: usual(rule) }, PLAIN);

  test("explain says everything of the plan that the card says, step by step", () => {
    const lines = card.split("\n").filter((line) => line.trim() !== "" && !OF_THE_CARD.test(line));
    expect(lines.length).toBeGreaterThan(plan.steps.length);
    const said = explained.split("\n");
    expect(lines.filter((line) => !said.includes(line))).toEqual([]);
  });

  test("explain names the approvals, both clocks and the hash that the card is signed by", () => {
    expect(explained).toContain("2 from sre");
    expect(explained).toContain("within 1h");
    expect(explained).toContain(record.hash);
    expect(card).toContain(record.hash.slice(0, 12));
  });
});

test("what is known of durations and of targets in trouble stands there as on the card", () => {
  const plan = aPlan({ steps: restartSteps });
  const known = {
    estimate: { medianMs: 90_000, p90Ms: 200_000, steps: new Map() },
    openTargets: [{ target: "http:lb.internal", openedAt: NOON }],
  };
  const explained = explainedPlan({ plan, hash: "h", policy: usual(aRule([])), ...known }, PLAIN);
  const card = blockText(
    planCard({ record: aRecord({ plan }), verdict: aVerdict(), now: NOON, ...known }).blocks,
    PLAIN,
  );
  const lines = card.split("\n").filter((line) => /Usually|Longest|http:lb\.internal/.test(line));
  expect(lines.length).toBeGreaterThanOrEqual(3);
  for (const line of lines) expect(explained).toContain(line.trim());
});

describe("what the policies make of it", () => {
  const plan = aPlan({ steps: restartSteps });
  const shown = (policy: ForeseenRule) => explainedPlan({ plan, hash: "h", policy }, PLAIN);
  const rule = aRule([aClause(1, "dba")], { policies: ["databases"], stepUp: "webauthn" });

  test("is named as on the card: policies, passkey and a freeze that is on", () => {
    const text = shown(usual(rule, { freeze: aFreeze() }));
    expect(text).toContain("Policy  databases · each approval is signed with a passkey");
    expect(text).toContain("Frozen  by weekends until");
  });

  test("is said for those groups that make it another one, and what is known live only", () => {
    const text = shown({
      ...usual(rule),
      byGroup: [
        { group: "release", result: accept({ rule, standing: "nightly", freeze: null }) },
        {
          group: "interns",
          result: refuse({ code: "forbidden", policy: "no-interns", reason: "Ask somebody." }),
        },
      ],
      askedLive: ["dba"],
    });
    expect(text).toContain("somebody in release:\nApprovals  given beforehand, by the standing");
    expect(text).toContain(
      "somebody in interns:\nWould be refused  The policy no-interns does not",
    );
    expect(text).toContain("Not known here  who is in dba, and so whether enough people could");
  });
});

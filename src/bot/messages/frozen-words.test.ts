// What is said of a plan while a freeze holds it back, wherever it is shown.

import { describe, expect, test } from "vitest";
import type { PlanFreeze } from "#engine/freeze-of-plan.ts";
import type { PlanRecord } from "#engine/plan.ts";
import { NOON, aFreeze, aRecord, aVerdict, someApprovers } from "#test/builders/plan-records.ts";
import { seenText } from "#test/builders/seen-text.ts";
import { homeView } from "./home-view.ts";
import { outcomePrivateMessage } from "./outcome-private.ts";
import { pendingMessage } from "./pending-list.ts";
import { planCard } from "./plan-card.ts";
import { showPlanMessage } from "./show-plan.ts";
import { votedSentence } from "./voted.ts";
import { whoCanApproveMessage } from "./who-can-approve.ts";

const MINUTE = 60_000;
const verdict = aVerdict();
const waiting = aRecord();
const { approveBy: _by, remindedAt: _r, nudgedAt: _n, unreachableSince: _u, ...kept } = waiting;
const approved: PlanRecord = {
  ...kept,
  status: "approved",
  verdict,
  decidedAt: NOON,
  startBy: NOON + 30 * MINUTE,
  runId: "run-1",
};
const runsOut = { kind: "runs-out", at: NOON + 30 * MINUTE } as const;
const tooEarly = { kind: "starts-if-approved-from", from: NOON + 30 * MINUTE } as const;

const FROZEN = /Frozen {2}by weekends until .*03:00 UTC/;
const shownIn: Readonly<Record<string, (record: PlanRecord, freeze: PlanFreeze) => string>> = {
  "the card": (record, freeze) => seenText(planCard({ record, verdict, freeze, now: NOON }).blocks),
  "/ops show": (record, freeze) =>
    seenText(showPlanMessage({ record, verdict, freeze, report: null, now: NOON }).blocks),
  "Who can approve?": (record, freeze) =>
    seenText(
      whoCanApproveMessage({ record, approvers: someApprovers({ freeze }), now: NOON }).blocks,
    ),
  "the private word to its requester": (record, freeze) =>
    seenText(outcomePrivateMessage({ record, verdict, report: null, freeze, now: NOON }).blocks),
};

describe.each(Object.entries(shownIn))("a plan in a freeze, in %s,", (_where, shown) => {
  test("can be approved only while it is not", () => {
    expect(shown(waiting, aFreeze())).toContain("It can be approved, and starts when that is over");
    const text = shown(approved, aFreeze({ approved: true }));
    expect(text).toMatch(FROZEN);
    expect(text).toContain("Nobody is there. It is approved, and starts when that is over.");
    expect(text).not.toContain("can be approved");
  });

  test("is not said to start when its time runs out before", () => {
    const late = shown(approved, aFreeze({ approved: true, next: runsOut }));
    expect(late).toMatch(/its time to start runs out .*02:30 UTC.*: nothing of it will run/);
    const never = shown(waiting, aFreeze({ next: { kind: "runs-out", at: null } }));
    expect(never).toContain("Whenever it is approved, its time to start runs out");
    const early = shown(waiting, aFreeze({ next: tooEarly }));
    expect(early).toMatch(/starts when that is over if it is approved from .*02:30 UTC.* on/);
    for (const text of [late, never, early]) expect(text).not.toContain("and starts when that");
  });
});

describe("a plan that waits in a freeze", () => {
  const plan = { record: waiting, verdict, freeze: aFreeze() };

  test("is marked with it in the list of what waits and in App Home, for the reader and for others", () => {
    for (const plans of [
      { theirs: [plan], others: [] },
      { theirs: [], others: [plan] },
    ]) {
      const list = pendingMessage({ plans, askings: [], viewerId: "U0BOB", now: NOON });
      const home = homeView({ waiting: plans, asked: [], running: [], recent: [], now: NOON });
      expect(seenText(list.blocks)).toMatch(FROZEN);
      expect(seenText(home.blocks)).toMatch(FROZEN);
    }
  });

  test.each<[string, PlanFreeze | null, string]>([
    ["without one", null, "It runs as soon as the quorum is met."],
    ["in one", aFreeze(), "Frozen by weekends until 2026-11-21 03:00 UTC: approved, it starts"],
    ["too early in one", aFreeze({ next: tooEarly }), "quorum is met from 2026-11-21 02:30 UTC on"],
    ["that it can't outlast", aFreeze({ next: runsOut }), "so nothing of it will run."],
  ])("says so before it is signed, on the card and in the list: %s", (_name, freeze, words) => {
    const card = planCard({ record: waiting, verdict, freeze, now: NOON });
    const plans = { theirs: [{ ...plan, freeze }], others: [] };
    const list = pendingMessage({ plans, askings: [], viewerId: "U0BOB", now: NOON });
    for (const { blocks } of [card, list]) expect(JSON.stringify(blocks)).toContain(words);
  });
});

describe("whoever approves", () => {
  const voted = (record: PlanRecord, freeze: PlanFreeze | null) =>
    votedSentence({ record, verdict, freeze }, "approve");

  test("is not told that it starts now when a freeze holds it back", () => {
    expect(voted(approved, null)).toContain("The quorum is met: it starts now.");
    expect(voted(approved, aFreeze({ approved: true }))).toBe(
      `You approved plan ${approved.id}. The quorum is met. Frozen by weekends until 2026-11-21 03:00 UTC: approved, it starts after that.`,
    );
  });

  test("is told of the freeze already when others are waited for", () => {
    expect(voted(waiting, null)).toBe(`You approved plan ${waiting.id}: 1 of 2 so far.`);
    expect(voted(waiting, aFreeze())).toContain("1 of 2 so far. Frozen by weekends until");
  });
});

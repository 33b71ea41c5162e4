// What is shown of a broken glass, for any reason, note and plan.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PEOPLE, hostilePlan, hostileText } from "#test/builders/hostile-plans.ts";
import { NOON, PERMALINK, aRecord, aVerdict, aVote } from "#test/builders/plan-records.ts";
import { messageFaults, viewFaults } from "#test/builders/strict-block-kit.ts";
import { scaled } from "#test/proof-scale.ts";
import { breakGlassView, glassErrors, readGlassWish } from "./glass-view.ts";
import {
  glassAskedMessage,
  glassBrokenMessage,
  glassBrokenPrivately,
  glassReviewedMessage,
  openReviewsMessage,
  reviewOverdueMessage,
} from "./glass.ts";
import { INPUTS, glassValue, parseGlassValue } from "./identifiers.ts";
import { planCard } from "./plan-card.ts";

const allowed = {
  people: new Set<string>(PEOPLE),
  urls: new Set([PERMALINK]),
  // Words of the person whom the button is for stand behind the plan and its version.
  values: /^pl-7k3qx9a2bc\|1(\|[^]{0,1000})?$/,
};
const [userId] = PEOPLE;

const brokenOf = (record: ReturnType<typeof aRecord>, reason: string, note: string | null) => ({
  ...record,
  emergency: {
    userId,
    reason,
    at: NOON,
    reviewBy: NOON,
    remindedAt: null,
    review: note === null ? null : { userId, note, at: NOON },
  },
});

describe("a broken glass", () => {
  test("is shown within Slack's limits and free of live text, for any plan, reason and note", () => {
    fc.assert(
      fc.property(hostilePlan, hostileText, hostileText, (plan, reason, note) => {
        const requester = { teamId: "T0ACME", userId, name: userId };
        const record = aRecord({ plan, requester });
        const open = brokenOf(record, reason, null);
        const closed = brokenOf(record, reason, note);
        const written = reason.slice(0, 1000);
        const over = { status: "withdrawn", withdrawnAt: NOON, withdrawnBy: userId } as const;
        const messages = [
          glassAskedMessage(record, written),
          glassBrokenMessage(open),
          glassBrokenMessage(closed),
          glassBrokenPrivately(open, userId),
          glassReviewedMessage(closed),
          reviewOverdueMessage(open, PEOPLE),
          openReviewsMessage(
            Array.from({ length: 25 }, () => open),
            NOON,
          ),
          planCard({
            record: { ...closed, ...over, reason: note },
            verdict: aVerdict({ couldApprove: [] }),
            now: NOON,
          }),
        ];
        const view = breakGlassView({ record, reason: written });
        expect([
          ...messages.flatMap((message) => messageFaults(message, allowed)),
          ...viewFaults(view, allowed),
        ]).toEqual([]);
      }),
      { numRuns: scaled(20) },
    );
  });

  test("is told to each with what they had to do with the plan", () => {
    const record = aRecord({
      requester: { teamId: "T0ACME", userId: "U0RITA", name: "rita" },
      votes: [aVote("U0ANN", "approve", null), aVote("U0BOB", "reject", "no")],
    });
    const told = (userId: string) =>
      JSON.stringify(glassBrokenPrivately(brokenOf(record, "why", null), userId).blocks);
    expect(told("U0RITA")).toContain("You asked for this plan");
    expect(told("U0ANN")).toContain("You had approved this plan");
    expect(told("U0BOB")).toContain("You had rejected this plan");
    expect(told("U0CAT")).toContain("You could have approved this plan");
  });

  test("whose review is overdue names those who could close it, and says when nobody could", () => {
    const open = brokenOf(aRecord(), "why", null);
    expect(JSON.stringify(reviewOverdueMessage(open, ["U0ANN", "U0BOB"]).blocks)).toContain(
      "U0BOB",
    );
    expect(JSON.stringify(reviewOverdueMessage(open, []).blocks)).toContain("another approver");
  });

  test("is asked for with the plan's steps in sight and the words that were given, to be confirmed", () => {
    const record = aRecord();
    const view = JSON.stringify(breakGlassView({ record, reason: "the shop is down" }).blocks);
    for (const { summary } of record.plan.steps) expect(view).toContain(summary);
    expect(view).toContain('"initial_value":"the shop is down"');
    expect(JSON.stringify(breakGlassView({ record, reason: "" }))).not.toContain("initial_value");
  });

  test("takes a reason and a tick, each with its own words where it is missing", () => {
    const { glassReason, glassConfirm } = INPUTS;
    const values = (reason: string | null, ticked: readonly string[]) => ({
      [glassReason.blockId]: { [glassReason.actionId]: { value: reason } },
      [glassConfirm.blockId]: {
        [glassConfirm.actionId]: { selected_options: ticked.map((value) => ({ value })) },
      },
    });
    const missing = (reason: string | null, ticked: readonly string[]) =>
      Object.keys(glassErrors(readGlassWish(values(reason, ticked))) ?? {});
    expect(missing("down", ["alone"])).toEqual([]);
    expect(missing(" \n", ["alone"])).toEqual([glassReason.blockId]);
    expect(missing("down", ["other"])).toEqual([glassConfirm.blockId]);
    expect(missing(null, [])).toEqual([glassReason.blockId, glassConfirm.blockId]);
    expect(glassErrors(readGlassWish({}))).not.toBeNull();
  });

  test("has a button whose value is read back, whatever was written, and names nothing but a plan", () => {
    const ref = { planId: "pl-7k3qx9a2bc", version: 3 };
    for (const reason of ["", "a|b", "pl-2|9", "two\nlines", "|"])
      expect(parseGlassValue(glassValue({ ...ref, reason }))).toEqual({ ...ref, reason });
    expect(parseGlassValue("pl-7k3qx9a2bc|3")).toEqual({ ...ref, reason: "" });
    for (const value of [
      undefined,
      "",
      "why",
      "run-1|1|why",
      "pl-1|0|why",
      "pl-1|why|1",
      "|pl-1|1",
    ])
      expect(parseGlassValue(value)).toBeNull();
  });
});

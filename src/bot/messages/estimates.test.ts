import { describe, expect, test } from "vitest";
import {
  NOON,
  aPlan,
  aRecord,
  aReport,
  aStep,
  aStepReport,
  aVerdict,
} from "#test/builders/plan-records.ts";
import { roughly } from "./estimates.ts";
import { planCard } from "./plan-card.ts";
import { runProgressMessage } from "./run-progress.ts";

test.each([
  [0, "under a second"],
  [999, "under a second"],
  [1_400, "about 1 s"],
  [9_000, "about 9 s"],
  [43_000, "about 45 s"],
  [58_000, "about 1 min"],
  [239_000, "about 4 min"],
  [89 * 60_000, "about 89 min"],
  [95 * 60_000, "about 1.5 h"],
])("%d ms are %s", (ms, text) => {
  expect(roughly(ms)).toBe(text);
});

describe("an estimate", () => {
  const plan = aPlan({ steps: [aStep({ id: "stop" }), aStep({ id: "start" })] });
  const estimate = {
    medianMs: 240_000,
    p90Ms: 610_000,
    steps: new Map([
      ["stop", { medianMs: 30_000, p90Ms: 60_000 }],
      ["start", { medianMs: 200_000, p90Ms: 500_000 }],
    ]),
  };
  const card = (given: typeof estimate | null) =>
    planCard({ record: aRecord({ plan }), verdict: aVerdict(), now: NOON, estimate: given });

  test("is on the card: how long, how long at most nine times of ten, and where the time goes", () => {
    const text = JSON.stringify(card(estimate).blocks);
    expect(text).toContain("Usually takes about 4 min (9 in 10 within 11 min)");
    expect(text).toMatch(/Longest: .*2\. .*start.*about 3 min.*1\. .*stop.*about 30 s/);
  });

  test("changes nothing of what is signed, and is left out where there is none", () => {
    expect(card(estimate).viewText).toBe(card(null).viewText);
    expect(JSON.stringify(card(null).blocks)).not.toContain("Usually");
  });

  test("of what is left is in the progress of a run that goes on by itself", () => {
    const shown = (changes: Parameters<typeof aReport>[0]) =>
      JSON.stringify(
        runProgressMessage({
          report: aReport(changes),
          output: [],
          now: NOON,
          rest: { medianMs: 120_000, p90Ms: 300_000 },
        }).blocks,
      );
    expect(shown({})).toContain("about 2 min left");
    expect(shown({ status: "paused" })).not.toContain("left");
    const delay = { target: "http:lb", until: NOON + 1, openedAt: NOON };
    expect(shown({ steps: [aStepReport("drain", { delay })] })).not.toContain("left");
  });
});

import { describe, expect, test } from "vitest";
import { NOON, aReport, aStepReport } from "#test/builders/plan-records.ts";
import { breakerOpenMessage } from "./breaker-open.ts";
import type { BreakerOpenInput } from "./breaker-open.ts";
import { ACTIONS, parseOpeningValue } from "./identifiers.ts";

const TARGET = "http:lb.internal";
const delay = { target: TARGET, until: NOON + 30_000, openedAt: NOON };
const held = aReport({
  steps: [
    aStepReport("drain", { status: "succeeded" }),
    aStepReport("stop", { delay }),
    aStepReport("start", { delay: { ...delay, target: "http:other" } }),
    aStepReport("health"),
  ],
});
const shown = (changes: Partial<BreakerOpenInput> = {}) =>
  JSON.stringify(
    breakerOpenMessage({
      report: held,
      target: TARGET,
      openedAt: NOON,
      trouble: { calls: 10, failures: 8, withinMs: 60_000 },
      approvers: ["U0ANN"],
      overriddenBy: null,
      ...changes,
    }).blocks,
  );

describe("the message of an open breaker", () => {
  test("says what failed, which steps wait, until when, and who may override it with which words", () => {
    for (const part of [
      TARGET,
      "failed 8 of 10 calls within 1m",
      "Waiting: step ",
      "2. ",
      "stop",
      "U0ANN",
      `override ${TARGET}`,
      ACTIONS.overrideBreaker,
    ])
      expect(shown()).toContain(part);
    expect(shown()).not.toContain("http:other");
    const value = /"value":"(run-[^"]+)"/.exec(shown())?.[1];
    expect(parseOpeningValue(value)).toEqual({
      runId: held.runId,
      stepIndex: 1,
      openedAt: NOON,
    });
  });

  test("offers nothing where the plan needed nobody's approval", () => {
    expect(shown({ approvers: null })).not.toContain(ACTIONS.overrideBreaker);
    expect(shown({ approvers: null })).not.toContain("override http");
  });

  test.each([
    [null, "No longer held back"],
    ["U0ANN", "overridden for this run by"],
  ])("has no button once nothing waits for it", (overriddenBy, words) => {
    const text = shown({ report: aReport(), overriddenBy });
    expect(text).toContain(words);
    expect(text).not.toContain(ACTIONS.overrideBreaker);
  });
});

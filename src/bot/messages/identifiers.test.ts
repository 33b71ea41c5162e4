import { describe, expect, test } from "vitest";
import { hash } from "node:crypto";
import {
  bundleMetadata,
  parseBundleMetadata,
  parsePlanPageValue,
  parsePlanValue,
  parseQuestionValue,
  parseRunValue,
  parseShownValue,
  planPageValue,
  planValue,
  questionCall,
  questionValue,
  shownValue,
} from "./identifiers.ts";

const plan = { planId: "pl-7k3qx9a2bc", version: 3 };

describe("a tick box's value", () => {
  const shown = { ...plan, hash: hash("sha256", "plan"), viewHash: hash("sha256", "picture") };

  test("names a plan's version with all of the hashes it was shown with, in what Slack takes", () => {
    expect(parseShownValue(shownValue(shown))).toEqual(shown);
    const longest = { ...shown, planId: `pl-${"x".repeat(40)}`, version: 9_999_999 };
    expect(shownValue(longest).length).toBeLessThanOrEqual(150);
    expect(parseShownValue(shownValue(longest))).toEqual(longest);
  });

  test.each([
    undefined,
    "",
    planValue(plan),
    shownValue(shown).slice(0, -1),
    `${shownValue(shown)}A`,
    `${shownValue(shown)}|${shown.hash}`,
    shownValue({ ...shown, planId: "run-1" }),
    shownValue({ ...shown, version: 0 }),
    shownValue({ ...shown, viewHash: "" }),
  ])("that is %j is none of ours", (value) => {
    expect(parseShownValue(value)).toBeNull();
  });
});

describe("a bundle card's metadata", () => {
  test.each([
    null,
    { channelId: "C0OPS", threadTs: null },
    { channelId: "C0OPS", threadTs: "1763690000.000100" },
    { channelId: "U0ANN", threadTs: null },
  ])("says whose plans it shows and where its answer belongs (%j)", (place) => {
    const ref = { requesterId: "U0RITA", place };
    expect(parseBundleMetadata(bundleMetadata(ref))).toEqual(ref);
  });

  test.each(["", "U0RITA", "rita||", "U0RITA|#ops|", "U0RITA|C0OPS|now", "U0RITA|||"])(
    "that is %j is none of ours",
    (value) => expect(parseBundleMetadata(value)).toBeNull(),
  );
});

describe("a button's value", () => {
  test("names a plan's version and is read back", () => {
    expect(planValue(plan)).toBe("pl-7k3qx9a2bc|3");
    expect(parsePlanValue(planValue(plan))).toEqual(plan);
    expect(parsePlanPageValue(planPageValue({ ...plan, page: 12 }))).toEqual({ ...plan, page: 12 });
  });

  test.each([
    undefined,
    "",
    "pl-1",
    "pl-1|0",
    "pl-1|-1",
    "pl-1|1|1",
    "run-1|1",
    "pl-1|1\n",
    "pl-A|1",
    '{"planId":"pl-1"}',
  ])("that is %j is none of a plan's", (value) => {
    expect(parsePlanValue(value)).toBeNull();
  });

  test("names a run and is read back", () => {
    expect(parseRunValue("run-4m8w2e6yhj")).toBe("run-4m8w2e6yhj");
    expect(parseRunValue("pl-4m8w2e6yhj")).toBeNull();
  });

  test.each([null, 0, 2])(
    "names the attempt a question is about (rollback call %j)",
    (rollbackIndex) => {
      const ref = { runId: "run-1", stepIndex: 1, rollbackIndex, attempt: 4 };
      expect(parseQuestionValue(questionValue(ref))).toEqual(ref);
      const steps = [{ id: "a" }, { id: "b" }];
      expect(questionCall(ref, steps)).toEqual(
        rollbackIndex === null
          ? { phase: "forward", stepId: "b" }
          : { phase: "rollback", stepId: "b", index: rollbackIndex },
      );
      expect(questionCall({ ...ref, stepIndex: 9 }, steps)).toBeNull();
    },
  );
});

import { describe, expect, test } from "vitest";
import {
  parsePlanPageValue,
  parsePlanValue,
  parseQuestionValue,
  parseRunValue,
  planPageValue,
  planValue,
  questionCall,
  questionValue,
} from "./identifiers.ts";

const plan = { planId: "pl-7k3qx9a2bc", version: 3 };

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

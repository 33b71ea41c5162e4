import { describe, expect, test } from "vitest";
import { switchPlan, switchStep } from "#test/builders/run-plans.ts";
import type { PlanStep } from "./plan.ts";
import { readsOutput } from "./reads-output.ts";

function reads(changes: Partial<PlanStep>): boolean {
  return readsOutput(switchPlan([switchStep("x"), switchStep("y", changes)]));
}
const inWith = (source: string): Partial<PlanStep> => ({ with: { deep: [{ to: source }] } });

describe("the end of what a step wrote is kept", () => {
  test.each([
    'steps.x.output == ""',
    'steps.x["output"] == ""',
    'steps["x"]["output"] == ""',
    'steps.x[0].output == ""',
    'steps.x.exists(one, one.output == "")',
    'steps.x[answers.which] == ""',
    "size(steps) > 1",
  ])("for %s", (when) => {
    expect(reads({ when })).toBe(true);
    expect(reads({ guards: [{ source: when, scope: "" }] })).toBe(true);
    expect(reads({ check: [when] })).toBe(true);
    expect(reads(inWith(`about: \${{ ${when} }}`))).toBe(true);
    const [call] = switchPlan([switchStep("y", inWith(`\${{ ${when} }}`))]).steps;
    if (call === undefined) throw new Error("the plan has no step");
    expect(reads({ rollback: { kind: "commands", calls: [call] } })).toBe(true);
    expect(reads({ checksAfter: [call] })).toBe(true);
  });

  test.each([
    'steps.x.result.output == ""',
    'steps.output.result == ""',
    'inputs.output == ".output"',
    'steps.x.status == "steps.x.output"',
  ])("not for %s", (when) => {
    expect(reads({ when, ...inWith("the .output of steps.x.output") })).toBe(false);
  });
});

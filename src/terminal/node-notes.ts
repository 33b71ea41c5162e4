// What a reader of a plan's drawing must know of a step besides its operation, in a few words each.

import type { PlanStep } from "#engine/plan.ts";
import type { OutlineNode } from "./plan-outline.ts";

export function nodeNotes({ steps }: OutlineNode): readonly string[] {
  const some = (test: (step: PlanStep) => boolean): boolean => steps.some(test);
  return [
    ...(some((step) => step.inquiry !== null) ? ["asks a question first"] : []),
    ...(some((step) => step.approval !== null) ? ["waits for an approval"] : []),
    ...(some((step) => step.when !== null || step.guards.length > 0) ? ["conditional"] : []),
  ];
}

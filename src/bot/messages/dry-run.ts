import type { Preview } from "#engine/operation.ts";
import type { Plan } from "#engine/plan.ts";
import { blocksOf } from "./signature.ts";
import type { Message } from "./message.ts";

/** Same shape as the engine's PlanPreview. */
export type PreviewedPlan = {
  readonly plan: Plan;
  readonly steps: readonly {
    readonly stepId: string;
    readonly summary: string;
    readonly preview: Preview | null;
    readonly note: string | null;
  }[];
};
export function dryRunMessage({ plan }: PreviewedPlan): Message {
  return blocksOf(plan.title);
}

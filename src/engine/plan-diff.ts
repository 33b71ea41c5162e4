// What changed between two versions of a plan, as values to render.

import type { Json } from "./json.ts";
import type { Plan, PlanStep } from "./plan.ts";
import type { Risk } from "./risk.ts";

export type FieldChange = { readonly field: string; readonly before: Json; readonly after: Json };

export type PlanDiff = {
  readonly added: readonly PlanStep[];
  readonly removed: readonly PlanStep[];
  /** Steps in both versions, with the fields that differ (`with.url`, `timeoutMs`, `rollback`, ...). */
  readonly changed: readonly { readonly stepId: string; readonly fields: readonly FieldChange[] }[];
  readonly risk: { readonly before: Risk; readonly after: Risk } | null;
  /** Differences outside the steps: title, environment, inputs, mode, ... */
  readonly other: readonly FieldChange[];
};

export function diffPlans(before: Plan, after: Plan): PlanDiff {
  throw new Error(`${before.title} ${after.title}`);
}

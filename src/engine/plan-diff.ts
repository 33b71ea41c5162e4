// What changed between two versions of a plan, as values to render.

import { canonicalJson } from "./canonical-json.ts";
import { isJsonObject } from "./json.ts";
import type { Json, JsonObject } from "./json.ts";
import type { Plan, PlanStep } from "./plan.ts";
import type { Risk } from "./risk.ts";

export type FieldChange = { readonly field: string; readonly before: Json; readonly after: Json };

export type PlanDiff = {
  readonly added: readonly PlanStep[];
  readonly removed: readonly PlanStep[];
  /** Steps in both versions, with the fields that differ (`with.url`, `timeoutMs`, `rollback`, ...). */
  readonly changed: readonly { readonly stepId: string; readonly fields: readonly FieldChange[] }[];
  readonly risk: { readonly before: Risk; readonly after: Risk } | null;
  /** Differences outside the steps: title, environment, inputs, mode, the steps' order, ... */
  readonly other: readonly FieldChange[];
};

/** Steps are the same when their ids are. */
export function diffPlans(before: Plan, after: Plan): PlanDiff {
  const old = new Map(before.steps.map((step) => [step.id, step]));
  const now = new Map(after.steps.map((step) => [step.id, step]));
  const changed = after.steps.flatMap((step) => {
    const earlier = old.get(step.id);
    const fields = earlier === undefined ? [] : fieldChanges(asJson(earlier), asJson(step));
    return fields.length === 0 ? [] : [{ stepId: step.id, fields }];
  });
  const { steps: oldSteps, risk: oldRisk, ...oldRest } = before;
  const { steps: newSteps, risk: newRisk, ...newRest } = after;
  return {
    added: newSteps.filter(({ id }) => !old.has(id)),
    removed: oldSteps.filter(({ id }) => !now.has(id)),
    changed,
    risk: oldRisk === newRisk ? null : { before: oldRisk, after: newRisk },
    other: [
      ...fieldChanges(asJson(oldRest), asJson(newRest)),
      ...orderChange(
        oldSteps.map(({ id }) => id).filter((id) => now.has(id)),
        newSteps.map(({ id }) => id).filter((id) => old.has(id)),
      ),
    ],
  };
}

function orderChange(before: readonly string[], after: readonly string[]): readonly FieldChange[] {
  return before.every((id, index) => after[index] === id)
    ? []
    : [{ field: "order", before, after }];
}

/** Fields that differ; `with` and `inputs` are told member by member. */
function fieldChanges(before: JsonObject, after: JsonObject): readonly FieldChange[] {
  const fields = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return fields.flatMap((field) => {
    const [old = null, now = null] = [before[field], after[field]];
    if (canonicalJson(old) === canonicalJson(now)) return [];
    const inside = field === "with" || field === "inputs";
    if (!inside || !isJsonObject(old) || !isJsonObject(now))
      return [{ field, before: old, after: now }];
    return fieldChanges(old, now).map((change) => ({
      ...change,
      field: `${field}.${change.field}`,
    }));
  });
}

function asJson(value: object): JsonObject {
  return value as JsonObject;
}

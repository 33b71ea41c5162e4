// What expressions see of a run: `inputs`, `steps.<id>`, `run`, and `result` in a check or a rollback.

import type { Scope } from "./expression.ts";
import type { Json, JsonObject } from "./json.ts";
import type { Plan } from "./plan.ts";

/** What a run knows of a step that expressions may read. */
export type StepFacts = { readonly status: string; readonly result: Json | null };

/**
 * The scope of a running plan. A `for_each` step `stop` with items `stop[0]`, `stop[1]` is a list at `steps.stop`.
 * @param facts steps that have ended, by id.
 * @param result the step's own result, for `check` and rollback calls; left out elsewhere.
 */
export function runScope(given: {
  readonly plan: Plan;
  readonly run: JsonObject;
  readonly facts: ReadonlyMap<string, StepFacts>;
  readonly result?: Json | null;
}): Scope {
  const steps: Record<string, Json> = {};
  const lists = new Map<string, Json[]>();
  for (const step of given.plan.steps) {
    const known = given.facts.get(step.id);
    const facts: JsonObject = { status: known?.status ?? "pending", result: known?.result ?? null };
    const base = /^(.*)\[\d+\]$/.exec(step.id)?.[1];
    if (base === undefined) {
      steps[step.id] = facts;
      continue;
    }
    const items = lists.get(base) ?? [];
    if (items.length === 0) lists.set(base, items);
    items.push(facts);
    steps[base] = items;
  }
  return {
    inputs: given.plan.inputs,
    run: given.run,
    steps,
    ...(given.result !== undefined && { result: given.result }),
  };
}

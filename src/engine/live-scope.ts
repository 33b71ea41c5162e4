// What expressions see of a run while it goes on: `inputs`, `run`, `steps.<id>` (a list for a `for_each` step),
// and `result` in checks and rollbacks. Kept up to date step by step: thousands of steps don't build it anew.

import type { Scope } from "./expression.ts";
import type { Json, JsonObject } from "./json.ts";
import type { Plan } from "./plan.ts";
import type { RunHeader } from "./run-store.ts";
import { resultOf, stepStatus } from "./step-state.ts";
import type { StepState } from "./step-state.ts";

type Place = { readonly name: string; readonly index: number | null };

export class LiveScope {
  readonly #inputs: JsonObject;
  readonly #run: JsonObject;
  readonly #steps: Record<string, Json> = {};
  readonly #places = new Map<string, Place>();

  constructor(header: Pick<RunHeader, "runId" | "planId" | "plan">) {
    this.#inputs = header.plan.inputs;
    this.#run = { id: header.runId, plan_id: header.planId };
    this.#openPlaces(header.plan);
  }

  /** @param result of the step itself, for checks and rollbacks; left out elsewhere. */
  scope(result?: Json | null): Scope {
    return {
      inputs: this.#inputs,
      run: this.#run,
      steps: this.#steps,
      ...(result !== undefined && { result }),
    };
  }

  /** The step stands otherwise now. */
  update(step: StepState): void {
    const place = this.#places.get(step.stepId);
    if (place === undefined) return;
    const facts = { status: stepStatus(step), result: resultOf(step) };
    const list = this.#steps[place.name];
    if (place.index !== null && Array.isArray(list)) (list as Json[])[place.index] = facts;
    else this.#steps[place.name] = facts;
  }

  #openPlaces(plan: Plan): void {
    for (const { id } of plan.steps) {
      const pending = { status: "pending", result: null };
      const base = /^(.*)\[\d+\]$/.exec(id)?.[1];
      if (base === undefined) {
        this.#places.set(id, { name: id, index: null });
        this.#steps[id] = pending;
        continue;
      }
      const list = this.#steps[base];
      const items: Json[] = Array.isArray(list) ? (list as Json[]) : [];
      this.#places.set(id, { name: base, index: items.length });
      items.push(pending);
      this.#steps[base] = items;
    }
  }
}

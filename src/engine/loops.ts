// How the items of `for_each` steps have fared: which failures are tolerated, and when the step as a whole has
// failed. Knows no order; next-moves.ts decides what follows.

import type { LoopPlace, Plan } from "./plan.ts";

export class Loops {
  readonly #placeOf = new Map<string, LoopPlace>();
  readonly #failedOf = new Map<string, Set<string>>();

  constructor(plan: Pick<Plan, "steps">) {
    for (const { id, loop } of plan.steps) if (loop !== null) this.#placeOf.set(id, loop);
  }

  /** The step has failed; nothing happens unless it is an item. */
  failed(stepId: string): void {
    const place = this.#placeOf.get(stepId);
    if (place === undefined) return;
    const failed = this.#failedOf.get(place.id) ?? new Set();
    this.#failedOf.set(place.id, failed.add(stepId));
  }

  /** It is tried again, or a person left it out: its failure does not count any more. */
  forget(stepId: string): void {
    const place = this.#placeOf.get(stepId);
    if (place !== undefined) this.#failedOf.get(place.id)?.delete(stepId);
  }

  /** More items have failed than the `for_each` step with this id tolerates, or one of its canaries has. */
  spoiled(loopId: string): boolean {
    let tolerated = 0;
    for (const stepId of this.#failedOf.get(loopId) ?? []) {
      const place = this.#placeOf.get(stepId);
      tolerated += 1;
      if (place === undefined || place.canary || tolerated > place.maxFailures) return true;
    }
    return false;
  }

  /** The step is an item that has failed, and its `for_each` step has not. */
  tolerates(stepId: string): boolean {
    const place = this.#placeOf.get(stepId);
    if (place === undefined || this.#failedOf.get(place.id)?.has(stepId) !== true) return false;
    return !this.spoiled(place.id);
  }
}

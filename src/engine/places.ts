// How many steps may be under way at the same time, in a plan and in each of its groups.

import type { Plan, PlanStep } from "./plan.ts";

export class Places {
  #left: number;
  readonly #leftIn: Map<string, number>;
  readonly #taken = new Set<string>();

  /** @param steps those that have a place already; one that is named twice has one. */
  constructor(
    plan: Pick<Plan, "parallelism" | "groups">,
    steps: Iterable<Pick<PlanStep, "id" | "groups">>,
  ) {
    this.#left = plan.parallelism;
    this.#leftIn = new Map(Object.entries(plan.groups));
    for (const step of steps) if (!this.#taken.has(step.id)) this.#occupy(step);
  }

  /** False: it has to wait. A step between two of its own calls keeps its place. */
  take(step: Pick<PlanStep, "id" | "groups">): boolean {
    if (this.#taken.has(step.id)) return true;
    if (this.#left <= 0 || step.groups.some((group) => (this.#leftIn.get(group) ?? 1) <= 0))
      return false;
    this.#occupy(step);
    return true;
  }

  #occupy({ id, groups }: Pick<PlanStep, "id" | "groups">): void {
    this.#taken.add(id);
    this.#left -= 1;
    for (const group of groups) {
      const left = this.#leftIn.get(group);
      if (left !== undefined) this.#leftIn.set(group, left - 1);
    }
  }
}

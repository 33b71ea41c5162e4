// Which steps of a run ended without success, and which of them ends the way forward.

import type { Loops } from "./loops.ts";
import type { OnFailure, PlanStep } from "./plan.ts";

export type Fatal = {
  readonly stepId: string;
  readonly ending: Exclude<OnFailure, "continue">;
};

/** Told of each step that did not succeed, in the order in which they ended. */
export class StepFailures {
  readonly #failed: string[] = [];
  #fatal: Fatal | null = null;

  /** All of them, those that the plan tolerates included. */
  get all(): readonly string[] {
    return this.#failed;
  }

  /** The one that decides what happens: the first that turns the run back, else the first that stops it. */
  get fatal(): Fatal | null {
    return this.#fatal;
  }

  add({ id: stepId, onFailure }: PlanStep, loops: Pick<Loops, "tolerates">): void {
    this.#failed.push(stepId);
    if (onFailure === "continue" || loops.tolerates(stepId)) return;
    if (this.#fatal === null || (onFailure === "rollback" && this.#fatal.ending !== "rollback"))
      this.#fatal = { stepId, ending: onFailure };
  }
}

// Which steps are ready, kept up to date as steps end. Stages and sequence are barriers between waves; needs
// are counted down. Every step is looked at once per need, however long the plan.

import type { Mode, Plan } from "./plan.ts";

export class Waves {
  readonly #needsLeft = new Map<string, number>();
  readonly #dependents = new Map<string, string[]>();
  readonly #waveOf = new Map<string, number>();
  readonly #waves: string[][];
  readonly #openIn: number[];
  #current = 0;
  readonly #ready = new Set<string>();
  readonly #over = new Set<string>();
  readonly #taken = new Set<string>();

  constructor(plan: Plan) {
    this.#waves = wavesOf(plan);
    this.#openIn = this.#waves.map((wave) => wave.length);
    for (const [index, wave] of this.#waves.entries())
      for (const id of wave) this.#waveOf.set(id, index);
    for (const step of plan.steps) {
      const needs = new Set([...step.needs, ...step.after]);
      this.#needsLeft.set(step.id, needs.size);
      for (const need of needs) {
        const dependents = this.#dependents.get(need);
        if (dependents === undefined) this.#dependents.set(need, [step.id]);
        else dependents.push(step.id);
      }
    }
    this.#open();
  }

  /** Steps that may start now, in plan order within a wave. */
  ready(): Iterable<string> {
    return this.#ready;
  }

  /** What it comes after has ended, also when that was tried again since the step began. */
  isTurnOf(stepId: string): boolean {
    return (
      (this.#needsLeft.get(stepId) ?? 0) === 0 && (this.#waveOf.get(stepId) ?? 0) <= this.#current
    );
  }

  /** The step was started. */
  take(stepId: string): void {
    this.#taken.add(stepId);
    this.#ready.delete(stepId);
  }

  /** The step ended or was skipped. */
  end(stepId: string): void {
    if (this.#over.has(stepId)) return;
    this.#over.add(stepId);
    this.#ready.delete(stepId);
    for (const dependent of this.#dependents.get(stepId) ?? []) {
      const left = (this.#needsLeft.get(dependent) ?? 0) - 1;
      this.#needsLeft.set(dependent, left);
      if (left === 0 && this.#waveOf.get(dependent) === this.#current) this.#offer(dependent);
    }
    const wave = this.#waveOf.get(stepId) ?? 0;
    this.#openIn[wave] = (this.#openIn[wave] ?? 0) - 1;
    if (wave !== this.#current) return;
    while (this.#current < this.#waves.length && this.#openIn[this.#current] === 0) {
      this.#current += 1;
      this.#open();
    }
  }

  #open(): void {
    for (const stepId of this.#waves[this.#current] ?? []) {
      if (this.#needsLeft.get(stepId) === 0) this.#offer(stepId);
    }
  }

  /** Steps may be taken or left out before their turn comes: they are not offered then. */
  #offer(stepId: string): void {
    if (!this.#over.has(stepId) && !this.#taken.has(stepId)) this.#ready.add(stepId);
  }
}

/** Steps that no barrier parts, in the order in which the barriers fall. */
function wavesOf({ mode, steps }: Plan): string[][] {
  const byBarrier = new Map<number, string[]>();
  for (const [index, step] of steps.entries()) {
    const barrier = barrierOf(mode, step.stage, index);
    const wave = byBarrier.get(barrier);
    if (wave === undefined) byBarrier.set(barrier, [step.id]);
    else wave.push(step.id);
  }
  return [...byBarrier.entries()].toSorted(([a], [b]) => a - b).map(([, wave]) => wave);
}

function barrierOf(mode: Mode, stage: number, index: number): number {
  switch (mode) {
    case "graph":
      return 0;
    case "stages":
      return stage;
    case "sequential":
      return index;
  }
}

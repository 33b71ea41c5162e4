// Watches the world while it is changed: whatever changes it was written down before, no other run has what it
// changes to itself, and what is about to be destroyed has been kept.

import { automaticName } from "#engine/checkpoint.ts";
import type { Plan, PlanStep } from "#engine/plan.ts";
import { FINAL_RUN_STATUSES } from "#engine/run.ts";
import type { RunEvent } from "#engine/run.ts";
import { lockOf } from "#test/fakes/recording-operations.ts";
import type { Witness } from "#test/fakes/recording-operations.ts";
import type { MemoryRunDatabase } from "#test/fakes/memory-run-store.ts";

type Intent = {
  readonly runId: string;
  readonly event: Extract<RunEvent, { kind: "attempt.started" }>;
};

export class WorldWatch implements Witness {
  readonly #database: MemoryRunDatabase;
  readonly #violations: string[];
  /** By the name of a rack: the run that last changed something in it. */
  readonly #racks = new Map<string, string>();
  /** Steps whose state is in a checkpoint, by its name; null: nobody keeps any here. */
  #kept: Map<string, readonly string[]> | null = null;

  constructor(database: MemoryRunDatabase, violations: string[]) {
    this.#database = database;
    this.#violations = violations;
  }

  /** From now on every destructive step must have its state kept. */
  expectCheckpoints(): void {
    this.#kept ??= new Map();
  }

  /** A checkpoint has been saved. */
  kept(name: string, steps: readonly string[]): void {
    this.#kept?.set(name, steps);
  }

  readonly begins = (key: string, timesBefore: number, name: string): void => {
    const intents = this.#mustBeRecorded(key, timesBefore);
    const [intent] = intents;
    if (intent === undefined) return;
    this.#mustBeAlone(intent.runId, name);
    this.#mustBeKept(intent);
  };

  readonly acts = (key: string): void => void this.#mustBeRecorded(key, 0);

  /** Invariant 4: whatever may change the world was written down before, once for each time that it is begun. */
  #mustBeRecorded(idempotencyKey: string, timesBefore: number): readonly Intent[] {
    const intents = this.#intents(idempotencyKey);
    if (intents.length <= timesBefore) {
      const found = `${timesBefore + 1} calls and ${intents.length} intents`;
      this.#violations.push(`the key ${idempotencyKey} has ${found} before it begins or acts`);
    }
    return intents;
  }

  /** Nobody changes anything in a rack that was changed by a run that has not ended. */
  #mustBeAlone(runId: string, name: string): void {
    const lock = lockOf(name);
    if (!lock.startsWith("rack:")) return;
    const before = this.#racks.get(lock);
    this.#racks.set(lock, runId);
    if (before === undefined || before === runId) return;
    const status = this.#database.status(before);
    if (!FINAL_RUN_STATUSES.some((final) => final === status))
      this.#violations.push(`${runId} changes ${name} while ${before}, which is ${status}, has it`);
  }

  #mustBeKept({ runId, event: { call } }: Intent): void {
    if (this.#kept === null || call.phase !== "forward") return;
    const { plan } = this.#database.view(runId);
    const step = plan.steps.find(({ id }) => id === call.stepId);
    // What it will be given is not known before: then nothing can be kept.
    if (step?.risk !== "destructive" || step.deferred) return;
    const kept = this.#kept.get(automaticName(runId, placeOf(plan, step))) ?? [];
    if (!kept.includes(step.id))
      this.#violations.push(`${step.id} of ${runId} is destructive, and its state was not kept`);
  }

  #intents(idempotencyKey: string): readonly Intent[] {
    return this.#database
      .runIds()
      .flatMap((runId) =>
        [...this.#database.recorded(runId)].flatMap((event) =>
          event.kind === "attempt.started" && event.idempotencyKey === idempotencyKey
            ? [{ runId, event }]
            : [],
        ),
      );
  }
}

function placeOf({ mode, steps }: Plan, step: PlanStep): number {
  return mode === "stages" ? step.stage : steps.indexOf(step);
}

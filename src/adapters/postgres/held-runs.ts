// The runs that this process is driving right now. A lease of one's own that is not among them was left by
// the process before a restart, and may be taken up at once.

import type { RunHeader } from "#engine/run-store.ts";

/** What a row of the log names besides the run. */
export type RunPlace = {
  readonly teamId: string;
  readonly conversationId: string;
  readonly planId: string;
};

type Holding = {
  readonly owner: string;
  readonly epoch: number;
  /** It has locks, so that others may wait for its end. */
  readonly locked: boolean;
  readonly place: RunPlace;
};

export class HeldRuns {
  readonly #runs = new Map<string, Holding>();
  /** Owners of runs that were claimed and could not be read: left alone until their leases run out. */
  readonly #unreadable = new Map<string, string>();

  add(run: RunHeader & { readonly epoch: number }, owner: string): void {
    const { runId, epoch, teamId, planId, conversation, plan } = run;
    this.#unreadable.delete(runId);
    this.#runs.set(runId, {
      owner,
      epoch,
      locked: plan.steps.some((step) => step.locks.length > 0),
      place: { teamId, planId, conversationId: conversation.id },
    });
  }

  /** Nobody drives it; claiming it again at once would only meet the same. */
  leave(runId: string, owner: string): void {
    this.#runs.delete(runId);
    this.#unreadable.set(runId, owner);
  }

  /** It has taken locks since it was claimed. */
  lock(runId: string, epoch: number): void {
    const holding = this.#runs.get(runId);
    if (holding?.epoch === epoch) this.#runs.set(runId, { ...holding, locked: true });
  }

  isLocked(runId: string): boolean {
    return this.#runs.get(runId)?.locked ?? false;
  }

  placeOf(runId: string): RunPlace | undefined {
    return this.#runs.get(runId)?.place;
  }

  /** Forgets the run, unless it was claimed again since. */
  drop(runId: string, epoch: number): void {
    if (this.#runs.get(runId)?.epoch === epoch) this.#runs.delete(runId);
  }

  /** Of these runs of the owner, forgets all but the kept ones. */
  keepOnly(owner: string, runIds: readonly string[], kept: readonly string[]): void {
    const keep = new Set(kept);
    for (const runId of runIds) {
      if (!keep.has(runId) && this.#runs.get(runId)?.owner === owner) this.#runs.delete(runId);
    }
  }

  of(owner: string): readonly string[] {
    const held = [...this.#runs].flatMap(([runId, holding]) =>
      holding.owner === owner ? [runId] : [],
    );
    for (const [runId, other] of this.#unreadable) if (other === owner) held.push(runId);
    return held;
  }

  all(): readonly string[] {
    return [...this.#runs.keys()];
  }
}

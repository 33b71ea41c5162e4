// Which things a run has to itself, and what is said while it waits for one. The lines themselves are the store's.

import type { Plan } from "./plan.ts";
import type { RunStatus } from "./run.ts";

/** Who has what somebody else wants. */
export type LockHolder = {
  readonly runId: string;
  readonly planId: string;
  readonly title: string;
  readonly status: RunStatus;
  /** Of its conversation; null until known. */
  readonly permalink: string | null;
};

/** Why a queued run does not start: others stand before it. */
export type LockWait = {
  /** The first, in order, of its keys that others stand before. */
  readonly key: string;
  /** Who has that key, or will have it first. */
  readonly holder: LockHolder;
  /** Runs before it in that key's line, the holder among them. */
  readonly ahead: number;
};

export type LockAnswer =
  | { readonly kind: "taken" }
  /** Nothing was taken. */
  | { readonly kind: "held-by"; readonly key: string; readonly holder: LockHolder }
  /** The run is another worker's. */
  | { readonly kind: "fenced" };

/**
 * The keys that a run of this plan takes when it is queued and keeps to its end, each once, in order. A step whose
 * input is only known at run time has none here: its are taken when it is about to start.
 */
export function lockKeysOf(plan: Plan): readonly string[] {
  return [...new Set(plan.steps.flatMap(({ locks }) => locks))].toSorted();
}

/** Why a step can't start now, as a complete sentence. Where the holder is talked about is shown beside it. */
export function lockedSentence(stepId: string, key: string, holder: LockHolder): string {
  return `Step "${stepId}" needs ${key}, which run ${holder.runId} ("${holder.title}") has until it ends.`;
}

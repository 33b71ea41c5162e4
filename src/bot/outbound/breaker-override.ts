// What the log of a run says of the breakers it met: who overrode one, and which one a step met.

import type { RecordedRunEvent } from "#engine/run.ts";
import type { RunView } from "#engine/run-store.ts";
import type { OpeningRef } from "../messages/identifiers.ts";

/** The person who let this run go on against a target's breaker; null: nobody. */
export function overriderOf(events: readonly RecordedRunEvent[], target: string): string | null {
  for (const { event } of events) {
    if (event.kind === "run.breaker-overridden" && event.target === target)
      return event.by.kind === "person" ? event.by.userId : null;
  }
  return null;
}

/** The target of the opening that a button names; null: the run met no such one. */
export function openedTarget({ plan, events }: RunView, ref: OpeningRef): string | null {
  const stepId = plan.steps[ref.stepIndex]?.id;
  for (const { event } of events) {
    if (event.kind !== "step.delayed" || event.openedAt !== ref.openedAt) continue;
    if (event.call.stepId === stepId) return event.target;
  }
  return null;
}

// What taking back one step does next, from its state alone. In which order steps are taken back is decided in
// next-moves.ts.

import { record } from "./move.ts";
import type { Move } from "./move.ts";
import type { PlanStep } from "./plan.ts";
import { callOf, mayHaveActed } from "./step-state.ts";
import type { StepState } from "./step-state.ts";
import type { Instant } from "./time.ts";

/** Null: nothing is left to do for this step. */
export function nextOfRollback(step: PlanStep, state: StepState, now: Instant): Move | null {
  if (state.rollback.status === "done" || state.rollback.status === "failed") return null;
  const { kind } = step.rollback;
  if (kind === "none" || kind === "not-needed" || !mayHaveActed(state)) return null;
  const count = step.rollback.kind === "captured" ? 1 : step.rollback.calls.length;
  for (let index = 0; index < count; index += 1) {
    const call = { phase: "rollback", stepId: step.id, index } as const;
    const found = callOf(state, call);
    switch (found?.status) {
      case "succeeded":
        continue;
      case "retrying":
        if (found.retryAt > now) return { kind: "wait", until: found.retryAt };
        return { kind: "start", call, attempt: found.attempt + 1 };
      case "failed":
      case "unknown":
        // The commands of one rollback build on each other; the next step's do not.
        return record({ kind: "step.rollback-failed", stepId: step.id, failure: found.failure });
      default:
        return { kind: "start", call, attempt: 1 };
    }
  }
  return record({ kind: "step.rolled-back", stepId: step.id, calls: count });
}

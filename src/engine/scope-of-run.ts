// The names that expressions of a run may use, as its log leaves them: for those who are not driving it.

import { LiveScope } from "./live-scope.ts";
import type { RunState } from "./run-state.ts";
import type { RunView } from "./run-store.ts";

/** @param state what the run's events fold to. */
export function scopeOfRun(run: RunView, state: RunState): LiveScope {
  const scope = new LiveScope(run);
  const outputs = new Map<string, string>();
  for (const { event } of run.events) {
    if (event.kind === "attempt.succeeded" && event.output !== undefined)
      outputs.set(event.call.stepId, event.output);
  }
  for (const step of state.steps.values()) scope.update(step, outputs.get(step.stepId));
  return scope;
}

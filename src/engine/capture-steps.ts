// The states behind the steps of a plan, as a checkpoint keeps them: each state once, read as the step will be given
// its input, or was. Changes nothing and files nothing.

import type { CheckpointEntry } from "./checkpoint.ts";
import { foldRun } from "./run-fold.ts";
import type { PlanStep } from "./plan.ts";
import { readStates } from "./read-state.ts";
import type { ReadStatePorts, StateToRead } from "./read-state.ts";
import type { RunView } from "./run-store.ts";
import { scopeOfRun } from "./scope-of-run.ts";
import { triedCall } from "./step-state.ts";
import { fillTemplates } from "./template.ts";

/** In plan order. Steps that only read, and states that an earlier step has named, are left out. */
export async function captureSteps(
  ports: ReadStatePorts,
  steps: readonly PlanStep[],
  inputOf: (step: PlanStep) => StateToRead,
): Promise<readonly CheckpointEntry[]> {
  const seen = new Set<string>();
  const managed = steps
    .filter(({ risk }) => risk !== "read-only")
    .map((step) => ({ stepId: step.id, of: inputOf(step) }))
    .filter(({ of }) => {
      const key = JSON.stringify([of.uses, of.input, of.profile]);
      if (seen.has(key)) return false;
      seen.add(key);
      return true;
    });
  const readings = await readStates(
    ports,
    managed.map(({ of }) => of),
  );
  return managed.flatMap(({ stepId, of }, index) => {
    const state = readings[index];
    return state === undefined ? [] : [{ stepId, ...of, state }];
  });
}

/** What each step was really given; what it would be given now, where that can be told; else what the plan says. */
export function inputsOf(run: RunView | null): (step: PlanStep) => StateToRead {
  if (run === null) return plannedInput;
  const state = foldRun(run.plan, run.events);
  const scope = scopeOfRun(run, state);
  return (step) => {
    const found = state.steps.get(step.id);
    const intent = found === undefined ? null : triedCall(found).intent;
    if (intent !== null) return { uses: intent.uses, input: intent.input, profile: step.profile };
    const planned = plannedInput(step);
    const filled = step.deferred ? fillTemplates(step.with, scope.scope(step)) : null;
    return filled?.ok === true ? { ...planned, input: filled.value } : planned;
  };
}

function plannedInput({ uses, with: input, profile }: PlanStep): StateToRead {
  return { uses, input, profile };
}

// The automatic checkpoint before a destructive stage: what its steps manage is kept as it is now, under a name made
// from the run and the place. The stage waits for it. Taken once: the first look is the one from before.

import { captureSteps, inputsOf } from "./capture-steps.ts";
import { automaticName, takenEvent } from "./checkpoint.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { ENGINE } from "./identity.ts";
import type { PlanStep } from "./plan.ts";
import { accept, refuse } from "./result.ts";
import type { Result } from "./result.ts";
import { foldRun } from "./run-fold.ts";
import type { RunHeader, RunView } from "./run-store.ts";
import { triedCall } from "./step-state.ts";
import type { KeepState } from "./start-gate.ts";
import type { EnginePorts } from "./use-case-ports.ts";

type KeepPorts = Pick<EnginePorts, "checkpoints" | "runs" | "registry" | "clock" | "sha256">;

/**
 * Steps whose state no operation can read are not kept and hold nothing back: their plan was approved as one without
 * a way back. A state that should be read and could not be holds the run.
 */
export async function keepState(
  ports: KeepPorts,
  header: RunHeader,
  { place, steps }: Parameters<KeepState>[1],
): Promise<Result<null, readonly string[]>> {
  const { runId, planId, teamId, conversation, plan } = header;
  const name = automaticName(runId, place);
  if ((await ports.checkpoints.get(teamId, name)) !== null) return accept(null);
  const run = await ports.runs.view(runId);
  // There was nothing to keep when it began; now that is no longer the state from before.
  if (run !== null && hasBegun(run, steps)) return accept(null);
  const entries = await captureSteps(ports, steps, inputsOf(run));
  const unread = entries.flatMap(({ stepId, state }) =>
    state.kind === "unread"
      ? [`The state of step "${stepId}" could not be kept before it is destroyed: ${state.why}`]
      : [],
  );
  if (unread.length > 0) return refuse(unread);
  if (entries.every(({ state }) => state.kind !== "captured")) return accept(null);
  const takenAt = ports.clock.now();
  const taken: Checkpoint = {
    name,
    teamId,
    takenAt,
    takenBy: ENGINE,
    planId,
    runId,
    environment: plan.environment,
    requestId: name,
    entries,
  };
  await ports.checkpoints.save(taken, {
    at: takenAt,
    teamId,
    actor: taken.takenBy,
    conversation,
    planId,
    runId,
    event: takenEvent(taken),
  });
  return accept(null);
}

function hasBegun({ plan, events }: RunView, steps: readonly PlanStep[]): boolean {
  const state = foldRun(plan, events);
  return steps.some(({ id }) => {
    const step = state.steps.get(id);
    return step !== undefined && triedCall(step).intent !== null;
  });
}

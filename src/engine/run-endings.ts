// What is recorded when a run ends or turns back by itself, and the sentences that say why.

import { formatDuration } from "./duration.ts";
import { ENGINE } from "./identity.ts";
import { leftoversOf, sentence } from "./leftovers.ts";
import { record } from "./move.ts";
import type { Move } from "./move.ts";
import type { Plan } from "./plan.ts";
import type { RunState } from "./run-state.ts";
import type { CallRef, RunEvent } from "./run.ts";
import { failureOf } from "./step-state.ts";

/** Calls whose failure is their step's, by themselves. */
const ITS_OWN: readonly CallRef["phase"][] = ["forward", "after"];

/** How a sentence names who acted; the bot turns `@U123` into a mention. */
export function actorName(actor: { readonly kind: string; readonly userId?: string }): string {
  return actor.userId === undefined ? "Countersign" : `@${actor.userId}`;
}

export function failureReason(state: RunState, stepId: string): string {
  const step = state.steps.get(stepId);
  const failure = step === undefined ? null : failureOf(step);
  return failure === null
    ? `Step "${stepId}" failed.`
    : `Step "${stepId}" failed: ${sentence(failure.message)}`;
}

export function overtimeReason({ runTimeMs }: Plan): string {
  return `The run's time limit of ${formatDuration(runTimeMs)} has passed.`;
}

/** @param how.stops what still runs forward is stopped, instead of being let finish. */
export function turnBack(reason: string, how: { readonly stops?: true } = {}): Move {
  return record({ kind: "run.rollback-started", reason, by: ENGINE, ...how });
}

/** @param failed the steps that ended without success. What waits for another try has failed, too, when the run ends first. */
export function failRun(
  plan: Plan,
  state: RunState,
  failed: readonly string[],
  reason: string,
): Move {
  const failedSteps = [...failed];
  for (const call of state.open.values())
    if (ITS_OWN.includes(call.phase) && !failedSteps.includes(call.stepId))
      failedSteps.push(call.stepId);
  const leftovers = leftoversOf(plan, state);
  return record({ kind: "run.failed", reason, failedSteps, leftovers });
}

/** A rollback that was begun is closed first. */
export function cancelRun(plan: Plan, state: RunState, who: string): Move {
  for (const stepId of state.ended) {
    if (state.steps.get(stepId)?.rollback.status !== "running") continue;
    const failure = {
      category: "permanent",
      code: "CANCELED",
      message: `${who} canceled it.`,
    } as const;
    return record({ kind: "step.rollback-failed", stepId, failure });
  }
  const reason = `${who} canceled the run.`;
  return record({ kind: "run.canceled", reason, leftovers: leftoversOf(plan, state) });
}

/** A failed step keeps the run from going on, and people are to say what becomes of it. */
export function holdRun(state: RunState, failedSteps: readonly string[]): RunEvent {
  const reasons = failedSteps.map((stepId) => failureReason(state, stepId));
  return { kind: "run.held", reasons, failedSteps };
}

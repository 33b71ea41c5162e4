// What a person's request does to a run where it stands, as events. A request that no longer fits (the run was
// resumed by somebody else, the question was answered) changes nothing.

import { actorName } from "./run-endings.ts";
import { callKey } from "./notice.ts";
import { mayBeLeftOut } from "./run-state.ts";
import type { RunState } from "./run-state.ts";
import { speaksTo } from "./run.ts";
import type { ControlRequest, RunEvent } from "./run.ts";
import { outcomeOf } from "./step-state.ts";

/** The events to record, in order. */
export function carryOut(state: RunState, request: ControlRequest): readonly RunEvent[] {
  if (state.endedAt !== null) return [];
  const { by } = request;
  switch (request.kind) {
    case "pause":
      if (state.canceledBy !== null || state.status === "paused" || state.status === "held")
        return [];
      return [{ kind: "run.paused", by }];
    case "resume":
      return resume(state, by);
    case "cancel":
      return cancel(state, request);
    case "rollback":
      return rollback(state, by, `${actorName(by)} asked for a rollback.`);
    case "retry":
      return retry(state, request);
    case "skip":
      return skip(state, request);
    case "override-breaker":
      return state.overridden.has(request.target)
        ? []
        : [{ kind: "run.breaker-overridden", target: request.target, by }];
    case "vote": {
      const { stepId, vote } = request;
      const step = state.steps.get(stepId);
      return step?.approval.status === "open" && speaksTo(request, step.openings.approval)
        ? [{ kind: "step.approval-voted", stepId, vote }]
        : [];
    }
    case "answer-inquiry": {
      const { stepId, answers } = request;
      const step = state.steps.get(stepId);
      return step?.inquiry.status === "open" && speaksTo(request, step.openings.inquiry)
        ? [{ kind: "step.inquiry-answered", stepId, answers, by }]
        : [];
    }
    case "answer": {
      const open = state.questions.get(callKey(request.call));
      if (open === undefined || open.attempt !== request.attempt) return [];
      const { call, attempt, answer } = request;
      return [{ kind: "attempt.answered", call, attempt, answer, by }];
    }
  }
}

/**
 * A run that is held for failed steps goes on by trying them again; what may have happened, only when it is named.
 * A command line never has a step tried again: nobody there is known by name.
 */
function resume(state: RunState, by: ControlRequest["by"]): readonly RunEvent[] {
  if (state.status !== "paused" && state.status !== "held") return [];
  if (by.kind !== "person" && state.heldFor.length > 0) return [];
  const retried = state.heldFor
    .filter((stepId) => !mayHaveHappened(state, stepId))
    .map((stepId) => ({ kind: "step.retried", stepId, by }) as const);
  return [...retried, { kind: "run.resumed", by }];
}

function mayHaveHappened(state: RunState, stepId: string): boolean {
  const step = state.steps.get(stepId);
  return step !== undefined && outcomeOf(step) === "unknown";
}

function retry(
  state: RunState,
  { by, stepId }: Extract<ControlRequest, { kind: "retry" }>,
): readonly RunEvent[] {
  if (!state.heldFor.includes(stepId)) return [];
  return [
    { kind: "step.retried", stepId, by },
    { kind: "run.resumed", by },
  ];
}

/** A failed step that the run is held for, or one that has not begun or waits. */
function skip(
  state: RunState,
  { by, stepId, reason }: Extract<ControlRequest, { kind: "skip" }>,
): readonly RunEvent[] {
  const skipped = { kind: "step.skipped", stepId, reason, by } as const;
  if (state.heldFor.includes(stepId)) return [skipped, { kind: "run.resumed", by }];
  return mayBeLeftOut(state, stepId) ? [skipped] : [];
}

function cancel(
  state: RunState,
  { by, rollback: alsoBack }: Extract<ControlRequest, { kind: "cancel" }>,
): readonly RunEvent[] {
  if (state.canceledBy !== null) return [];
  const requested: RunEvent = { kind: "run.cancel-requested", by };
  // Going back already: only a cancel that doesn't ask for what happens anyway stops it.
  if (state.direction === "back") return alsoBack ? [] : [requested];
  if (!alsoBack || state.startedAt === null) return [requested];
  return [
    requested,
    {
      kind: "run.rollback-started",
      reason: `${actorName(by)} canceled the run and asked to take it back.`,
      by,
    },
  ];
}

function rollback(state: RunState, by: ControlRequest["by"], reason: string): readonly RunEvent[] {
  if (state.direction === "back") return [];
  // Nothing was done yet, so there is nothing to take back.
  if (state.startedAt === null)
    return state.canceledBy === null ? [{ kind: "run.cancel-requested", by }] : [];
  return [{ kind: "run.rollback-started", reason, by }];
}

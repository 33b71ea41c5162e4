// What a person's request does to a run where it stands, as events. A request that no longer fits (the run was
// resumed by somebody else, the question was answered) changes nothing.

import { actorName } from "./next-moves.ts";
import { callKey } from "./notice.ts";
import type { RunState } from "./run-state.ts";
import type { ControlRequest, RunEvent } from "./run.ts";

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
      return state.status === "paused" || state.status === "held"
        ? [{ kind: "run.resumed", by }]
        : [];
    case "cancel":
      return cancel(state, request);
    case "rollback":
      return rollback(state, by, `${actorName(by)} asked for a rollback.`);
    case "retry":
    case "skip":
    case "override-breaker":
    case "vote":
    case "answer-inquiry":
      return [];
    case "answer": {
      const open = state.questions.get(callKey(request.call));
      if (open === undefined || open.attempt !== request.attempt) return [];
      const { call, attempt, answer } = request;
      return [{ kind: "attempt.answered", call, attempt, answer, by }];
    }
  }
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

// What a held run does by itself: what may pass is looked at again, and no run is held, with what it has to itself,
// for ever.

import { formatDuration } from "./duration.ts";
import { ENGINE } from "./identity.ts";
import { sentence } from "./leftovers.ts";
import { record } from "./move.ts";
import type { Move } from "./move.ts";
import type { Plan } from "./plan.ts";
import { failRun, failureReason, turnBack } from "./run-endings.ts";
import type { RunState } from "./run-state.ts";
import type { Instant } from "./time.ts";
import { holdDue } from "./when-due.ts";

export type Held = {
  readonly plan: Plan;
  readonly state: RunState;
  /** The steps that ended without success. */
  readonly failed: readonly string[];
  /** Something of the run is under way, or so a lost worker left it. */
  readonly runs: boolean;
};

export function nextOfHold(held: Held, now: Instant): readonly Move[] {
  const { plan, state, runs } = held;
  const { heldSince, lookAgainAt } = state;
  if (heldSince === null) return [];
  if (lookAgainAt !== null && now >= lookAgainAt)
    return [record({ kind: "run.resumed", by: ENGINE })];
  if (now >= heldSince + plan.holdTimeMs) return [holdOver(held)];
  return runs ? [] : [{ kind: "wait", until: holdDue(state, plan) }];
}

/** Nobody put it right in time. What a lost worker left running is not waited for either. */
function holdOver({ plan, state, failed, runs }: Held): Move {
  const { heldFor, heldReasons, startedAt, direction } = state;
  const [stepId] = heldFor;
  const within = `within ${formatDuration(plan.holdTimeMs)}.`;
  const back = direction === "forward" && plan.onFailure === "rollback";
  if (runs && (stepId !== undefined || !back))
    return record({ kind: "run.cancel-requested", by: ENGINE });
  if (stepId !== undefined) {
    const waited = `Nobody retried or skipped it ${within}`;
    return failRun(plan, state, failed, `${failureReason(state, stepId)} ${waited}`);
  }
  const reason = `${sentence(heldReasons[0] ?? "It was held")} Nothing had changed about that ${within}`;
  if (startedAt === null) return record({ kind: "run.canceled", reason, leftovers: [] });
  return back ? turnBack(reason) : failRun(plan, state, failed, reason);
}

// When a run moves on by itself: the times at which something of it runs out, is tried again, or is looked at again.

import { callKey } from "./notice.ts";
import type { Plan } from "./plan.ts";
import { deadlineOf } from "./run-state.ts";
import type { RunState } from "./run-state.ts";
import { stepDeadlineOf } from "./step-deadline.ts";
import { callOf } from "./step-state.ts";
import type { Instant } from "./time.ts";

/** When a held run does something by itself: it looks again, or ends. Null: it is not held. */
export function holdDue(
  { status, heldSince, lookAgainAt }: RunState,
  { holdTimeMs }: Plan,
): Instant | null {
  if (status !== "held" || heldSince === null) return null;
  return Math.min(heldSince + holdTimeMs, lookAgainAt ?? Infinity);
}

/** When something after `now` is due by itself; null: only a person moves the run on. */
export function nextDue(state: RunState, plan: Plan, now: Instant): Instant | null {
  const ofRun = [deadlineOf(state, plan), holdDue(state, plan)].filter((due) => due !== null);
  const dues = [...ofRun, ...callsDue(state), ...peopleDue(state), ...stepsDue(state)];
  const coming = dues.filter((due) => due > now);
  return coming.length === 0 ? null : Math.min(...coming);
}

/** The next try of what failed, and the next ask of a target whose breaker is open. */
function callsDue({ open, steps, delayed }: RunState): Instant[] {
  const dues: Instant[] = [];
  for (const call of open.values()) {
    const step = steps.get(call.stepId);
    const found = step === undefined ? null : callOf(step, call);
    if (found?.status !== "retrying") continue;
    dues.push(Math.max(found.retryAt, delayed.get(callKey(call))?.until ?? 0));
  }
  for (const [key, { until }] of delayed) if (!open.has(key)) dues.push(until);
  return dues;
}

function peopleDue({ waiting, steps }: RunState): Instant[] {
  const dues: Instant[] = [];
  for (const stepId of waiting.keys()) {
    const step = steps.get(stepId);
    if (step?.inquiry.status === "open") dues.push(step.inquiry.closesAt);
    if (step?.approval.status === "open") dues.push(step.approval.closesAt);
  }
  return dues;
}

/** The time limit of each step that has a call under way or waiting. */
function stepsDue(state: RunState): Instant[] {
  const waiting = [...state.delayed.values()].map(({ call }) => call);
  return [...state.open.values(), ...waiting].flatMap(
    ({ stepId }) => stepDeadlineOf(state, state.steps.get(stepId)) ?? [],
  );
}

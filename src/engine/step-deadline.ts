// The time limit of a whole step: when it is over, and the failure of what is not sent any more because of it.

import { formatDuration } from "./duration.ts";
import type { Failure } from "./failure.ts";
import { sentence } from "./leftovers.ts";
import type { RunState } from "./run-state.ts";
import type { StepState } from "./step-state.ts";
import type { Instant } from "./time.ts";

/**
 * When the step's tries, checks and the waits between them must be over; null: before it begins, without a limit,
 * while it is taken back, and while the run waits for people, whose time is theirs.
 */
export function stepDeadlineOf(
  { direction, waitingSince, waitedMs }: RunState,
  step: StepState | undefined,
): Instant | null {
  const deadline = step?.deadline ?? null;
  if (deadline === null || direction === "back" || waitingSince !== null) return null;
  return deadline.at + waitedMs - deadline.waitedMs;
}

/** Nothing was sent. @param last what the try before came to. */
export function overdue(deadlineMs: number, last: string | null): Failure {
  const passed = `The step's time limit of ${formatDuration(deadlineMs)} has passed, so it was not tried again.`;
  const message = last === null ? passed : `${passed} Before that: ${sentence(last)}`;
  return { category: "timeout", code: "STEP_DEADLINE", message, acted: false };
}

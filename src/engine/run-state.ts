// A run's state, as its recorded events make it (run-fold.ts), and what can be told from it at a glance. Moves nothing.

import type { Failure } from "./failure.ts";
import type { Actor } from "./identity.ts";
import type { AskingClock } from "./asking-clock.ts";
import type { Plan } from "./plan.ts";
import { isFinal } from "./run.ts";
import type { CallRef, RunStatus } from "./run.ts";
import type { Loops } from "./loops.ts";
import { hasEnded } from "./step-state.ts";
import type { StepState } from "./step-state.ts";
import type { Instant } from "./time.ts";

export type OpenQuestion = {
  readonly call: CallRef;
  readonly attempt: number;
  readonly failure: Failure;
  readonly askedAt: Instant;
};

export type Delay = {
  readonly call: CallRef;
  readonly target: string;
  readonly until: Instant;
  /** Since when its target's circuit breaker is open. */
  readonly openedAt: Instant;
};

/** Where a run stands. A live view: the fold that made it changes it in place, in proportion to the event. */
export type RunState = {
  readonly status: RunStatus;
  /** `back` once a rollback was started. */
  readonly direction: "forward" | "back";
  readonly startedAt: Instant | null;
  readonly endedAt: Instant | null;
  /** Why it goes back, or ended as it did. */
  readonly reason: string | null;
  /** Who started the rollback; null: nobody did. */
  readonly turnedBackBy: Actor | null;
  /** What still runs forward is stopped for the rollback, not waited for. */
  readonly stopsForward: boolean;
  /** Who asked to cancel, until it has ended or turned back. */
  readonly canceledBy: Actor | null;
  readonly heldReasons: readonly string[];
  /** Steps that failed under `on_failure: stop` and that the run is held for. */
  readonly heldFor: readonly string[];
  readonly heldSince: Instant | null;
  /** When the cause of the hold is looked at again by itself; null: it waits for a person. */
  readonly lookAgainAt: Instant | null;
  /** The run that has what it is held for. */
  readonly waitsFor: string | null;
  /** A hold that may pass, from its first look on: looks that find it unchanged are the same hold. */
  readonly passing: { readonly since: Instant; readonly reasons: readonly string[] } | null;
  /** Drives that met a defect, one after the other, since a call came to its end or somebody resumed the run. */
  readonly failedDrives: number;
  readonly steps: ReadonlyMap<string, StepState>;
  /** Calls that run, wait for another try or for an answer, by `callKey`. */
  readonly open: ReadonlyMap<string, CallRef>;
  readonly questions: ReadonlyMap<string, OpenQuestion>;
  /** Steps that wait for an approval or an answer of their own. */
  readonly waiting: ReadonlyMap<string, "approval" | "inquiry">;
  /** The clock by which they close. */
  readonly clock: AskingClock;
  /** Steps that have acted and whose checks are not all done. */
  readonly checking: ReadonlySet<string>;
  /** Calls that an open circuit breaker keeps from starting, by `callKey`. */
  readonly delayed: ReadonlyMap<string, Delay>;
  /** Targets whose breaker does not count in this run. */
  readonly overridden: ReadonlySet<string>;
  /** How the items of `for_each` steps have fared. */
  readonly loops: Loops;
  /** Ids of the steps that were tried, in the order in which they ended. */
  readonly ended: readonly string[];
  /** Steps that have neither ended nor been skipped. */
  readonly unended: number;
  readonly failedSteps: readonly string[];
  readonly leftovers: readonly string[];
  /** Time spent waiting for people, which the run's time limit leaves out, in milliseconds. */
  readonly waitedMs: number;
  /** Since when it waits for a person. */
  readonly waitingSince: Instant | null;
};

/** Calls may start: nobody stopped the run or is asked what became of one. */
export function callsMayStart({ startedAt, status, questions }: RunState): boolean {
  if (startedAt === null || questions.size > 0) return false;
  return !isFinal(status) && status !== "held" && status !== "paused";
}

/** The first open question; null: none. */
export function questionOf(state: RunState): OpenQuestion | null {
  for (const question of state.questions.values()) return question;
  return null;
}

/** An open circuit breaker keeps a call of the step from starting. */
function isDelayed(state: Pick<RunState, "delayed">, stepId: string): boolean {
  for (const { call } of state.delayed.values()) if (call.stepId === stepId) return true;
  return false;
}

/** A person may leave the step out: it has not begun, or waits for people or for its target. */
export function mayBeLeftOut(state: RunState, stepId: string): boolean {
  const step = state.steps.get(stepId);
  if (step === undefined || hasEnded(step) || isUnderWay(step)) return false;
  if (state.endedAt !== null || state.direction === "back" || state.canceledBy !== null)
    return false;
  return step.startedAt === null || state.waiting.has(stepId) || isDelayed(state, stepId);
}

/** When the run's time limit passes; null: before the start, after the end, going back or waiting for a person. */
export function deadlineOf(state: RunState, plan: Plan): Instant | null {
  if (state.startedAt === null || state.endedAt !== null) return null;
  if (state.direction === "back" || state.waitingSince !== null) return null;
  return state.startedAt + plan.runTimeMs + state.waitedMs;
}

/** A call of it runs, or somebody is asked what became of one. */
export function isUnderWay({ checksBefore, forward, checksAfter }: StepState): boolean {
  return [...checksBefore.values(), forward, ...checksAfter.values()].some(
    ({ status }) => status === "running" || status === "asking",
  );
}

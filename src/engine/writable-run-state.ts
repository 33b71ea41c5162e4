// The state of a run while its events are folded into it, and what it is before the first.

import { GOING } from "./asking-clock.ts";
import { Loops } from "./loops.ts";
import type { Plan } from "./plan.ts";
import type { Delay, OpenQuestion, RunState } from "./run-state.ts";
import type { CallRef } from "./run.ts";
import { newStep } from "./step-state.ts";
import type { StepState } from "./step-state.ts";

/** As the fold changes it, in place. */
export type WritableRunState = { -readonly [K in keyof RunState]: RunState[K] } & {
  readonly steps: Map<string, StepState>;
  readonly open: Map<string, CallRef>;
  readonly questions: Map<string, OpenQuestion>;
  readonly waiting: Map<string, "approval" | "inquiry">;
  readonly checking: Set<string>;
  readonly delayed: Map<string, Delay>;
  readonly overridden: Set<string>;
  ended: string[];
};

export function newRunState(plan: Plan): WritableRunState {
  return {
    status: "queued",
    direction: "forward",
    startedAt: null,
    endedAt: null,
    reason: null,
    turnedBackBy: null,
    stopsForward: false,
    canceledBy: null,
    heldReasons: [],
    heldFor: [],
    heldSince: null,
    lookAgainAt: null,
    waitsFor: null,
    passing: null,
    failedDrives: 0,
    steps: new Map(plan.steps.map((step) => [step.id, newStep(step)])),
    open: new Map(),
    questions: new Map(),
    waiting: new Map(),
    clock: GOING,
    checking: new Set(),
    delayed: new Map(),
    overridden: new Set(),
    loops: new Loops(plan),
    ended: [],
    unended: plan.steps.length,
    failedSteps: [],
    leftovers: [],
    waitedMs: 0,
    waitingSince: null,
  };
}

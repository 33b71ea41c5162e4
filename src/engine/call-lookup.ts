// Where a call of a driven run stands, and whether the run still goes its way.

import type { CallState } from "./call-state.ts";
import type { MakeCall } from "./make-call.ts";
import { callKey } from "./notice.ts";
import type { Plan, PlanStep } from "./plan.ts";
import type { CallRef } from "./run.ts";
import type { RunJournal } from "./run-journal.ts";
import { callsMayStart } from "./run-state.ts";
import type { RunState } from "./run-state.ts";
import { callOf } from "./step-state.ts";
import type { StepState } from "./step-state.ts";

export class CallLookup {
  readonly #runId: string;
  readonly #journal: RunJournal;
  readonly #stepOf: ReadonlyMap<string, PlanStep>;

  constructor(runId: string, plan: Plan, journal: RunJournal) {
    this.#runId = runId;
    this.#journal = journal;
    this.#stepOf = new Map(plan.steps.map((step) => [step.id, step]));
  }

  get state(): RunState {
    return this.#journal.schedule.state;
  }

  step(stepId: string): PlanStep {
    const step = this.#stepOf.get(stepId);
    if (step === undefined) throw new Error(`the plan has no step "${stepId}"`);
    return step;
  }

  call(call: CallRef): CallState {
    const found = callOf(this.#stepState(call), call);
    if (found === null) throw new Error(`"${callKey(call)}" is over`);
    return found;
  }

  place(call: CallRef): Pick<MakeCall, "runId" | "step" | "state" | "call"> {
    return { runId: this.#runId, step: this.step(call.stepId), state: this.#stepState(call), call };
  }

  /** The run still goes in the call's direction. */
  goesThisWay(call: CallRef): boolean {
    const { direction, canceledBy } = this.state;
    return canceledBy === null && (call.phase === "rollback") === (direction === "back");
  }

  /** While a question is open nothing new starts; what a lost worker had started may still be finished. */
  mayStart(call: CallRef, repeat = 0): boolean {
    const finishes =
      this.state.questions.size > 0 && this.state.status === "waiting-answer" && repeat > 0;
    const isOver = callOf(this.#stepState(call), call) === null;
    return (callsMayStart(this.state) || finishes) && this.goesThisWay(call) && !isOver;
  }

  #stepState(call: CallRef): StepState {
    const state = this.state.steps.get(call.stepId);
    if (state === undefined) throw new Error(`the plan has no step "${call.stepId}"`);
    return state;
  }
}

// How long a call of a driven run may take, and whether it is tried again.

import type { CallLookup } from "./call-lookup.ts";
import type { Plan, PlanStep, RetryPolicy } from "./plan.ts";
import type { ReadyAttempt } from "./prepare-attempt.ts";
import { ROLLBACK_RETRY } from "./retry.ts";
import { deadlineOf } from "./run-state.ts";
import type { CallRef } from "./run.ts";
import type { RetryRule } from "./settle-attempt.ts";
import { stepDeadlineOf } from "./step-deadline.ts";
import { earlier } from "./time.ts";
import type { Clock, Instant } from "./time.ts";

export type LimitPorts = {
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
};

export class CallLimits {
  readonly #ports: LimitPorts;
  readonly #plan: Plan;
  readonly #lookup: CallLookup;

  constructor(ports: LimitPorts, plan: Plan, lookup: CallLookup) {
    this.#ports = ports;
    this.#plan = plan;
    this.#lookup = lookup;
  }

  /** An attempt has no more time than its step has left; null: there is none. */
  inTime(ready: ReadyAttempt): ReadyAttempt | null {
    const deadline = this.#stepDeadline(ready.call);
    if (deadline === null) return ready;
    const left = deadline - this.#ports.clock.now();
    return left <= 0 ? null : { ...ready, timeoutMs: Math.min(ready.timeoutMs, left) };
  }

  /** Nothing is tried again once the run goes another way, or when its or its step's time would be over. */
  retryRule(call: CallRef): RetryRule {
    const { clock, random } = this.#ports;
    const own = retryPolicyOf(this.#lookup.step(call.stepId), call);
    return {
      policy: this.#lookup.goesThisWay(call) ? own : null,
      deadline: earlier(deadlineOf(this.#lookup.state, this.#plan), this.#stepDeadline(call)),
      now: clock.now(),
      random: random(),
    };
  }

  #stepDeadline(call: CallRef): Instant | null {
    const { state } = this.#lookup;
    return call.phase === "rollback" ? null : stepDeadlineOf(state, state.steps.get(call.stepId));
  }
}

function retryPolicyOf(step: PlanStep, call: CallRef): RetryPolicy {
  switch (call.phase) {
    case "forward":
      return step.retry;
    case "before":
      return step.checksBefore[call.index]?.retry ?? step.retry;
    case "after":
      return step.checksAfter[call.index]?.retry ?? step.retry;
    case "rollback":
      return ROLLBACK_RETRY;
  }
}

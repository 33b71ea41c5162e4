// What a call needs before it is written down: the locks of an input that was only known now, and a target whose
// circuit breaker lets it through. One for each driven run; says what came of its calls to the breakers.

import { signOf, signOfFailure } from "./breaker.ts";
import type { Sign } from "./breaker.ts";
import type { Admission, BreakerBoard } from "./breaker-board.ts";
import type { Outcome } from "./attempt.ts";
import type { Failure } from "./failure.ts";
import { callKey } from "./notice.ts";
import type { Plan } from "./plan.ts";
import { messageOf } from "./prepare-attempt.ts";
import type { ReadyAttempt, Uncleared } from "./prepare-attempt.ts";
import { lockedSentence, lockKeysOf } from "./run-locks.ts";
import type { CallRef } from "./run.ts";
import type { RunStore } from "./run-store.ts";

/** What is to be cleared: an attempt as far as it is known before the state of its target is read. */
export type Clearing = Pick<ReadyAttempt, "call" | "operation" | "input" | "profile" | "timeoutMs">;
/** Null: it may go on. Answers at once unless somebody has to be asked. */
export type Clear = (clearing: Clearing) => Uncleared | null | Promise<Uncleared | null>;

export type ClearancePorts = {
  readonly runs: Pick<RunStore, "takeLocks">;
  readonly breakerBoard: BreakerBoard;
  readonly report: (error: unknown) => void;
};

type Cleared = { readonly target: string; readonly admission: Admission };

/** On top of a call's own time: reading the state before, and the write that comes first. */
const AROUND_A_CALL_MS = 15_000;

export class CallClearance {
  readonly #ports: ClearancePorts;
  readonly #of: { readonly runId: string; readonly epoch: number; readonly plan: Plan };
  readonly #overridden: () => ReadonlySet<string>;
  readonly #cleared = new Map<string, Cleared>();
  readonly #deferred: ReadonlySet<string>;
  /** What the run has to itself; null: not looked at yet. */
  #locks: Set<string> | null = null;

  /** @param overridden targets whose breaker does not count in this run. */
  constructor(
    ports: ClearancePorts,
    of: { readonly runId: string; readonly epoch: number; readonly plan: Plan },
    overridden: () => ReadonlySet<string>,
  ) {
    this.#ports = ports;
    this.#of = of;
    this.#deferred = new Set(of.plan.steps.flatMap(({ id, deferred }) => (deferred ? [id] : [])));
    this.#overridden = overridden;
  }

  readonly clear: Clear = (clearing) => {
    const missing = this.#missingLocks(clearing);
    if (missing.length === 0) return this.#askBreaker(clearing);
    return this.#takeLocks(clearing.call.stepId, missing).then(
      (held) => held ?? this.#askBreaker(clearing),
    );
  };

  /** @param stopped its run or its worker stopped it. */
  settled(call: CallRef, outcome: Outcome, stopped: boolean): void {
    this.#tell(call, signOf(outcome, stopped));
  }

  /** It failed before it was sent, while the state of its target was read. */
  failed(call: CallRef, failure: Failure): void {
    this.#tell(call, signOfFailure(failure));
  }

  /** It was cleared and is not going to be sent. */
  dropped(call: CallRef): void {
    this.#tell(call, "none");
  }

  #tell(call: CallRef, sign: Sign): void {
    const key = callKey(call);
    const cleared = this.#cleared.get(key);
    if (cleared === undefined) return;
    this.#cleared.delete(key);
    this.#ports.breakerBoard.settled(cleared.target, cleared.admission, sign);
  }

  #askBreaker(clearing: Clearing): Uncleared | null | Promise<Uncleared | null> {
    const { call, operation, input, profile, timeoutMs } = clearing;
    const target = operation.target?.(input, profile) ?? null;
    if (target === null) return null;
    // What was done is taken back whether or not the target seems well: nobody else will.
    if (call.phase === "rollback" || this.#overridden().has(target)) {
      this.#cleared.set(callKey(call), { target, admission: { kind: "go" } });
      return null;
    }
    const times = operation.capture === undefined ? 1 : 2;
    const admission = this.#ports.breakerBoard.admit(target, times * timeoutMs + AROUND_A_CALL_MS);
    return admission instanceof Promise
      ? admission.then((known) => this.#admitted(call, target, known))
      : this.#admitted(call, target, admission);
  }

  #admitted(call: CallRef, target: string, admission: Admission): Uncleared | null {
    if (admission.kind === "open") {
      const { until, breaker } = admission;
      return { kind: "delayed", target, until, openedAt: breaker.openedAt };
    }
    this.#cleared.set(callKey(call), { target, admission });
    return null;
  }

  /** Keys of a step whose input was not known when the plan was filed. What takes it back touches the same. */
  #missingLocks({ call, operation, input }: Clearing): readonly string[] {
    if (call.phase !== "forward" || !this.#deferred.has(call.stepId)) return [];
    this.#locks ??= new Set(lockKeysOf(this.#of.plan));
    return operation.locks(input).filter((key) => this.#locks?.has(key) !== true);
  }

  async #takeLocks(stepId: string, keys: readonly string[]): Promise<Uncleared | null> {
    const { runId, epoch } = this.#of;
    try {
      const answer = await this.#ports.runs.takeLocks(runId, epoch, keys);
      if (answer.kind === "held-by") {
        const reason = lockedSentence(stepId, answer.key, answer.holder);
        const waitsFor = answer.holder.runId;
        return { kind: "held", reasons: [reason], mayPass: true, waitsFor };
      }
      // Fenced: whatever is decided now is refused when it is to be written.
      for (const key of keys) this.#locks?.add(key);
      return null;
    } catch (error) {
      this.#ports.report(error);
      const reason = `Whether step "${stepId}" has what it needs to itself could not be found out: ${messageOf(error)}`;
      return { kind: "held", reasons: [reason], mayPass: true };
    }
  }
}

// Reads the state of what a call changes: before it, for its rollback, and right after it, so that a later rollback
// can tell whether somebody has changed it since. Changes nothing.

import { bounded } from "./attempt.ts";
import type { AttemptLimits } from "./attempt.ts";
import type { AnyOperation, Captured } from "./operation.ts";
import type { PlanStep } from "./plan.ts";
import { idempotencyKey } from "./prepare-attempt.ts";
import type { ReadyAttempt } from "./prepare-attempt.ts";
import type { CallRef } from "./run.ts";
import type { AttemptOutput } from "./run-output.ts";
import type { Clock, Sha256 } from "./time.ts";

export type CapturePorts = {
  readonly clock: Clock;
  readonly sha256: Sha256;
  readonly limits: AttemptLimits;
};

/** Where what is written meanwhile goes. */
export type OpenOutput = (of: {
  readonly call: CallRef;
  readonly attempt: number;
}) => AttemptOutput;

export type CaptureOf = {
  readonly call: CallRef;
  readonly attempt: number;
  readonly timeoutMs: number;
  readonly profile: string | null;
  readonly controller: AbortController;
};

/** Longest time for reading the state after a step, in milliseconds: what was done waits for it to be recorded. */
const LONGEST_LOOK_MS = 10_000;

export class CallCaptures {
  readonly #ports: CapturePorts;
  readonly #runId: string;
  readonly #openOutput: OpenOutput;

  constructor(ports: CapturePorts, runId: string, openOutput: OpenOutput) {
    this.#ports = ports;
    this.#runId = runId;
    this.#openOutput = openOutput;
  }

  /** @throws what the operation throws, and when its time is over or it was stopped. */
  async before(operation: AnyOperation, input: unknown, of: CaptureOf): Promise<Captured> {
    const { call, profile, timeoutMs, controller } = of;
    const { write } = this.#openOutput(of);
    const context = {
      signal: controller.signal,
      output: write,
      profile,
      timeoutMs,
      // The key the act will have: what is captured may name it, so that a launch can be found by its token.
      idempotencyKey: idempotencyKey(this.#ports.sha256, this.#runId, call),
      step: { runId: this.#runId, stepId: call.stepId },
    };
    const settled = await bounded(
      { ...this.#ports, timeoutMs, controller },
      async () => (await operation.capture?.(input, context)) ?? {},
    );
    if (settled.kind === "error") throw settled.error;
    return settled.value;
  }

  /** Null: nothing reads it, or it could not be read; the step has succeeded all the same. */
  async after(
    ready: ReadyAttempt,
    step: PlanStep,
    stop: AbortController,
  ): Promise<Captured | null> {
    const { operation, input, call, attempt, profile } = ready;
    if (call.phase !== "forward" || stop.signal.aborted) return null;
    // Without a way to restore it, what is captured need not describe the world (a launch keeps its token).
    if (operation.capture === undefined || operation.restore === undefined) return null;
    if (step.rollback.kind === "none" || step.rollback.kind === "not-needed") return null;
    if (operation.effect(input) === "once") return null;
    const controller = new AbortController();
    const abort = (): void => controller.abort(stop.signal.reason);
    stop.signal.addEventListener("abort", abort, { once: true });
    const timeoutMs = Math.min(ready.timeoutMs, LONGEST_LOOK_MS);
    try {
      return await this.before(operation, input, { call, attempt, timeoutMs, profile, controller });
    } catch {
      // A later rollback says that it can't compare; what was done counts.
      return null;
    } finally {
      stop.signal.removeEventListener("abort", abort);
    }
  }
}

// Runs one attempt that has been written down, within its time, and says what came of it. An operation that
// ignores its signal cannot hold a run: after a grace period its outcome is unknown.

import { OperationError, OutcomeUnknown } from "./failure.ts";
import type { Failure } from "./failure.ts";
import { formatDuration } from "./duration.ts";
import type { Json } from "./json.ts";
import type { ProbeAnswer } from "./operation.ts";
import { contextOf, messageOf } from "./prepare-attempt.ts";
import type { ReadyAttempt } from "./prepare-attempt.ts";
import type { Clock } from "./time.ts";

/** Why an attempt was stopped from outside; the reason its signal carries. */
export class AttemptStopped extends Error {
  override readonly name = "AttemptStopped";
  readonly why: "timeout" | "run" | "worker";
  /** `run`: a person or the run's time limit stopped it. `worker`: this process gives the run up. */
  constructor(why: AttemptStopped["why"], message: string) {
    super(message);
    this.why = why;
  }
}

export type Outcome =
  | { readonly kind: "succeeded"; readonly result: Json }
  /** It certainly failed, or may safely be done again. `again`: only its worker's end stopped it. */
  | { readonly kind: "failed"; readonly failure: Failure; readonly again: boolean }
  | { readonly kind: "unknown"; readonly failure: Failure }
  /** Stopped with its worker, outcome unknown: whoever claims the run next resolves it. */
  | { readonly kind: "abandoned" };

export type AttemptLimits = {
  /** How long an operation may take to stop once its signal aborted, in milliseconds. */
  readonly graceMs: number;
};

export type RunningAttempt = {
  readonly ready: ReadyAttempt;
  readonly clock: Clock;
  readonly limits: AttemptLimits;
  /** Aborted by the caller to stop the attempt, and by the attempt itself when its time has passed. */
  readonly controller: AbortController;
  readonly output: (text: string) => void;
};

type Settled<T> =
  | { readonly kind: "value"; readonly value: T }
  | { readonly kind: "error"; readonly error: unknown };

/** Never rejects. */
export async function runAttempt(running: RunningAttempt): Promise<Outcome> {
  const { ready, controller } = running;
  const settled = await bounded({ ...running, timeoutMs: ready.timeoutMs }, () =>
    ready.operation.run(ready.input, contextOf(ready, controller.signal, running.output)),
  );
  if (settled.kind === "value") return { kind: "succeeded", result: settled.value };
  const stopped = stopOf(controller.signal);
  if (settled.error instanceof OperationError) {
    return { kind: "failed", failure: settled.error.failure, again: stopped?.why === "worker" };
  }
  const failure = uncertain(settled.error, stopped);
  if (stopped?.why === "worker") return { kind: "abandoned" };
  if (stopped?.why === "run") return { kind: "unknown", failure };
  switch (ready.operation.effect(ready.input)) {
    case "idempotent":
      return { kind: "failed", failure, again: false };
    case "once":
      return { kind: "unknown", failure };
    case "probe":
      return askTarget({ ...running, controller: unspent(controller) }, failure);
  }
}

/**
 * Asks a `probe` operation whether the attempt took effect. Never rejects.
 * @param failure what is known when the target cannot tell, and when it says that nothing happened.
 */
export async function askTarget(running: RunningAttempt, failure: Failure): Promise<Outcome> {
  const { ready, controller } = running;
  const { probe } = ready.operation;
  if (probe === undefined) return { kind: "unknown", failure };
  const settled = await bounded<ProbeAnswer<Json>>({ ...running, timeoutMs: ready.timeoutMs }, () =>
    probe(ready.input, ready.intent.captured, contextOf(ready, controller.signal, running.output)),
  );
  if (settled.kind === "error") {
    const message = `${failure.message} The target could not say whether it happened: ${messageOf(settled.error)}`;
    return { kind: "unknown", failure: { ...failure, message } };
  }
  if (settled.value.happened) return { kind: "succeeded", result: settled.value.result };
  return { kind: "failed", failure, again: false };
}

/** Runs within its time, plus the grace it has to stop. Never rejects. */
export async function bounded<T>(
  {
    clock,
    limits,
    controller,
    timeoutMs,
  }: Pick<RunningAttempt, "clock" | "limits" | "controller"> & {
    readonly timeoutMs: number;
  },
  act: () => Promise<T>,
): Promise<Settled<T>> {
  let settled = false;
  let waking = new AbortController();
  const acting = invoke(act).finally(() => {
    settled = true;
    waking.abort(WOKEN);
  });
  const late = async (): Promise<Settled<T>> => {
    controller.signal.addEventListener("abort", () => waking.abort(WOKEN), { once: true });
    if (!controller.signal.aborted) await clock.sleep(timeoutMs, waking.signal);
    if (settled) return acting;
    if (!controller.signal.aborted) {
      controller.abort(
        new AttemptStopped("timeout", `It took longer than ${formatDuration(timeoutMs)}`),
      );
    }
    waking = new AbortController();
    await clock.sleep(limits.graceMs, waking.signal);
    if (settled) return acting;
    const stopped = stopOf(controller.signal);
    return {
      kind: "error",
      error: new Error(`${stopped?.message ?? "It was stopped"}, and it did not stop in time`),
    };
  };
  return Promise.race([acting, late()]);
}

/** A reason of our own: without one every attempt would make an error with a stack trace. */
const WOKEN = "woken";

async function invoke<T>(act: () => Promise<T>): Promise<Settled<T>> {
  try {
    return { kind: "value", value: await act() };
  } catch (error) {
    return { kind: "error", error };
  }
}

/** Its run or its worker stopped it; its own time-out did not. */
export function stoppedFromOutside(signal: AbortSignal): boolean {
  const stopped = stopOf(signal);
  return stopped !== null && stopped.why !== "timeout";
}

function stopOf(signal: AbortSignal): AttemptStopped | null {
  return signal.aborted && signal.reason instanceof AttemptStopped ? signal.reason : null;
}

/** A signal that has fired would stop the question before it is asked. */
function unspent(controller: AbortController): AbortController {
  return controller.signal.aborted ? new AbortController() : controller;
}

function uncertain(error: unknown, stopped: AttemptStopped | null): Failure {
  if (error instanceof OutcomeUnknown) {
    const { failure } = error;
    return stopped === null
      ? failure
      : { ...failure, message: `${stopped.message}. ${failure.message}` };
  }
  if (stopped !== null)
    return { category: "timeout", code: "ABORTED", message: `${stopped.message}.` };
  return { category: "unknown", message: messageOf(error) };
}

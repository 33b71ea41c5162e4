// One call of a run (a step itself, or one command of its rollback) as its events leave it.
// Knows nothing of steps, stages or what comes next.

import type { ErrorCategory, Failure } from "./failure.ts";
import type { Json, JsonObject } from "./json.ts";
import type { Captured } from "./operation.ts";
import type { RunEvent } from "./run.ts";
import type { Instant } from "./time.ts";

/** What was written down before an attempt acted. Repeats and retries use it unchanged. */
export type Intent = {
  readonly idempotencyKey: string;
  readonly uses: string;
  readonly input: JsonObject;
  readonly captured: Captured | null;
};

type Tried = {
  /** The newest attempt, 1-based. */
  readonly attempt: number;
  /** Null: every attempt so far failed before anything was sent. */
  readonly intent: Intent | null;
  /** An earlier attempt may have left something behind. */
  readonly acted: boolean;
};

export type CallState =
  /** Nothing was sent yet; attempts before that were refused on this side. */
  | {
      readonly status: "idle";
      readonly attempt: number;
      readonly intent: null;
      readonly acted: false;
    }
  | (Tried & { readonly status: "running"; readonly intent: Intent; readonly repeat: number })
  | (Tried & { readonly status: "retrying"; readonly failure: Failure; readonly retryAt: Instant })
  | (Tried & { readonly status: "asking"; readonly intent: Intent; readonly failure: Failure })
  | (Tried & { readonly status: "succeeded"; readonly result: Json })
  | (Tried & { readonly status: "failed"; readonly failure: Failure })
  | (Tried & { readonly status: "unknown"; readonly failure: Failure });

export type AttemptEvent = Extract<RunEvent, { readonly kind: `attempt.${string}` }>;

export const IDLE: CallState = { status: "idle", attempt: 0, intent: null, acted: false };

/** The target refused before doing anything: nothing needs to be taken back. */
const WITHOUT_EFFECT: readonly ErrorCategory[] = [
  "authentication",
  "authorization",
  "validation",
  "configuration",
];

/**
 * Every allowed move; null for all others.
 *
 *     idle, retrying       --started n+1-->        running
 *     running              --started n, repeat+1-> running
 *     running              --succeeded n-->        succeeded
 *     running              --failed n-->           retrying (with retryAt) or failed
 *     idle, retrying       --failed n+1-->         retrying or failed: before anything was sent
 *     running              --unknown n-->          asking
 *     asking               --answered n-->         succeeded (it-happened), failed (it-did-not-happen),
 *                                                  retrying at once (try-again), unknown (give-up)
 */
export function moveCall(call: CallState, event: AttemptEvent, at: Instant): CallState | null {
  switch (event.kind) {
    case "attempt.started":
      return started(call, event);
    case "attempt.succeeded":
      if (call.status !== "running" || event.attempt !== call.attempt) return null;
      return { ...tried(call, true), status: "succeeded", result: event.result };
    case "attempt.failed":
      return failed(call, event);
    case "attempt.unknown":
      if (call.status !== "running" || event.attempt !== call.attempt) return null;
      return {
        ...tried(call, call.acted),
        intent: call.intent,
        status: "asking",
        failure: event.failure,
      };
    case "attempt.answered":
      if (call.status !== "asking" || event.attempt !== call.attempt) return null;
      return answered(call, event.answer, at);
  }
}

/** Nothing new is started any more: what waited for another try has failed, what waited for an answer is unknown. */
export function settleCall(call: CallState): CallState {
  if (call.status === "retrying")
    return { ...tried(call, call.acted), status: "failed", failure: call.failure };
  if (call.status === "asking")
    return { ...tried(call, true), status: "unknown", failure: call.failure };
  return call;
}

/** Running, waiting for another try or for an answer. */
export function isOpen(call: CallState): boolean {
  return call.status === "running" || call.status === "retrying" || call.status === "asking";
}

function started(
  call: CallState,
  event: Extract<AttemptEvent, { kind: "attempt.started" }>,
): CallState | null {
  const { idempotencyKey, uses, input, captured, attempt } = event;
  const intent: Intent = { idempotencyKey, uses, input, captured };
  const repeat = event.repeat ?? 0;
  if (call.status === "running") {
    const again = attempt === call.attempt && repeat === call.repeat + 1;
    // What its lost worker did with it is not known, whatever the repeat comes to.
    return again && idempotencyKey === call.intent.idempotencyKey
      ? { ...call, repeat, acted: true }
      : null;
  }
  if (call.status !== "idle" && call.status !== "retrying") return null;
  if (attempt !== call.attempt + 1 || repeat !== 0) return null;
  return { status: "running", attempt, acted: call.acted, intent, repeat };
}

function failed(
  call: CallState,
  event: Extract<AttemptEvent, { kind: "attempt.failed" }>,
): CallState | null {
  const { failure, retryAt, attempt } = event;
  const unsent = call.status === "idle" || call.status === "retrying";
  if (!unsent && call.status !== "running") return null;
  if (attempt !== call.attempt + (unsent ? 1 : 0)) return null;
  const left = failure.acted ?? !WITHOUT_EFFECT.includes(failure.category);
  const acted = call.acted || (!unsent && left);
  const next = { ...tried(call, acted), attempt, failure };
  return retryAt === null
    ? { ...next, status: "failed" }
    : { ...next, status: "retrying", retryAt };
}

function answered(
  call: Extract<CallState, { status: "asking" }>,
  answer: Extract<AttemptEvent, { kind: "attempt.answered" }>["answer"],
  at: Instant,
): CallState {
  switch (answer) {
    case "it-happened":
      return { ...tried(call, true), status: "succeeded", result: null };
    case "it-did-not-happen":
      return { ...tried(call, call.acted), status: "failed", failure: call.failure };
    case "try-again":
      return { ...tried(call, true), status: "retrying", failure: call.failure, retryAt: at };
    case "give-up":
      return { ...tried(call, true), status: "unknown", failure: call.failure };
  }
}

function tried(call: CallState, acted: boolean): Tried {
  return { attempt: call.attempt, intent: call.intent, acted };
}

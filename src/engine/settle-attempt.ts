// What an attempt's outcome means for its run, as the event to record: checks, retries, questions.

import type { Outcome } from "./attempt.ts";
import { evaluateCondition } from "./expression.ts";
import type { Scope } from "./expression.ts";
import type { Failure } from "./failure.ts";
import type { Json } from "./json.ts";
import type { Effect } from "./operation.ts";
import type { RetryPolicy } from "./plan.ts";
import { decideRetry } from "./retry.ts";
import type { CallRef, RunEvent } from "./run.ts";
import type { Instant } from "./time.ts";

/** Characters of a result's JSON that are kept; a log is no place for a larger one. */
const LARGEST_RESULT = 256 * 1024;

/** Whether a failed call may be tried again. */
export type RetryRule = {
  /** Null: nothing is tried again any more. */
  readonly policy: RetryPolicy | null;
  readonly deadline: Instant | null;
  readonly now: Instant;
  /** In [0, 1). */
  readonly random: number;
};

type Tried = { readonly call: CallRef; readonly attempt: number };

/** The event to record; null: leave the attempt to whoever claims the run next. */
export function settledEvent(
  tried: Tried,
  outcome: Outcome,
  durationMs: number,
  rule: RetryRule,
): RunEvent | null {
  const { call, attempt } = tried;
  switch (outcome.kind) {
    case "succeeded":
      return {
        kind: "attempt.succeeded",
        call,
        attempt,
        result: bounded(outcome.result),
        durationMs,
      };
    case "failed":
      // What only the end of its worker stopped is no failure of the step.
      if (outcome.again && rule.policy !== null) {
        return {
          kind: "attempt.failed",
          call,
          attempt,
          failure: outcome.failure,
          retryAt: rule.now,
          durationMs,
        };
      }
      return failedEvent(tried, outcome.failure, durationMs, rule);
    case "unknown":
      return { kind: "attempt.unknown", call, attempt, failure: outcome.failure };
    case "abandoned":
      return null;
  }
}

export function failedEvent(
  { call, attempt }: Tried,
  failure: Failure,
  durationMs: number,
  rule: RetryRule,
): RunEvent {
  const { policy, ...when } = rule;
  const decision = policy === null ? null : decideRetry({ policy, attempt, failure, ...when });
  const retryAt = decision?.kind === "again" ? decision.at : null;
  return { kind: "attempt.failed", call, attempt, failure, retryAt, durationMs };
}

/**
 * A success whose checks do not hold is a failure: one that may pass when the call can safely be repeated (a
 * health check that is not yet green), a final one otherwise.
 */
export function checked(
  outcome: Outcome,
  checks: readonly string[],
  effect: Effect,
  scope: () => Scope,
): Outcome {
  if (outcome.kind !== "succeeded") return outcome;
  for (const check of checks) {
    const answer = evaluateCondition(check, scope());
    if (answer.ok && answer.value) continue;
    const message = answer.ok
      ? `The check does not hold: ${check}`
      : `The check \`${check}\` has no answer: ${answer.refusal}`;
    const category = effect === "idempotent" && answer.ok ? "temporary" : "permanent";
    return { kind: "failed", failure: { category, code: "CHECK", message }, again: false };
  }
  return outcome;
}

function bounded(result: Json): Json {
  const length = JSON.stringify(result).length;
  return length <= LARGEST_RESULT
    ? result
    : { omitted: `The result had ${length} characters and was not kept.` };
}

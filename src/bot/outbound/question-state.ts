// What a run's events say about one attempt whose outcome was unknown: why, and who answered what. Pure.

import type { Failure } from "#engine/failure.ts";
import { callKey } from "#engine/notice.ts";
import type { CallRef, RecordedRunEvent } from "#engine/run.ts";
import type { RunQuestionInput } from "../messages/run-question.ts";

/** Why nobody knew, or null when this attempt was never in doubt. */
export function openFailure(
  events: readonly RecordedRunEvent[],
  call: CallRef,
  attempt: number,
): Failure | null {
  for (const { event } of events) {
    if (event.kind === "attempt.unknown" && isThis(event, call, attempt)) return event.failure;
  }
  return null;
}

/** The answer that counted, or null while the question is open. */
export function answerGiven(
  events: readonly RecordedRunEvent[],
  call: CallRef,
  attempt: number,
): RunQuestionInput["answered"] {
  for (const { event, at } of events) {
    if (event.kind !== "attempt.answered" || !isThis(event, call, attempt)) continue;
    return {
      answer: event.answer,
      byUserId: event.by.kind === "person" ? event.by.userId : null,
      at,
    };
  }
  return null;
}

function isThis(
  event: { readonly call: CallRef; readonly attempt: number },
  call: CallRef,
  attempt: number,
): boolean {
  return callKey(event.call) === callKey(call) && event.attempt === attempt;
}

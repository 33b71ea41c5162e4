// What all checks have in common: they only read, and a condition that does not hold is worth another look.

import { OperationError } from "#engine/failure.ts";
import type { Effect } from "#engine/operation.ts";
import type { Risk } from "#engine/risk.ts";

/** The code of a condition that does not hold, which sets it apart from a target that could not be asked. */
const CHECK = "CHECK";

/** @param sentence what was found and what was expected. */
export function notHeld(sentence: string): OperationError {
  return new OperationError({
    category: "temporary",
    code: CHECK,
    message: sentence.slice(0, 2000).toWellFormed(),
  });
}

/** An input that no later look would make right. */
export function badInput(sentence: string): OperationError {
  const message = sentence.slice(0, 2000).toWellFormed();
  return new OperationError({ category: "validation", message });
}

/** Forbidden here: only another configuration lets it through. */
export function forbidden(sentence: string, cause?: unknown): OperationError {
  return new OperationError({ category: "configuration", message: sentence }, { cause });
}

export const READS = {
  worstRisk: "read-only",
  risk: (): Risk => "read-only",
  effect: (): Effect => "idempotent",
  describeUndo: () => null,
  locks: () => [],
} as const;

/** A value on one line, as JSON, so that no text can pass for two. */
export function quoted(value: unknown, longest = 100): string {
  const text = JSON.stringify(value) ?? "nothing";
  return (text.length > longest ? `${text.slice(0, longest - 1)}…` : text)
    .toWellFormed()
    .replaceAll(/[\u0085\u2028\u2029\u007f-\u009f]/g, " ");
}

// What failed requests come to: their category by the engine's table, and how long the target asks to wait.
// Knows nothing of requests.

import { categoryOf, errorCode } from "#engine/error-categories.ts";
import type { ErrorCategory, Failure } from "#engine/failure.ts";

/** A retry later than this is a person's decision, not a header's. */
const MAX_RETRY_AFTER_MS = 3_600_000;

export function statusCategory(status: number): ErrorCategory {
  return categoryOf("http", status) ?? "permanent";
}

/** A gateway answered in the place of a target whose answer it lost: the target may have acted. */
export function isLostAnswer(status: number): boolean {
  return status === 502 || status === 504;
}

/**
 * `Retry-After` as milliseconds from now, bounded to one hour.
 * @param nowMs the present, for the header's date form (RFC 9110, 10.2.3).
 */
export function retryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  const waitMs = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  if (Number.isNaN(waitMs)) return undefined;
  return Math.min(Math.max(waitMs, 0), MAX_RETRY_AFTER_MS);
}

/** The failure of a request that got no complete answer. */
export function connectionFailure(error: unknown, target: string): Failure {
  const code = errorCode(error) ?? (isParserError(error) ? "HPE_INVALID" : "UNKNOWN");
  const category = categoryOf(["countersign", "undici", "node", "tls"], code) ?? "unknown";
  const reason = error instanceof Error ? error.message : String(error);
  return { category, code, message: `${target}: ${reason}`.slice(0, 2000) };
}

/** undici's parser gives its complaint a name, and a code only sometimes. */
function isParserError(error: unknown): boolean {
  return error instanceof Error && error.name === "HTTPParserError";
}

// What can go wrong in the world, in eleven categories. A retry is decided from the category alone.

export const ERROR_CATEGORIES = [
  "network",
  "timeout",
  "authentication",
  "authorization",
  "validation",
  "resource",
  "dependency",
  "configuration",
  "temporary",
  "permanent",
  "unknown",
] as const;
export type ErrorCategory = (typeof ERROR_CATEGORIES)[number];

/** A failed attempt, told so that a person can act on it. `message` is redacted and bounded (2,000 characters). */
export type Failure = {
  readonly category: ErrorCategory;
  readonly message: string;
  /** The target's own code, e.g. `UnauthorizedOperation`, `ECONNREFUSED`, `exit 3`. */
  readonly code?: string;
  /** The target asked to wait this long before another try, in milliseconds. */
  readonly retryAfterMs?: number;
  /**
   * Whether it did something that may have to be taken back, where the category does not say it: true for a program
   * that exits with "no permission" after its first half, false for what was never sent. Absent: the category decides.
   */
  readonly acted?: boolean;
};

/** Thrown by an operation whose side effect certainly did not happen, or certainly failed. */
export class OperationError extends Error {
  override readonly name = "OperationError";
  readonly failure: Failure;
  constructor(failure: Failure, options?: { cause?: unknown }) {
    super(failure.message, options);
    this.failure = failure;
  }
}

/** Thrown when the request may have taken effect but the answer was lost (time-out after sending, connection cut). */
export class OutcomeUnknown extends Error {
  override readonly name = "OutcomeUnknown";
  readonly failure: Failure;
  constructor(failure: Failure, options?: { cause?: unknown }) {
    super(failure.message, options);
    this.failure = failure;
  }
}

/** The failure of an attempt that its signal stopped: a time-out, a cancel or a lost lease. */
export function abortFailure(detail: string): Failure {
  return { category: "timeout", code: "ABORTED", message: `Stopped before it was done: ${detail}` };
}

// Points in time and durations as the engine sees them. It is told the time and never asks for it.

/** A point in time: milliseconds since the Unix epoch, UTC. */
export type Instant = number;

/** A point in time inside a sentence: `2026-11-25 20:16 UTC`. */
export function formatInstant(at: Instant): string {
  return `${new Date(at).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/** Tells the time and waits. The real one wraps the process's timers; a test's moves by hand. */
export type Clock = {
  now(): Instant;
  /** Resolves after `delayMs` milliseconds, or at once (without rejecting) when `signal` aborts. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
};

/** Makes identifiers that nobody can guess and nothing else has. */
export type IdSource = {
  /** A short identifier with a prefix, e.g. `pl-7k3qx9a2bc` (50 random bits, Crockford base 32). */
  next(prefix: IdPrefix): string;
  /** 256 random bits, base 64 URL: what must not be found by trying. */
  token(): string;
};

export type IdPrefix = "pl" | "run" | "cv" | "ev" | "key" | "dg" | "pf";

/** SHA-256 of UTF-8 text, as 64 lower-case hexadecimal digits. Passed in: the engine has no crypto. */
export type Sha256 = (text: string) => string;

/** The earlier of two moments, either of which may never come. */
export function earlier(one: Instant | null, other: Instant | null): Instant | null {
  return one === null || other === null ? (one ?? other) : Math.min(one, other);
}

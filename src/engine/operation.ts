// The one interface every adapter's ability has, and the registry of them. Knows no technology.

import type { z } from "zod";
import type { Json, JsonObject } from "./json.ts";
import type { Redactor } from "./redactor.ts";
import type { Risk } from "./risk.ts";

/**
 * What happens when an attempt is repeated after a crash:
 * `idempotent` runs again with the same idempotency key, `probe` is asked whether it happened,
 * `once` becomes `unknown` and a person is asked.
 */
export type Effect = "idempotent" | "probe" | "once";

/** What an attempt is given. Everything in it belongs to this attempt only. */
export type AttemptContext = {
  /** Aborts on time-out, cancel and lost lease. The operation must settle soon after. */
  readonly signal: AbortSignal;
  /** The same for every repeat of the same step of the same run: hand it to targets that deduplicate. */
  readonly idempotencyKey: string;
  /** Streams output for people: plain untrusted text, kept and shown in the thread. */
  readonly output: (text: string) => void;
  /** Name of the credentials' profile the plan step uses, or null for the operation's default. */
  readonly profile: string | null;
  /** Milliseconds until the attempt's time-out fires. */
  readonly timeoutMs: number;
  /** Masks secrets in text that is cut before it is given back: half a secret would not be known as one. */
  readonly redact?: Pick<Redactor, "text" | "stream">;
  /** The step of the run that this is an attempt of; left out where nothing runs, as in a dry run. */
  readonly step?: { readonly runId: string; readonly stepId: string };
};

/** Where a step that changes something was before, for undo and for preconditions. Plain JSON, no secrets. */
export type Captured = JsonObject;

/** The inverse of a step: another operation with its input. */
export type UndoCall = { readonly uses: string; readonly with: JsonObject };

/** How to get back to a captured state. */
export type Restoration = {
  /** In order. */
  readonly calls: readonly UndoCall[];
  /** What differs and can't be put back, one complete sentence each: a terminated instance. */
  readonly impossible: readonly string[];
};

/** What a dry run found. `wouldSucceed` null means the target cannot tell. */
export type Preview = {
  readonly wouldSucceed: boolean | null;
  /** One plain sentence a line; untrusted text. */
  readonly lines: readonly string[];
};

/** An ability of an adapter. `I` is the parsed input, `R` the result; both plain JSON. */
export type Operation<I = never, R extends Json = Json> = {
  /** Lower-case dotted name, e.g. `ec2.stop_instances`. */
  readonly name: string;
  /** One sentence in the imperative, for lists and help. */
  readonly summary: string;
  readonly input: z.ZodType<I>;
  readonly result: z.ZodType<R>;
  /** An input that parses, for help and for the conformance suite. */
  readonly example: JsonObject;
  /** The worst this operation can be, used while an input is still an expression. */
  readonly worstRisk: Risk;
  readonly risk: (input: I) => Risk;
  /** By input: one `http.request` reads, another creates. */
  readonly effect: (input: I) => Effect;
  /** Time-out of one attempt when the plan gives none, in milliseconds. */
  readonly defaultTimeoutMs: number;
  /** One plain sentence of what it does with this input, no mark-up. */
  readonly describe: (input: I) => string;
  /** What undo will do, in one plain sentence before it has run; null: no rollback exists for this input. */
  readonly describeUndo: (input: I) => string | null;
  /** The worst that `undo` can do, whatever it is given. Left out beside an `undo`: destructive. */
  readonly undoRisk?: Risk;
  /** Keys of what it touches, e.g. `ec2:eu-west-1:i-0abc`. */
  readonly locks: (input: I) => readonly string[];
  /**
   * What a circuit breaker watches: the host, the account and region, or the firewall this input talks to, e.g.
   * `http:lb.internal` or `ec2:prod:eu-west-1`. Left out, or null: nothing that can be away by itself.
   */
  readonly target?: (input: I, profile: string | null) => string | null;
  /** The credentials' profile and programs this input needs are allowed; a sentence when not. Called at filing and at start. */
  readonly permitted?: (input: I, profile: string | null) => string | null;
  /** Dry run. Must not change anything. @throws {OperationError} */
  readonly preview?: (input: I, context: AttemptContext) => Promise<Preview>;
  /** Reads the state before. Must not change anything. @throws {OperationError} */
  readonly capture?: (input: I, context: AttemptContext) => Promise<Captured>;
  /**
   * The inverse, from input, result and captured state; null when nothing needs undoing.
   * `result` is null when the forward attempt failed or its outcome is unknown but it may have acted.
   */
  readonly undo?: (input: I, result: R | null, captured: Captured | null) => UndoCall | null;
  /**
   * The way from `now` back to `then`, two states that `capture` read for the same input: only what differs is
   * put back, so `restore(input, x, x)` answers no calls and nothing impossible.
   */
  readonly restore?: (input: I, then: Captured, now: Captured) => Restoration;
  /** For `probe`: did the attempt with this key take effect? @throws {OperationError} when it cannot be told. */
  readonly probe?: (
    input: I,
    captured: Captured | null,
    context: AttemptContext,
  ) => Promise<ProbeAnswer<R>>;
  /** Acts. @throws {OperationError} certainly failed, {@link OutcomeUnknown} may have acted. */
  readonly run: (input: I, context: AttemptContext) => Promise<R>;
};

export type ProbeAnswer<R> =
  | { readonly happened: true; readonly result: R }
  | { readonly happened: false };

/** An operation with its types erased: inputs are parsed by `input` before any other member is called. */
// Method bivariance is not available for property functions, so erasure is done once in `registerOperation`.
export type AnyOperation = Operation<unknown, Json>;

/** Erases an operation's types. The only place where that is done. */
export function eraseOperation<I, R extends Json>(operation: Operation<I, R>): AnyOperation {
  return operation as unknown as AnyOperation;
}

/** The operations of this process by name. */
export type Registry = {
  readonly get: (name: string) => AnyOperation | undefined;
  readonly list: () => readonly AnyOperation[];
};

/** @throws {Error} on a name used twice: a defect of the composition root. */
export function createRegistry(operations: readonly AnyOperation[]): Registry {
  const byName = new Map<string, AnyOperation>();
  for (const operation of operations) {
    if (byName.has(operation.name))
      throw new Error(`operation ${operation.name} is registered twice`);
    byName.set(operation.name, operation);
  }
  const sorted = [...byName.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return { get: (name) => byName.get(name), list: () => sorted };
}

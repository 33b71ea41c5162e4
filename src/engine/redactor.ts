// Keeps secrets out of everything an operation gives back: its output, its result and its errors are
// redacted here, before any store, log or message sees them. Which texts are secret is told, not known.

import { OperationError, OutcomeUnknown } from "./failure.ts";
import type { Failure } from "./failure.ts";
import type { Json } from "./json.ts";
import { isJsonObject } from "./json.ts";
import type { AnyOperation, AttemptContext } from "./operation.ts";

export type Redactor = {
  /** What stands where a secret stood. */
  readonly mask: string;
  /** The text with every known secret and secret-looking part masked. */
  readonly text: (text: string) => string;
  /** For output in chunks: a secret cut in two by a chunk's end is still masked. */
  readonly stream: () => RedactedStream;
};

export type RedactedStream = {
  /** What can be shown so far; holds back an unfinished line. */
  readonly push: (chunk: string) => string;
  /** The rest, at the end. */
  readonly end: () => string;
};

/** The same JSON with every string in it redacted, keys included. */
function redactJson(value: Json, redactor: Redactor): Json {
  if (typeof value === "string") return redactor.text(value);
  if (Array.isArray(value)) return value.map((item: Json) => redactJson(item, redactor));
  if (isJsonObject(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [redactor.text(key), redactJson(item, redactor)]),
    );
  }
  return value;
}

/** The operation with everything it gives back redacted. */
export function redactedOperation(operation: AnyOperation, redactor: Redactor): AnyOperation {
  const { preview, capture, probe, undo, restore } = operation;
  const guarded = async <T>(
    context: AttemptContext,
    act: (inner: AttemptContext) => Promise<T>,
  ): Promise<T> => {
    const stream = redactor.stream();
    const emit = (text: string): void => {
      if (text !== "") context.output(text);
    };
    try {
      return await act({ ...context, output: (text) => emit(stream.push(text)) });
    } catch (error) {
      throw redactError(error, redactor);
    } finally {
      emit(stream.end());
    }
  };
  return {
    ...operation,
    run: (input, context) =>
      guarded(context, async (inner) => redactJson(await operation.run(input, inner), redactor)),
    ...(preview && {
      preview: (input: unknown, context: AttemptContext) =>
        guarded(context, async (inner) => {
          const found = await preview(input, inner);
          return { ...found, lines: found.lines.map(redactor.text) };
        }),
    }),
    ...(capture && {
      capture: (input: unknown, context: AttemptContext) =>
        guarded(context, async (inner) => redactObject(await capture(input, inner), redactor)),
    }),
    ...(probe && {
      probe: (...[input, captured, context]: Parameters<typeof probe>) =>
        guarded(context, async (inner) => {
          const answer = await probe(input, captured, inner);
          return answer.happened
            ? { happened: true as const, result: redactJson(answer.result, redactor) }
            : answer;
        }),
    }),
    ...(undo && {
      undo: (...[input, result, captured]: Parameters<typeof undo>) => {
        // Putting the mask back in place of the secret would destroy what the undo is meant to restore.
        if (holds(captured, redactor.mask)) throw new OperationError(CAPTURED_SECRET);
        return undo(input, result, captured);
      },
    }),
    ...(restore && {
      restore: (...[input, then, now]: Parameters<typeof restore>) => {
        const { calls, impossible } = restore(input, then, now);
        const sound = calls.filter((call) => !holds(call.with, redactor.mask));
        const masked = sound.length < calls.length ? [CAPTURED_SECRET.message] : [];
        return { calls: sound, impossible: [...impossible.map(redactor.text), ...masked] };
      },
    }),
  };
}

const CAPTURED_SECRET: Failure = {
  category: "configuration",
  message: "The state before held a secret, which is never stored: put it back by hand.",
};

function holds(value: Json, mask: string): boolean {
  if (typeof value === "string") return value.includes(mask);
  if (Array.isArray(value)) return value.some((item: Json) => holds(item, mask));
  return (
    isJsonObject(value) &&
    Object.entries(value).some(([key, item]) => key.includes(mask) || holds(item, mask))
  );
}

function redactObject(
  value: Readonly<Record<string, Json>>,
  redactor: Redactor,
): Record<string, Json> {
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, redactJson(item, redactor)]),
  );
}

function redactError(error: unknown, redactor: Redactor): unknown {
  if (error instanceof OperationError)
    return new OperationError(redactFailure(error.failure, redactor));
  if (error instanceof OutcomeUnknown)
    return new OutcomeUnknown(redactFailure(error.failure, redactor));
  // A defect's own message may quote an input or a header; its name is enough to find it.
  if (error instanceof Error) return new Error(redactor.text(error.message));
  return error;
}

function redactFailure(failure: Failure, redactor: Redactor): Failure {
  return { ...failure, message: redactor.text(failure.message) };
}

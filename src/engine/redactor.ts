// Keeps secrets out of everything an operation gives back: its output, its result and its errors are
// redacted here, before any store, log or message sees them. Which texts are secret is told, not known.

import { OperationError, OutcomeUnknown } from "./failure.ts";
import type { Failure } from "./failure.ts";
import type { Json, JsonObject } from "./json.ts";
import { isJsonObject } from "./json.ts";
import type { AnyOperation, AttemptContext } from "./operation.ts";
import { namesSecret } from "./secret-shapes.ts";

export type Redactor = {
  /** What stands where a secret stood. */
  readonly mask: string;
  /** The text with every known secret and secret-looking part masked. */
  readonly text: (text: string) => string;
  /**
   * Only what is a secret wherever it stands: known values and unmistakable shapes. For what people and plans say,
   * whose meaning must survive. @param mask in place of the usual one.
   */
  readonly certain: (text: string, mask?: string) => string;
  /** True when a secret known by its value is in the text. */
  readonly knows: (text: string) => boolean;
  /** For output in chunks: a secret cut in two by a chunk's end is still masked. */
  readonly stream: () => RedactedStream;
};

export type RedactedStream = {
  /** What can be shown so far; holds back an unfinished line. */
  readonly push: (chunk: string) => string;
  /** The rest, at the end. */
  readonly end: () => string;
};

/** The same JSON with every string in it masked, names included. */
export function maskJson<T extends Json>(value: T, mask: (text: string) => string): T {
  return mapStrings(value, null, (text) => mask(text), mask) as T;
}

/** The same, and what stands under a secret's name is masked as a whole. */
function redactJson(value: Json, { text, mask }: Redactor): Json {
  return mapStrings(
    value,
    null,
    (found, name) => (name !== null && found !== "" && namesSecret(name) ? mask : text(found)),
    text,
  );
}

function mapStrings(
  value: Json,
  name: string | null,
  change: (text: string, name: string | null) => string,
  changeName: (name: string) => string,
): Json {
  if (typeof value === "string") return change(value, name);
  if (Array.isArray(value))
    return value.map((item: Json) => mapStrings(item, name, change, changeName));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      changeName(key),
      mapStrings(item, key, change, changeName),
    ]),
  );
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
      return await act({
        ...context,
        redact: redactor,
        output: (text) => emit(stream.push(text)),
      });
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

function redactObject(value: JsonObject, redactor: Redactor): JsonObject {
  return redactJson(value, redactor) as JsonObject;
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
  const { code } = failure;
  return {
    ...failure,
    message: redactor.text(failure.message),
    // A target's own code is a target's own words.
    ...(code !== undefined && { code: redactor.text(code) }),
  };
}

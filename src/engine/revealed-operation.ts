// Puts secrets into an operation's input at the last moment: inside run, preview, capture and probe, where the target
// is talked to, and nowhere else. What is planned, recorded and shown holds references.

import { OperationError } from "./failure.ts";
import type { ErrorCategory, Failure } from "./failure.ts";
import { isJsonObject } from "./json.ts";
import type { Json } from "./json.ts";
import { namesReferredTo } from "./named-secret.ts";
import type { NamedSecrets } from "./named-secret.ts";
import type { AnyOperation, AttemptContext, UndoCall } from "./operation.ts";
import { referencesIn, SecretUnavailable, SHORTEST_SECRET, withSecrets } from "./secret-box.ts";
import type { SecretBox } from "./secret-box.ts";

export type RevealPorts = {
  readonly secrets: SecretBox;
  readonly named: NamedSecrets;
  /** Told each secret before it is used, so that it is masked wherever it turns up. */
  readonly learn: (secret: string) => void;
};

/** The operation, given the secrets that its input refers to. */
export function revealedOperation(operation: AnyOperation, ports: RevealPorts): AnyOperation {
  const { preview, capture, probe, undo, restore } = operation;
  const given = (input: unknown, context: AttemptContext): Promise<unknown> =>
    reveal(operation, ports, input, context);
  return {
    ...operation,
    run: async (input, context) => operation.run(await given(input, context), context),
    ...(preview && {
      preview: async (input: unknown, context: AttemptContext) =>
        preview(await given(input, context), context),
    }),
    ...(capture && {
      capture: async (input: unknown, context: AttemptContext) =>
        capture(await given(input, context), context),
    }),
    ...(probe && {
      probe: async (...[input, captured, context]: Parameters<typeof probe>) =>
        probe(await given(input, context), captured, context),
    }),
    ...(undo && {
      undo: (...[input, result, captured]: Parameters<typeof undo>) => {
        const call = undo(input, result, captured);
        if (call !== null && !namesNothingNew(input, call)) throw new OperationError(NEW_REFERENCE);
        return call;
      },
    }),
    ...(restore && {
      restore: (...[input, then, now]: Parameters<typeof restore>) => {
        const { calls, impossible } = restore(input, then, now);
        const sound = calls.filter((call) => namesNothingNew(input, call));
        const left = sound.length < calls.length ? [NEW_REFERENCE.message] : [];
        return { calls: sound, impossible: [...impossible, ...left] };
      },
    }),
  };
}

/** What was read from a target must not be able to name a secret. */
function namesNothingNew(input: unknown, call: UndoCall): boolean {
  const approved = namesReferredTo(input);
  return namesReferredTo(call.with).every((name) => approved.includes(name));
}

const NEW_REFERENCE: Failure = {
  category: "validation",
  message: "The state before reads as a reference to a secret: put it back by hand.",
};

/** The input as it was, or parsed again with the secrets in it. @throws {OperationError} */
async function reveal(
  operation: AnyOperation,
  ports: RevealPorts,
  input: unknown,
  context: AttemptContext,
): Promise<unknown> {
  const answers = [...new Set(stringsIn(input).flatMap(referencesIn))];
  const names = namesReferredTo(input);
  if (answers.length + names.length === 0) return input;
  const { step, profile, signal } = context;
  if (step === undefined)
    throw refused("a secret is opened only inside a run, by the step whose plan was approved");
  const opened = new Map<string, string>();
  const open = async (reference: string, from: () => Promise<string>): Promise<void> => {
    const text = await openOrRefuse(from);
    ports.learn(text);
    opened.set(reference, text);
  };
  for (const answer of answers) await open(answer, () => ports.secrets.open(answer, step));
  for (const name of names)
    await open(`secret:${name}`, () =>
      ports.named.resolve(name, { operation: operation.name, signal }),
    );
  const parsed = operation.input.safeParse(filled(input, opened));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = ["with", ...(issue?.path ?? [])].join(".");
    // The issue's own words may quote the value.
    throw refused(`the secret does not fit the input at ${where}`, "validation");
  }
  const unfit = changedBy(operation, input, parsed.data, profile);
  if (unfit !== null) throw refused(unfit);
  return parsed.data;
}

/** What was approved is the operation with a reference in it: a secret may not make it another one. */
function changedBy(
  operation: AnyOperation,
  before: unknown,
  after: unknown,
  profile: string | null,
): string | null {
  if (operation.risk(before) !== operation.risk(after))
    return "the secret would change the risk of the step";
  if (operation.effect(before) !== operation.effect(after))
    return "the secret would change how the step is repeated";
  // The sentence may quote the input.
  if ((operation.permitted?.(after, profile) ?? null) !== null)
    return "with the secret in it the step is not permitted";
  return null;
}

async function openOrRefuse(from: () => Promise<string>): Promise<string> {
  let text: string;
  try {
    text = await from();
  } catch (error) {
    if (!(error instanceof SecretUnavailable)) throw error;
    throw refused(error.message, error.category);
  }
  if (text.trim().length >= SHORTEST_SECRET) return text;
  throw refused(
    `the secret is shorter than ${SHORTEST_SECRET} characters, so it could not be masked`,
  );
}

function refused(sentence: string, category: ErrorCategory = "configuration"): OperationError {
  return new OperationError({
    category,
    code: "SECRET",
    message: `Nothing was sent: ${sentence}.`,
    acted: false,
  });
}

function filled(value: unknown, opened: ReadonlyMap<string, string>): Json {
  if (typeof value === "string") return opened.get(value) ?? withSecrets(value, opened);
  if (Array.isArray(value)) return value.map((item: unknown) => filled(item, opened));
  if (isJsonObject(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, filled(item, opened)]),
    );
  }
  return value as Json;
}

function stringsIn(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(stringsIn);
}

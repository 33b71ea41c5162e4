// Puts secret answers into an operation's input at the last moment: inside run, preview, capture and probe, where
// the target is talked to, and nowhere else. What is planned, recorded and shown holds references.

import { OperationError } from "./failure.ts";
import type { ErrorCategory } from "./failure.ts";
import { isJsonObject } from "./json.ts";
import type { Json } from "./json.ts";
import type { AnyOperation, AttemptContext } from "./operation.ts";
import { referencesIn, SecretUnavailable, withSecrets } from "./secret-box.ts";
import type { SecretBox } from "./secret-box.ts";

export type RevealPorts = {
  readonly secrets: SecretBox;
  /** Told each secret before it is used, so that it is masked wherever it turns up. */
  readonly learn: (secret: string) => void;
};

/** The operation, given the secrets that its input refers to. */
export function revealedOperation(operation: AnyOperation, ports: RevealPorts): AnyOperation {
  const { preview, capture, probe } = operation;
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
  };
}

/** The input as it was, or parsed again with the secrets in it. @throws {OperationError} */
async function reveal(
  operation: AnyOperation,
  { secrets, learn }: RevealPorts,
  input: unknown,
  { step, profile }: AttemptContext,
): Promise<unknown> {
  const references = [...new Set(stringsIn(input).flatMap(referencesIn))];
  if (references.length === 0) return input;
  if (step === undefined)
    throw refused("a secret answer can only be used by the step that asked for it");
  const opened = new Map<string, string>();
  for (const reference of references) {
    const text = await openOrRefuse(secrets, reference, step);
    learn(text);
    opened.set(reference, text);
  }
  const parsed = operation.input.safeParse(filled(input, opened));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = ["with", ...(issue?.path ?? [])].join(".");
    // The issue's own words may quote the value.
    throw refused(`the secret answer does not fit the input at ${where}`, "validation");
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
    return "the secret answer would change the risk of the step";
  if (operation.effect(before) !== operation.effect(after))
    return "the secret answer would change how the step is repeated";
  // The sentence may quote the input.
  if ((operation.permitted?.(after, profile) ?? null) !== null)
    return "with the secret answer in it the step is not permitted";
  return null;
}

async function openOrRefuse(
  secrets: SecretBox,
  reference: string,
  step: NonNullable<AttemptContext["step"]>,
): Promise<string> {
  try {
    return await secrets.open(reference, step);
  } catch (error) {
    if (!(error instanceof SecretUnavailable)) throw error;
    throw refused(error.message);
  }
}

function refused(sentence: string, category: ErrorCategory = "configuration"): OperationError {
  return new OperationError({
    category,
    code: "SECRET",
    message: `Nothing was sent: ${sentence}.`,
  });
}

function filled(value: unknown, opened: ReadonlyMap<string, string>): Json {
  if (typeof value === "string") return withSecrets(value, opened);
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

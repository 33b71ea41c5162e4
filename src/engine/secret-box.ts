// The port that keeps secret answers sealed, and the references that stand for them everywhere else: in events,
// expressions, intents and messages. A reference is opened only inside an attempt of the step that asked.

import type { ErrorCategory } from "./failure.ts";

/** Which answer a secret is. All of it is bound to the sealed text: it can't be opened as another's. */
export type SecretPlace = {
  readonly runId: string;
  readonly stepId: string;
  readonly field: string;
};

export type SecretBox = {
  /** Null when secrets can be sealed; else a complete sentence about what is missing and what to do. */
  readonly problem: () => string | null;
  /** Seals and keeps the text; answers the reference that stands for it. @throws {SecretUnavailable} */
  readonly seal: (place: SecretPlace, text: string) => Promise<string>;
  /** The text, for its own step alone. @throws {SecretUnavailable} */
  readonly open: (
    reference: string,
    within: { readonly runId: string; readonly stepId: string },
  ) => Promise<string>;
  /** Forgets sealed texts that nobody will ask for: those of a refused answer. */
  readonly forget: (references: readonly string[]) => Promise<void>;
};

/** A sealed text as it is kept: worth nothing without the key. */
export type SealedText = SecretPlace & {
  readonly id: string;
  /** Which key sealed it. */
  readonly keyId: string;
  /** Base 64. */
  readonly sealed: string;
};

/** Where sealed texts are kept. */
export type SealedStore = {
  readonly put: (text: SealedText) => Promise<void>;
  readonly get: (id: string) => Promise<SealedText | null>;
  readonly remove: (ids: readonly string[]) => Promise<void>;
  /** Those of runs that have ended: nothing will ask for them. Answers how many there were. */
  readonly removeEnded: () => Promise<number>;
};

/** It can't be sealed or opened; the message says why and holds no secret. */
export class SecretUnavailable extends Error {
  override readonly name = "SecretUnavailable";
  readonly category: ErrorCategory;
  constructor(
    message: string,
    options: { readonly cause?: unknown; readonly category?: ErrorCategory } = {},
  ) {
    const { cause, category = "configuration" } = options;
    super(message, cause === undefined ? {} : { cause });
    this.category = category;
  }
}

/** A shorter text can't be masked where it turns up, because it would mask ordinary words. */
export const SHORTEST_SECRET = 6;

const REFERENCE =
  /secret:answer\/(run-[0-9a-z]{1,40})\/([A-Za-z0-9_.%-]{1,400})\/([A-Za-z_][A-Za-z0-9_-]{0,59})\/([0-9a-z]{16})/;
const REFERENCES = new RegExp(REFERENCE.source, "g");
const WHOLE = new RegExp(`^${REFERENCE.source}$`);

/** `secret:answer/<run>/<step>/<field>/<id>`; stays the same inside a URL. @param id 16 of `0-9a-z`, never used before. */
export function secretReference({ runId, stepId, field }: SecretPlace, id: string): string {
  return `secret:answer/${runId}/${encodeURIComponent(stepId)}/${field}/${id}`;
}

/** The place and id a reference names; null for anything else. */
export function parseReference(
  text: string,
): { readonly place: SecretPlace; readonly id: string } | null {
  const match = WHOLE.exec(text);
  if (match === null) return null;
  const [, runId = "", step = "", field = "", id = ""] = match;
  return { place: { runId, stepId: decodeURIComponent(step), field }, id };
}

/** Every reference in the text, each once. */
export function referencesIn(text: string): readonly string[] {
  return [...new Set(text.match(REFERENCES))];
}

/** Each reference replaced by what `opened` has for it. */
export function withSecrets(text: string, opened: ReadonlyMap<string, string>): string {
  return text.replace(REFERENCES, (reference) => opened.get(reference) ?? reference);
}

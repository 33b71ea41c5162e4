// Where the secrets that plans refer to come from. Plain values; what they stand for is never kept here, except for a
// variable of the environment, which this process holds anyway.

export type SecretSource =
  | {
      readonly kind: "env";
      readonly variable: string;
      /** Null: not set, or empty. */
      readonly value: string | null;
    }
  | { readonly kind: "file"; /** Absolute. */ readonly path: string }
  | {
      readonly kind: "command";
      /** Absolute. */
      readonly path: string;
      readonly arguments: readonly string[];
      /** Its whole environment. */
      readonly environment: Readonly<Record<string, string>>;
      readonly timeoutMs: number;
    };

export type SourcedSecret = {
  readonly source: SecretSource;
  /** The secret is this member of a JSON object; null: it is the whole text. */
  readonly field: string | null;
  /** Patterns of operations that may use it. */
  readonly operations: readonly string[];
};

/** Longer texts are no secrets that a step is given. */
export const LARGEST_SECRET_BYTES = 64 * 1024;

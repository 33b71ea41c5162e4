// A playbook: a reusable plan with typed inputs, read from a YAML file by an adapter. Knows no file system.

import type { Json, JsonObject } from "./json.ts";
import type { Problem } from "./plan.ts";
import type { Result } from "./result.ts";

/** One typed input of a playbook. */
export type InputSpec = {
  readonly type: "string" | "integer" | "number" | "boolean" | "list";
  readonly description: string;
  /** Used when the input is not given; without it the input must be given. */
  readonly default?: Json;
  /** The only values allowed. */
  readonly oneOf?: readonly Json[];
  /** RE2 pattern that a string, or each item of a list, must match as a whole. */
  readonly pattern?: string;
  readonly min?: number;
  readonly max?: number;
};

export type Playbook = {
  readonly name: string;
  readonly summary: string;
  /** File name it was read from, for people. */
  readonly file: string;
  readonly inputs: Readonly<Record<string, InputSpec>>;
  /** Plan source without `name`, `summary` and `inputs`. */
  readonly body: JsonObject;
  /** The file as written. */
  readonly text: string;
};

/** @param value the parsed YAML of `text`. */
export function parsePlaybook(
  file: string,
  text: string,
  value: unknown,
): Result<Playbook, readonly Problem[]> {
  throw new Error(`playbook ${file} ${text.length} ${typeof value}`);
}

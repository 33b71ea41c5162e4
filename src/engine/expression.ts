// CEL expressions inside plans: bare in `when` and `check`, in `${{ }}` inside strings. Pure and bounded;
// they see the JSON they are given and nothing else.

import type { Json } from "./json.ts";
import type { Result } from "./result.ts";

/** Root names and their values: `inputs`, `steps`, `result`, `run`, `item`, `index`. */
export type Scope = Readonly<Record<string, Json>>;

export type References = {
  readonly roots: ReadonlySet<string>;
  /** `x` of each `steps.x` and `steps["x"]`. */
  readonly steps: ReadonlySet<string>;
};

export type Mistake = { readonly path: readonly PropertyKey[]; readonly sentence: string };

/** The value of an expression as JSON, or one sentence about what is wrong. */
export function evaluate(source: string, scope: Scope): Result<Json, string> {
  throw new Error(`${source} ${Object.keys(scope).length}`);
}

/** For `when` and `check`: the expression must answer true or false. */
export function evaluateCondition(source: string, scope: Scope): Result<boolean, string> {
  throw new Error(`${source} ${Object.keys(scope).length}`);
}

/** Fills every `${{ }}` in the strings of a JSON value (keys are left alone). All mistakes at once. */
export function fillTemplates<T extends Json>(
  value: T,
  scope: Scope,
): Result<T, readonly Mistake[]> {
  throw new Error(`${JSON.stringify(value)} ${Object.keys(scope).length}`);
}

/** The names an expression uses, or one sentence about why it can't be parsed. */
export function references(source: string): Result<References, string> {
  throw new Error(source);
}

// CEL expressions inside plans: bare in `when` and `check`, in `${{ }}` inside strings (template.ts). Pure and
// bounded; they see the JSON they are given and nothing else.

import { isCelError, plan } from "@bufbuild/cel";
import type { CelInput } from "@bufbuild/cel";
import { METERED, meterLoops, ranOut, startMeter } from "./expression-meter.ts";
import { parseExpression } from "./expression-syntax.ts";
import type { ParsedExpression, References } from "./expression-syntax.ts";
import { toCelInput, toJson } from "./expression-value.ts";
import type { Json } from "./json.ts";
import { nearestName } from "./nearest-name.ts";
import { accept, refuse } from "./result.ts";
import type { Result } from "./result.ts";

/** Root names and their values: `inputs`, `steps`, `result`, `run`, `item`, `index`. */
export type Scope = Readonly<Record<string, Json>>;

type Evaluator = (bindings: Record<string, CelInput>) => unknown;
const evaluators = new WeakMap<ParsedExpression, Evaluator>();

/** The value of an expression as JSON, or one sentence about what is wrong. */
export function evaluate(source: string, scope: Scope): Result<Json, string> {
  const parsed = parseExpression(source);
  if (!parsed.ok) return parsed;
  const unknown = unknownRoot(parsed.value.references, Object.keys(scope));
  if (unknown !== null) return refuse(unknown);
  // No prototype: a name such as `constructor` must not be found where it was not given.
  const bindings: Record<string, CelInput> = Object.create(null) as Record<string, CelInput>;
  for (const root of parsed.value.references.roots) {
    const value = scope[root];
    if (value !== undefined)
      bindings[root] = toCelInput(narrowed(root, value, parsed.value.references));
  }
  startMeter();
  try {
    const value = evaluatorOf(parsed.value)(bindings);
    if (ranOut()) return refuse("it takes too long: use shorter lists or fewer steps");
    if (isCelError(value)) return refuse(readable(value.message, parsed.value.references, scope));
    return accept(toJson(value));
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

/** For `when` and `check`: the expression must answer true or false. */
export function evaluateCondition(source: string, scope: Scope): Result<boolean, string> {
  const answer = evaluate(source, scope);
  if (!answer.ok) return answer;
  if (typeof answer.value !== "boolean") {
    return refuse(
      `it must answer true or false, and answers ${JSON.stringify(answer.value).slice(0, 80)}`,
    );
  }
  return accept(answer.value);
}

/** The names an expression uses, or one sentence about why it can't be parsed. */
export function references(source: string): Result<References, string> {
  const parsed = parseExpression(source);
  return parsed.ok ? accept(parsed.value.references) : parsed;
}

/** A sentence about the first name that does not exist, or null. */
export function unknownRoot(used: References, names: readonly string[]): string | null {
  for (const root of used.roots) {
    if (names.includes(root)) continue;
    const nearest = nearestName(root, names);
    const hint = nearest === null ? "" : ` Did you mean ${nearest}?`;
    return `there is no ${root} here; there are ${names.join(", ")}.${hint}`;
  }
  return null;
}

function evaluatorOf(parsed: ParsedExpression): Evaluator {
  const known = evaluators.get(parsed);
  if (known !== undefined) return known;
  meterLoops(parsed.expr);
  const evaluator = plan(METERED, parsed.expr) as Evaluator;
  evaluators.set(parsed, evaluator);
  return evaluator;
}

/** Of `steps`, only the members an expression names are converted: a run may hold thousands of results. */
function narrowed(root: string, value: Json, used: References): Json {
  if (root !== "steps" || used.whole.has(root)) return value;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => used.steps.has(key)));
}

function readable(message: string, used: References, scope: Scope): string {
  const missing = /^field not found: (.*)$/.exec(message)?.[1];
  if (missing === undefined) return message;
  const { inputs } = scope;
  if (!used.inputs.has(missing) || typeof inputs !== "object" || inputs === null) {
    return `there is no ${missing} in what it reads`;
  }
  const nearest = nearestName(missing, Object.keys(inputs));
  return `there is no input ${missing}${nearest === null ? "" : `; did you mean ${nearest}?`}`;
}

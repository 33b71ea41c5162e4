// The `before` and `check` lists of a step: expressions, and questions to a target that are asked again until
// they hold or their time is over.

import { CHECK_EXPRESSION, CHECK_PREFIX } from "./built-in-operations.ts";
import { callOf, unknownName, written } from "./compile-call.ts";
import type { StepContext } from "./compile-call.ts";
import type { DraftStep } from "./expand-steps.ts";
import { CHECK_SETTINGS } from "./gate-source.ts";
import type { CheckSource } from "./gate-source.ts";
import type { Json } from "./json.ts";
import type { Registry } from "./operation.ts";
import type { Check, Problem, RetryPolicy } from "./plan.ts";
import { accept, refuse } from "./result.ts";
import type { Result } from "./result.ts";
import { foundText } from "./zod-problems.ts";

export const ONE_TRY: RetryPolicy = {
  maxAttempts: 1,
  backoff: "fixed",
  baseDelayMs: 0,
  maxDelayMs: 0,
  jitter: false,
  on: [],
};

const EVERY_MS = 2000;
/** Each look is an attempt that is written down. */
const MOST_LOOKS = 500;
/** What waiting can cure. A wrong password or a wrong plan stays wrong. */
const CURABLE = ["network", "timeout", "temporary", "dependency", "resource", "unknown"] as const;
const EXPRESSION = "expression";

type CheckMapping = Exclude<CheckSource, string>;
type Place = {
  readonly path: string;
  readonly draft: DraftStep;
  readonly context: StepContext;
};
type Compiled = { readonly expressions: readonly string[]; readonly calls: readonly Check[] };

/** `before`: every entry is a call, because nothing of the step has run that an expression could be part of. */
export function compileBefore(
  draft: DraftStep,
  context: StepContext,
): Result<readonly Check[], readonly Problem[]> {
  const results = draft.source.before.map((source, index) => {
    const place = { path: `${draft.path}.before[${index}]`, draft, context };
    if (typeof source === "string") return expressionCall(source, place);
    const expression = expressionIn(source, place);
    if (expression === null) return checkCall(source, place);
    return expression.ok ? expressionCall(expression.value, place) : expression;
  });
  return collected(results);
}

/** `check`: expressions are looked at as part of the attempt, the others are calls after it. */
export function compileAfter(
  draft: DraftStep,
  context: StepContext,
): Result<Compiled, readonly Problem[]> {
  const expressions: string[] = [];
  const calls: Check[] = [];
  const problems: Problem[] = [];
  draft.source.check.forEach((source, index) => {
    const place = { path: `${draft.path}.check[${index}]`, draft, context };
    const expression = typeof source === "string" ? accept(source) : expressionIn(source, place);
    if (expression !== null) {
      const condition = expression.ok
        ? written(expression.value, place.path, draft.literals)
        : null;
      if (condition?.ok === true) expressions.push(condition.value);
      else if (condition !== null) problems.push(condition.refusal);
      else if (!expression.ok) problems.push(...expression.refusal);
      return;
    }
    const call = checkCall(source as CheckMapping, place);
    if (call.ok) calls.push(call.value);
    else problems.push(...call.refusal);
  });
  return problems.length > 0 ? refuse(problems) : accept({ expressions, calls });
}

/** The expression of `{ expression: ... }`; null: another kind of check. */
function expressionIn(
  { kinds, within, every }: CheckMapping,
  { path }: Place,
): Result<string, readonly Problem[]> | null {
  const [kind] = kinds;
  if (kinds.length !== 1 || kind?.[0] !== EXPRESSION) return null;
  if (typeof kind[1] !== "string") {
    const found = foundText(kind[1]);
    return refuse([{ path: `${path}.${EXPRESSION}`, found, expected: "an expression as text" }]);
  }
  if (within === undefined && every === undefined) return accept(kind[1]);
  return refuse([
    {
      path: `${path}.within`,
      found: "an expression that is to be asked again",
      expected:
        "a check that looks at its target, such as http_status or tcp_port: what an expression names stays as it is while the step waits. To run the step itself again, give it a retry",
    },
  ]);
}

function expressionCall(source: string, place: Place): Result<Check, readonly Problem[]> {
  const condition = written(source, place.path, place.draft.literals);
  if (!condition.ok) return refuse([condition.refusal]);
  const operation = place.context.registry.get(CHECK_EXPRESSION);
  if (operation === undefined)
    return refuse([
      {
        path: place.path,
        found: "an expression",
        expected: `a check of another kind: ${CHECK_EXPRESSION} is not switched on`,
      },
    ]);
  const call = callOf(
    operation,
    {
      with: { expression: condition.value, holds: `\${{ ${condition.value} }}` },
      timeoutMs: operation.defaultTimeoutMs,
    },
    place,
  );
  if (!call.ok)
    return refuse(
      call.refusal.map(({ expected }) => ({ path: place.path, found: source, expected })),
    );
  const { input } = call.value;
  if (input !== null && call.value.call.with["holds"] === false) {
    const expected = "a condition that can hold: everything in it is known, and it is false";
    return refuse([{ path: place.path, found: source, expected }]);
  }
  const summary = operation.describe({ expression: condition.value, holds: true });
  return accept({ ...call.value.call, summary, retry: ONE_TRY });
}

function checkCall(source: CheckMapping, place: Place): Result<Check, readonly Problem[]> {
  const { path, context } = place;
  const known = checkKinds(context.registry);
  const [first, second] = source.kinds;
  if (first === undefined || second !== undefined) {
    const found = first === undefined ? "no kind of check" : source.kinds.map(nameOf).join(" and ");
    const expected = `exactly one of ${[...known, EXPRESSION].join(", ")}, and ${CHECK_SETTINGS.join(", ")} beside it`;
    return refuse([{ path, found, expected }]);
  }
  const [kind, input] = first;
  const operation = context.registry.get(`${CHECK_PREFIX}${kind}`);
  const at = `${path}.${kind}`;
  if (operation === undefined) {
    const names = [...known, EXPRESSION, ...CHECK_SETTINGS];
    return refuse([
      unknownName({ path: at, found: `unknown check ${kind}`, name: kind }, names, EXPRESSION),
    ]);
  }
  if (typeof input !== "object" || input === null || Array.isArray(input))
    return refuse([
      { path: at, found: foundText(input), expected: "a mapping: the check's input" },
    ]);
  const retry = retryOf(source, path);
  if (!retry.ok) return refuse([retry.refusal]);
  const timeoutMs =
    source.timeout ?? Math.min(operation.defaultTimeoutMs, source.within ?? Infinity);
  const call = callOf(
    operation,
    { with: input, profile: source.profile, timeoutMs },
    { ...place, path: at },
  );
  if (!call.ok) return call;
  if (operation.worstRisk !== "read-only") {
    const expected = `a check that only reads, but ${operation.name} may be ${operation.worstRisk}`;
    return refuse([{ path: at, found: kind, expected }]);
  }
  return accept({ ...call.value.call, retry: retry.value });
}

function checkKinds(registry: Registry): readonly string[] {
  return registry
    .list()
    .filter(({ name }) => name.startsWith(CHECK_PREFIX) && name !== CHECK_EXPRESSION)
    .map(({ name }) => name.slice(CHECK_PREFIX.length));
}

function retryOf({ within, every }: CheckMapping, path: string): Result<RetryPolicy, Problem> {
  if (within === undefined) {
    if (every === undefined) return accept(ONE_TRY);
    return refuse({ path: `${path}.every`, found: "every", expected: "every only beside within" });
  }
  const everyMs = every ?? Math.min(EVERY_MS, within);
  if (everyMs > within) {
    const expected = `at most within, which is ${within} ms`;
    return refuse({ path: `${path}.every`, found: `${everyMs} ms`, expected });
  }
  const maxAttempts = Math.ceil(within / everyMs) + 1;
  if (maxAttempts > MOST_LOOKS) {
    const expected = `at most ${MOST_LOOKS}: look less often with a longer every`;
    return refuse({ path: `${path}.within`, found: `${maxAttempts} looks`, expected });
  }
  const waits = { baseDelayMs: everyMs, maxDelayMs: everyMs, jitter: false };
  return accept({ maxAttempts, backoff: "fixed", ...waits, on: CURABLE });
}

function nameOf([kind]: readonly [string, Json]): string {
  return kind;
}

function collected<T>(
  results: readonly Result<T, readonly Problem[]>[],
): Result<readonly T[], readonly Problem[]> {
  const problems = results.flatMap((result) => (result.ok ? [] : result.refusal));
  if (problems.length > 0) return refuse(problems);
  return accept(results.flatMap((result) => (result.ok ? [result.value] : [])));
}

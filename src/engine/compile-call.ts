// One call of an operation: looked up, its expressions filled in as far as they are known, its risk rated.

import { parseExpression, withLiterals } from "./expression-syntax.ts";
import type { DraftStep } from "./expand-steps.ts";
import type { Scope } from "./expression.ts";
import type { Json, JsonObject } from "./json.ts";
import { namedSecretProblems } from "./named-secret.ts";
import { nearestName } from "./nearest-name.ts";
import { checkDeferredInput, checkInput } from "./operation-input.ts";
import type { AnyOperation, Registry } from "./operation.ts";
import type { Call, Problem } from "./plan.ts";
import type { CallSource } from "./plan-source.ts";
import type { Environment, Policy } from "./policy.ts";
import { accept, refuse } from "./result.ts";
import type { Result } from "./result.ts";
import { fillKnown, fillTemplates, hasExpressions } from "./template.ts";
import { pathText } from "./zod-problems.ts";

/** Names whose values are known only while the plan runs. */
const LATER: ReadonlySet<string> = new Set(["steps", "run", "result", "answers"]);

export type StepContext = {
  readonly registry: Registry;
  readonly policy: Policy;
  /** Null: the plan names none that exists, which is told elsewhere. */
  readonly environment: Environment | null;
  readonly runTimeMs: number;
};

/** A call whose operation exists; `input` is parsed unless expressions are left in it. */
export type CompiledCall = {
  readonly call: Call;
  readonly operation: AnyOperation;
  readonly input: { readonly parsed: unknown } | null;
};

export function compileCall(
  source: CallSource,
  path: string,
  draft: DraftStep,
  context: StepContext,
): Result<CompiledCall, readonly Problem[]> {
  const operation = context.registry.get(source.uses);
  if (operation === undefined)
    return refuse([unknownOperation(source.uses, `${path}.uses`, context.registry)]);
  const timeoutMs = source.timeout ?? operation.defaultTimeoutMs;
  return callOf(operation, { ...source, timeoutMs }, { path: `${path}.with`, draft, context });
}

/** The call of an operation that was looked up already. @param at.path where its input stands. */
export function callOf(
  operation: AnyOperation,
  given: {
    readonly with: JsonObject;
    readonly profile?: string | undefined;
    readonly timeoutMs: number;
  },
  at: { readonly path: string; readonly draft: DraftStep; readonly context: StepContext },
): Result<CompiledCall, readonly Problem[]> {
  const { path, draft, context } = at;
  const filled = fillKnown<JsonObject>(given.with, {
    scope: draft.scope,
    later: LATER,
    literals: draft.literals,
  });
  if (!filled.ok) return refuse(filled.refusal.map((mistake) => unfilled(path, mistake)));
  const misused = namedSecretProblems(
    filled.value,
    { path, operation: operation.name, environment: context.environment?.name ?? null },
    context.policy,
  );
  if (misused.length > 0) return refuse(misused);
  const shared = {
    uses: operation.name,
    with: filled.value,
    profile: given.profile ?? null,
    timeoutMs: Math.min(given.timeoutMs, context.runTimeMs),
  };
  if (hasExpressions(filled.value)) {
    const problems = checkDeferredInput(operation, filled.value, [path]);
    if (problems.length > 0) return refuse(problems);
    // What will be filled in is not known yet, so the worst the operation can do is what gets approved.
    const call = { ...shared, summary: operation.summary, risk: operation.worstRisk };
    return accept({ call, operation, input: null });
  }
  const checked = checkInput(operation, filled.value, [path]);
  if (!checked.ok) return refuse(checked.problems);
  const { parsed } = checked;
  const call = { ...shared, summary: operation.describe(parsed), risk: operation.risk(parsed) };
  return accept({ call, operation, input: { parsed } });
}

/** A value of which everything must be known when the plan is filed. @param why reads after "because". */
export function knownValue<T extends Json>(
  value: T,
  path: string,
  draft: DraftStep,
  why: string,
): Result<T, readonly Problem[]> {
  const filled = fillTemplates(value, draft.scope);
  if (filled.ok) return filled;
  return refuse(
    filled.refusal.map((mistake) => ({
      path: pathText([path, ...mistake.path]),
      found: mistake.sentence,
      expected: `only what is known when the plan is filed, because ${why}`,
    })),
  );
}

function unfilled(
  path: string,
  mistake: { readonly path: readonly PropertyKey[]; readonly sentence: string },
): Problem {
  return {
    path: pathText([path, ...mistake.path]),
    found: "an expression that cannot be filled in",
    expected: `a value, but ${mistake.sentence}`,
  };
}

/** A condition with this item's values written into it. */
export function written(source: string, path: string, literals: Scope): Result<string, Problem> {
  const parsed = parseExpression(source);
  if (!parsed.ok)
    return refuse({ path, found: source, expected: `an expression, but ${parsed.refusal}` });
  const text = withLiterals(parsed.value, literals);
  if (text !== null) return accept(text);
  return refuse({
    path,
    found: source,
    expected: "an expression in which item and index stand alone",
  });
}

/** The problem of a name that no operation has. */
export function unknownOperation(found: string, path: string, registry: Registry): Problem {
  const names = registry.list().map(({ name }) => name);
  return unknownName(
    { path, found: `unknown operation ${found}`, name: found },
    names,
    "an operation, but none is switched on",
  );
}

/** The problem of a name that is none of these. */
export function unknownName(
  given: { readonly path: string; readonly found: string; readonly name: string },
  names: readonly string[],
  ifNone: string,
): Problem {
  const nearest = nearestName(given.name, names);
  return {
    path: given.path,
    found: given.found,
    expected: names.length === 0 ? ifNone : `one of ${names.slice(0, 50).join(", ")}`,
    ...(nearest !== null && { nearest }),
  };
}

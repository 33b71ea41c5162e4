// One drafted step with its operation looked up, its expressions filled in, its risk rated and its rollback
// decided.

import type { DraftStep } from "./expand-steps.ts";
import { parseExpression, withLiterals } from "./expression-syntax.ts";
import type { JsonObject } from "./json.ts";
import { nearestName } from "./nearest-name.ts";
import { checkDeferredInput, checkInput } from "./operation-input.ts";
import type { AnyOperation, Registry } from "./operation.ts";
import type { Call, OnFailure, PlanStep, Problem, RetryPolicy, Rollback } from "./plan.ts";
import type { CallSource, StepSource } from "./plan-source.ts";
import { accept, refuse } from "./result.ts";
import type { Result } from "./result.ts";
import { fillKnown, hasExpressions } from "./template.ts";
import { pathText } from "./zod-problems.ts";

const ONE_TRY: RetryPolicy = {
  maxAttempts: 1,
  backoff: "fixed",
  baseDelayMs: 0,
  maxDelayMs: 0,
  jitter: false,
  on: [],
};
const LATER: ReadonlySet<string> = new Set(["steps", "run", "result"]);

export type StepContext = {
  readonly registry: Registry;
  readonly onFailure: OnFailure;
  readonly runTimeMs: number;
};

/** A call whose operation exists; `input` is parsed unless expressions are left in it. */
type CompiledCall = {
  readonly call: Call;
  readonly operation: AnyOperation;
  readonly input: { readonly parsed: unknown } | null;
};

/** The step without its stage, or all that is wrong with it. */
export function compileStep(
  draft: DraftStep,
  context: StepContext,
): Result<Omit<PlanStep, "stage">, readonly Problem[]> {
  const { source } = draft;
  const problems: Problem[] = [];
  const forward = compileCall(source, draft.path, draft, context);
  if (!forward.ok) problems.push(...forward.refusal);
  const when =
    source.when === undefined ? accept(null) : written(source.when, `${draft.path}.when`, draft);
  if (!when.ok) problems.push(when.refusal);
  const check: string[] = [];
  source.check.forEach((text, index) => {
    const condition = written(text, `${draft.path}.check[${index}]`, draft);
    if (condition.ok) check.push(condition.value);
    else problems.push(condition.refusal);
  });
  const rollback = compileRollback(draft, forward.ok ? forward.value : null, context);
  if (!rollback.ok) problems.push(...rollback.refusal);
  if (problems.length > 0 || !forward.ok || !when.ok || !rollback.ok) return refuse(problems);
  const { call, operation, input } = forward.value;
  return accept({
    ...call,
    id: draft.id,
    needs: draft.needs,
    after: [],
    stageName: null,
    groups: [],
    loop: null,
    scope: "",
    guards: [],
    checksBefore: [],
    checksAfter: [],
    inquiry: null,
    approval: null,
    preconditions: [],
    when: when.value,
    check,
    retry: retryOf(source),
    deadlineMs: source.deadline === undefined ? null : Math.min(source.deadline, context.runTimeMs),
    onFailure: source.on_failure ?? context.onFailure,
    rollback: rollback.value,
    locks: input === null ? [] : operation.locks(input.parsed),
    deferred: input === null,
  });
}

function compileCall(
  source: CallSource,
  path: string,
  draft: DraftStep,
  context: StepContext,
): Result<CompiledCall, readonly Problem[]> {
  const operation = context.registry.get(source.uses);
  if (operation === undefined)
    return refuse([unknownOperation(source.uses, `${path}.uses`, context.registry)]);
  const filled = fillKnown<JsonObject>(source.with, {
    scope: draft.scope,
    later: LATER,
    literals: draft.literals,
  });
  if (!filled.ok) {
    return refuse(
      filled.refusal.map((mistake) => ({
        path: pathText([`${path}.with`, ...mistake.path]),
        found: "an expression that cannot be filled in",
        expected: `a value, but ${mistake.sentence}`,
      })),
    );
  }
  const timeoutMs = Math.min(source.timeout ?? operation.defaultTimeoutMs, context.runTimeMs);
  const shared = {
    uses: source.uses,
    with: filled.value,
    profile: source.profile ?? null,
    timeoutMs,
  };
  const at = [`${path}.with`];
  if (hasExpressions(filled.value)) {
    const problems = checkDeferredInput(operation, filled.value, at);
    if (problems.length > 0) return refuse(problems);
    // What will be filled in is not known yet, so the worst the operation can do is what gets approved.
    const call = { ...shared, summary: operation.summary, risk: operation.worstRisk };
    return accept({ call, operation, input: null });
  }
  const checked = checkInput(operation, filled.value, at);
  if (!checked.ok) return refuse(checked.problems);
  const { parsed } = checked;
  const call = { ...shared, summary: operation.describe(parsed), risk: operation.risk(parsed) };
  return accept({ call, operation, input: { parsed } });
}

function compileRollback(
  draft: DraftStep,
  forward: CompiledCall | null,
  context: StepContext,
): Result<Rollback, readonly Problem[]> {
  const listed = draft.source.rollback;
  if (listed !== undefined) {
    const compiled = listed.map((call, index) =>
      compileCall(call, `${draft.path}.rollback[${index}]`, draft, context),
    );
    const problems = compiled.flatMap((call) => (call.ok ? [] : call.refusal));
    if (problems.length > 0) return refuse(problems);
    const calls = compiled.flatMap((call) => (call.ok ? [call.value.call] : []));
    return accept(calls.length === 0 ? { kind: "not-needed" } : { kind: "commands", calls });
  }
  if (forward?.operation.undo === undefined) return accept({ kind: "none" });
  if (forward.input === null) {
    return accept({
      kind: "captured",
      summary: "Put back what the step changed, as far as it can be told.",
    });
  }
  const summary = forward.operation.describeUndo(forward.input.parsed);
  return accept(summary === null ? { kind: "none" } : { kind: "captured", summary });
}

/** A condition with this item's values written into it. */
function written(source: string, path: string, draft: DraftStep): Result<string, Problem> {
  const parsed = parseExpression(source);
  if (!parsed.ok)
    return refuse({ path, found: source, expected: `an expression, but ${parsed.refusal}` });
  const text = withLiterals(parsed.value, draft.literals);
  if (text !== null) return accept(text);
  return refuse({
    path,
    found: source,
    expected: "an expression in which item and index stand alone",
  });
}

function retryOf({ retry }: StepSource): RetryPolicy {
  if (retry === undefined) return ONE_TRY;
  return {
    maxAttempts: retry.max_attempts,
    backoff: retry.backoff,
    baseDelayMs: retry.base_delay,
    maxDelayMs: Math.max(retry.max_delay, retry.base_delay),
    jitter: retry.jitter,
    on: retry.on,
  };
}

/** The problem of a name that no operation has. */
export function unknownOperation(found: string, path: string, registry: Registry): Problem {
  const names = registry.list().map(({ name }) => name);
  const nearest = nearestName(found, names);
  return {
    path,
    found: `unknown operation ${found}`,
    expected:
      names.length === 0 ? "an operation, but none is switched on" : `one of ${names.join(", ")}`,
    ...(nearest !== null && { nearest }),
  };
}

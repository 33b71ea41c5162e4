// The state of the world that a step expects, as its author writes it down: read before the step, and compared.

import { knownValue, unknownOperation } from "./compile-call.ts";
import type { StepContext } from "./compile-call.ts";
import type { DraftStep } from "./expand-steps.ts";
import type { ExpectationSource } from "./gate-source.ts";
import type { JsonObject } from "./json.ts";
import { namedSecretProblems } from "./named-secret.ts";
import { checkInput } from "./operation-input.ts";
import type { Precondition, Problem } from "./plan.ts";
import { accept, refuse } from "./result.ts";
import type { Result } from "./result.ts";

export function compilePreconditions(
  draft: DraftStep,
  context: StepContext,
): Result<readonly Precondition[], readonly Problem[]> {
  const problems: Problem[] = [];
  const preconditions = draft.source.expect.flatMap((source, index) => {
    const path = `${draft.path}.expect[${index}]`;
    const compiled = compileOne(source, path, draft, context);
    if (compiled.ok) return [compiled.value];
    problems.push(...compiled.refusal);
    return [];
  });
  return problems.length > 0 ? refuse(problems) : accept(preconditions);
}

function compileOne(
  source: ExpectationSource,
  path: string,
  draft: DraftStep,
  { registry, policy, environment }: StepContext,
): Result<Precondition, readonly Problem[]> {
  const operation = registry.get(source.uses);
  if (operation === undefined)
    return refuse([unknownOperation(source.uses, `${path}.uses`, registry)]);
  if (operation.capture === undefined) {
    const able = registry.list().flatMap(({ name, capture }) => (capture ? [name] : []));
    const expected = `an operation that can read a state: ${able.join(", ") || "none can"}`;
    return refuse([{ path: `${path}.uses`, found: source.uses, expected }]);
  }
  const why = "what a step was planned for is part of what gets approved";
  const input = knownValue<JsonObject>(source.with, `${path}.with`, draft, why);
  const state = knownValue<JsonObject>(source.state, `${path}.state`, draft, why);
  if (!input.ok || !state.ok)
    return refuse([...(input.ok ? [] : input.refusal), ...(state.ok ? [] : state.refusal)]);
  const at = {
    path: `${path}.with`,
    operation: operation.name,
    environment: environment?.name ?? null,
  };
  const misused = namedSecretProblems(input.value, at, policy);
  if (misused.length > 0) return refuse(misused);
  const checked = checkInput(operation, input.value, [`${path}.with`]);
  if (!checked.ok) return refuse(checked.problems);
  const { uses, profile = null } = source;
  return accept({ uses, with: input.value, profile, captured: state.value });
}

// From a request to a plan: parse, fill in expressions, expand `for_each`, look operations up, rate the risk.
// Pure: answers a plan or every mistake in it.

import type { JsonObject } from "./json.ts";
import type { Registry } from "./operation.ts";
import type { Playbook } from "./playbook.ts";
import type { Plan, Problem } from "./plan.ts";
import type { Policy } from "./policy.ts";
import type { Result } from "./result.ts";

export type PlanRequest =
  /** A whole plan; `value` is the parsed YAML or JSON of `text`. */
  | { readonly kind: "source"; readonly value: unknown; readonly text: string }
  /** Argument values from `key=value` are strings or lists of strings; they become what the input's type says. */
  | { readonly kind: "playbook"; readonly name: string; readonly arguments: JsonObject }
  /** `environment` and `profile` are taken out of the arguments unless the operation's input has such keys. */
  | { readonly kind: "operation"; readonly name: string; readonly arguments: JsonObject };

export type CompileContext = {
  readonly policy: Policy;
  readonly registry: Registry;
  readonly playbooks: readonly Playbook[];
};

export type CompiledPlan = { readonly plan: Plan; readonly sourceText: string };

/** The plan, or all of its problems at once. */
export function compilePlan(
  request: PlanRequest,
  context: CompileContext,
): Result<CompiledPlan, readonly Problem[]> {
  throw new Error(`compile ${request.kind} ${context.policy.version}`);
}

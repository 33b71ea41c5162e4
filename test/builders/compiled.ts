// Compiles plans for tests of the plan language, against toy operations.

import { compilePlan } from "#engine/compile-plan.ts";
import type { CompileContext, PlanRequest } from "#engine/compile-plan.ts";
import type { Plan, PlanStep, Problem } from "#engine/plan.ts";
import { aPolicy } from "./a-policy.ts";
import { languageRegistry } from "./toy-operations.ts";

export type Changes = Partial<CompileContext>;
type Source = Readonly<Record<string, unknown>>;

function contextOf(changes: Changes): CompileContext {
  return { policy: aPolicy(), registry: languageRegistry(), playbooks: [], ...changes };
}

function requestOf(source: Source): PlanRequest {
  return { kind: "source", value: { title: "A plan", ...source }, text: "" };
}

/** The plan; a mistake in it is a failed test. */
export function planOf(source: Source, changes: Changes = {}): Plan {
  const compiled = compilePlan(requestOf(source), contextOf(changes));
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.refusal, null, 1));
  return compiled.value.plan;
}

/** The only step of a plan of one step. */
export function stepOf(step: Source, changes: Changes = {}): PlanStep {
  const [only] = planOf({ steps: [{ id: "s", ...step }] }, changes).steps;
  if (only === undefined) throw new Error("the plan has no step");
  return only;
}

export function problemsOf(source: Source, changes: Changes = {}): readonly Problem[] {
  const compiled = compilePlan(requestOf(source), contextOf(changes));
  return compiled.ok ? [] : compiled.refusal;
}

/** What is wrong with a plan of one step: path within the step, found, expected, nearest. */
export function stepProblems(step: Source, changes: Changes = {}): readonly Problem[] {
  const found = problemsOf({ steps: [{ id: "s", ...step }] }, changes);
  return found.map((problem) => ({ ...problem, path: problem.path.replace(/^steps\[0\]\./, "") }));
}

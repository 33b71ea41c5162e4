// `for_each` steps become one step for each item, batches wait for each other, and `needs` on such a step
// means all of its items. Every expanded step knows the names its expressions may use.

import { evaluate } from "./expression.ts";
import type { Scope } from "./expression.ts";
import type { Json, JsonObject } from "./json.ts";
import type { Problem } from "./plan.ts";
import type { PlanSource, StepSource } from "./plan-source.ts";
import { accept, refuse } from "./result.ts";
import type { Result } from "./result.ts";
import { fillTemplates } from "./template.ts";

/** Edges after expansion: two `for_each` steps that need each other multiply. */
const MAX_EDGES = 100_000;

/** One step of the plan to be, not yet compiled. */
export type DraftStep = {
  readonly id: string;
  readonly needs: readonly string[];
  readonly stage: number | undefined;
  readonly path: string;
  readonly source: StepSource;
  /** Values known at filing. */
  readonly scope: Scope;
  /** `item` and `index`, which are gone when the step runs. */
  readonly literals: Scope;
};

/** The steps in plan order, or what stands in the way. */
export function expandSteps(
  source: PlanSource,
  inputs: JsonObject,
  stepsAllowed: number,
): Result<readonly DraftStep[], readonly Problem[]> {
  const problems: Problem[] = [];
  const items = new Map<string, readonly Json[]>();
  source.steps.forEach((step, index) => {
    const listed = itemsOf(step, inputs, `steps[${index}]`);
    if (!listed.ok) problems.push(listed.refusal);
    else if (listed.value !== null) items.set(step.id, listed.value);
  });
  const total = source.steps.reduce((sum, step) => sum + (items.get(step.id)?.length ?? 1), 0);
  if (total > stepsAllowed) {
    problems.push({
      path: "steps",
      found: `${total} steps`,
      expected: `at most ${stepsAllowed} steps`,
    });
  }
  if (problems.length > 0) return refuse(problems);
  const drafts = source.steps.flatMap((step, index) =>
    draftsOf(step, `steps[${index}]`, inputs, items),
  );
  const edges = drafts.reduce((sum, { needs }) => sum + needs.length, 0);
  if (edges > MAX_EDGES) {
    return refuse([
      {
        path: "steps",
        found: `${edges} dependencies between steps`,
        expected: `at most ${MAX_EDGES}; put a step between the lists that need each other`,
      },
    ]);
  }
  return accept(drafts);
}

function itemsOf(
  step: StepSource,
  inputs: JsonObject,
  path: string,
): Result<readonly Json[] | null, Problem> {
  if (step.for_each === undefined) {
    if (step.batch === undefined) return accept(null);
    return refuse({
      path: `${path}.batch`,
      found: "batch",
      expected: "batch only beside for_each",
    });
  }
  if (typeof step.for_each !== "string") return writtenItems(step.for_each, inputs, path);
  const expected = "a list, or ${{ an expression over inputs }} that yields one";
  const inner = /^\s*\$\{\{([\s\S]*)\}\}\s*$/.exec(step.for_each)?.[1];
  if (inner === undefined)
    return refuse({ path: `${path}.for_each`, found: step.for_each, expected });
  const value = evaluate(inner.trim(), { inputs });
  if (!value.ok) {
    return refuse({
      path: `${path}.for_each`,
      found: value.refusal,
      expected: `${expected}; it is filled in when the plan is filed, so steps cannot be used`,
    });
  }
  if (!Array.isArray(value.value)) {
    return refuse({
      path: `${path}.for_each`,
      found: JSON.stringify(value.value).slice(0, 60),
      expected,
    });
  }
  return value.value.length === 0 ? refuse(noItems(path)) : accept(value.value);
}

function writtenItems(
  items: readonly Json[],
  inputs: JsonObject,
  path: string,
): Result<readonly Json[], Problem> {
  const filled = fillTemplates(items, { inputs });
  if (!filled.ok) {
    const found = filled.refusal[0]?.sentence ?? "an expression";
    return refuse({ path: `${path}.for_each`, found, expected: "expressions over inputs only" });
  }
  return items.length === 0 ? refuse(noItems(path)) : accept(filled.value);
}

/** A plan whose step silently vanishes would be approved as something it is not. */
function noItems(path: string): Problem {
  return { path: `${path}.for_each`, found: "an empty list", expected: "at least one item" };
}

function draftsOf(
  source: StepSource,
  path: string,
  inputs: JsonObject,
  items: ReadonlyMap<string, readonly Json[]>,
): readonly DraftStep[] {
  const needs = [...new Set(source.needs)].flatMap((need) => idsOf(need, items));
  const own = items.get(source.id);
  const { stage } = source;
  if (own === undefined) {
    return [{ id: source.id, needs, stage, path, source, scope: { inputs }, literals: {} }];
  }
  const batch = source.batch ?? own.length;
  return own.map((item, index) => {
    const batchStart = index - (index % batch);
    const earlier = Array.from({ length: Math.min(batch, batchStart) }, (_, back) =>
      itemId(source.id, batchStart - 1 - back),
    ).toReversed();
    const literals = { item, index };
    return {
      id: itemId(source.id, index),
      needs: [...needs, ...earlier],
      // Batches of a given stage can't share it: they follow each other by level instead.
      stage: batchStart === 0 ? stage : undefined,
      path,
      source,
      scope: { inputs, ...literals },
      literals,
    };
  });
}

function idsOf(id: string, items: ReadonlyMap<string, readonly Json[]>): readonly string[] {
  const own = items.get(id);
  return own === undefined ? [id] : own.map((_, index) => itemId(id, index));
}

function itemId(id: string, index: number): string {
  return `${id}[${index}]`;
}

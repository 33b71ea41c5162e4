// The items of a `for_each` step, and the order in which they run: canaries first, then batch after batch.

import { evaluate } from "./expression.ts";
import type { Scope } from "./expression.ts";
import type { Json } from "./json.ts";
import type { LoopPlace, Problem } from "./plan.ts";
import type { StepSource } from "./plan-source.ts";
import { accept, refuse } from "./result.ts";
import type { Result } from "./result.ts";
import { fillTemplates } from "./template.ts";

const BESIDE_FOR_EACH = ["batch", "canary", "max_failures"] as const;

/** Null: the step is no loop. */
export function itemsOf(
  step: StepSource,
  scope: Scope,
  path: string,
): Result<readonly Json[] | null, Problem> {
  if (step.for_each === undefined) {
    const alone = BESIDE_FOR_EACH.find((key) => step[key] !== undefined);
    if (alone === undefined) return accept(null);
    const expected = `${alone} only beside for_each`;
    return refuse({ path: `${path}.${alone}`, found: alone, expected });
  }
  const items =
    typeof step.for_each === "string"
      ? computedItems(step.for_each, scope, path)
      : writtenItems(step.for_each, scope, path);
  if (!items.ok) return items;
  return tooMany(step, items.value.length, path) ?? items;
}

function computedItems(
  source: string,
  scope: Scope,
  path: string,
): Result<readonly Json[], Problem> {
  const at = `${path}.for_each`;
  const expected = "a list, or ${{ an expression over inputs, vars and env }} that yields one";
  const inner = /^\s*\$\{\{([\s\S]*)\}\}\s*$/.exec(source)?.[1];
  if (inner === undefined) return refuse({ path: at, found: source, expected });
  const value = evaluate(inner.trim(), scope);
  if (!value.ok) {
    const why = "it is filled in when the plan is filed, so steps cannot be used";
    return refuse({ path: at, found: value.refusal, expected: `${expected}; ${why}` });
  }
  if (!Array.isArray(value.value))
    return refuse({ path: at, found: JSON.stringify(value.value).slice(0, 60), expected });
  return value.value.length === 0 ? refuse(noItems(at)) : accept(value.value);
}

function writtenItems(
  items: readonly Json[],
  scope: Scope,
  path: string,
): Result<readonly Json[], Problem> {
  const at = `${path}.for_each`;
  const filled = fillTemplates(items, scope);
  if (!filled.ok) {
    const found = filled.refusal[0]?.sentence ?? "an expression";
    const expected = "expressions over inputs, vars and env only";
    return refuse({ path: at, found, expected });
  }
  return items.length === 0 ? refuse(noItems(at)) : accept(filled.value);
}

/** A plan whose step silently vanishes would be approved as something it is not. */
function noItems(path: string): Problem {
  return { path, found: "an empty list", expected: "at least one item" };
}

/** More canaries or tolerated failures than there are items would mean something else than it says. */
function tooMany(
  { canary, max_failures: failures }: StepSource,
  count: number,
  path: string,
): Result<never, Problem> | null {
  const items = `${count} ${count === 1 ? "item" : "items"}`;
  if (canary !== undefined && canary >= count && count > 1) {
    const expected = `fewer canaries than there are items (${items})`;
    return refuse({ path: `${path}.canary`, found: String(canary), expected });
  }
  if (failures !== undefined && failures >= count && failures > 0) {
    const expected = `fewer failures than there are items (${items})`;
    return refuse({ path: `${path}.max_failures`, found: String(failures), expected });
  }
  return null;
}

/** Where an item stands in its loop, and the places of the items before it. */
export type ItemPlace = {
  readonly loop: LoopPlace;
  /** Places of items that must have succeeded before. */
  readonly needs: readonly number[];
  /** Places of items that must have ended before. */
  readonly after: readonly number[];
};

export function itemPlaces(step: StepSource, count: number): readonly ItemPlace[] {
  const canaries = count > 1 ? (step.canary ?? 0) : 0;
  const size = step.batch ?? count;
  const canaryPlaces = range(0, canaries);
  return Array.from({ length: count }, (_, index) => {
    const loop = {
      id: step.id,
      index,
      canary: index < canaries,
      maxFailures: step.max_failures ?? 0,
    };
    if (index < canaries) return { loop, needs: [], after: [] };
    const batchStart = index - ((index - canaries) % size);
    const before = range(Math.max(canaries, batchStart - size), batchStart);
    return { loop, needs: canaryPlaces, after: before };
  });
}

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index);
}

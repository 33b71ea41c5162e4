// The order of steps from what they need: names resolved, cycles found, stages counted. Linear in steps and
// edges. Knows nothing of what a step does.

import { nearestName } from "./nearest-name.ts";
import type { Mode, Problem } from "./plan.ts";
import { accept, refuse } from "./result.ts";
import type { Result } from "./result.ts";

export type GraphStep = {
  readonly id: string;
  readonly needs: readonly string[];
  /** Steps that must have ended before, whatever came of them. */
  readonly after?: readonly string[];
  /** The stage its author gave it, if any. */
  readonly stage?: number | undefined;
  /** Where it stands in the source, e.g. `steps[2]`. */
  readonly path: string;
};

/** Steps as written, for what needs alone can tell: names, circles, and who waits for whom. */
export function graphOf(
  steps: readonly { readonly id: string; readonly needs: readonly string[] }[],
): readonly GraphStep[] {
  return steps.map(({ id, needs }, index) => ({ id, needs, path: `steps[${index}]` }));
}

/** Problems of names: ids used twice, needs that name no step or the step itself, and cycles. */
export function graphProblems(steps: readonly GraphStep[]): readonly Problem[] {
  const problems: Problem[] = [];
  const byId = new Map<string, GraphStep>();
  for (const step of steps) {
    const earlier = byId.get(step.id);
    if (earlier !== undefined) {
      problems.push({
        path: `${step.path}.id`,
        found: `${step.id}, which ${earlier.path} has already`,
        expected: "an id of its own",
      });
    }
    byId.set(step.id, step);
  }
  for (const step of steps) {
    step.needs.forEach((need, index) => {
      if (byId.has(need)) return;
      const nearest = nearestName(need, byId.keys());
      problems.push({
        path: `${step.path}.needs[${index}]`,
        found: need,
        expected: "the id of a step of this plan",
        ...(nearest !== null && { nearest }),
      });
    });
  }
  if (problems.length > 0) return problems;
  const cycle = findCycle(steps, byId);
  if (cycle === null) return [];
  return [
    {
      path: `${cycle[0]?.path ?? "steps"}.needs`,
      found: `steps that need each other: ${cycle.map(({ id }) => id).join(" -> ")}`,
      expected: "needs without a circle",
    },
  ];
}

/**
 * The 0-based stage of each step, in the order given. Every need must name a step and there must be no cycle
 * (see {@link graphProblems}).
 */
export function stagesOf(
  steps: readonly GraphStep[],
  mode: Mode,
): Result<readonly number[], readonly Problem[]> {
  if (mode === "sequential") return sequentialStages(steps);
  if (mode === "stages" && steps.some(({ stage }) => stage !== undefined))
    return givenStages(steps);
  const levels = levelsOf(steps);
  return accept(steps.map(({ id }) => levels.get(id) ?? 0));
}

/** Each step its own stage, in the order written, which must agree with `needs`. */
function sequentialStages(
  steps: readonly GraphStep[],
): Result<readonly number[], readonly Problem[]> {
  const place = new Map(steps.map(({ id }, index) => [id, index]));
  const problems = steps.flatMap((step, index) =>
    step.needs
      .filter((need) => (place.get(need) ?? 0) > index)
      .map((need) => ({
        path: `${step.path}.needs`,
        found: `${need}, which comes later`,
        expected: "only earlier steps in mode sequential",
      })),
  );
  return problems.length > 0 ? refuse(problems) : accept(steps.map((_, index) => index));
}

/** Stages as their author gave them, the others by level; a need must be in an earlier stage. */
function givenStages(steps: readonly GraphStep[]): Result<readonly number[], readonly Problem[]> {
  const stages = levelsOf(steps, (step) => step.stage);
  const problems = steps.flatMap((step) => {
    const own = stages.get(step.id) ?? 0;
    return step.needs
      .filter((need) => (stages.get(need) ?? 0) >= own)
      .map((need) => ({
        path: `${step.path}.stage`,
        found: `stage ${own}, while ${need}, which it needs, is in stage ${stages.get(need) ?? 0}`,
        expected: "a later stage than every step it needs",
      }));
  });
  if (problems.length > 0) return refuse(problems);
  const used = [...new Set(stages.values())].toSorted((a, b) => a - b);
  const dense = new Map(used.map((stage, index) => [stage, index]));
  return accept(steps.map(({ id }) => dense.get(stages.get(id) ?? 0) ?? 0));
}

/** The steps so that every need stands before the step that has it. */
export function inOrder<S extends GraphStep>(steps: readonly S[]): readonly S[] {
  const byId = new Map(steps.map((step) => [step.id, step]));
  return [...levelsOf(steps).keys()].flatMap((id) => byId.get(id) ?? []);
}

/** Whatever must have ended before the step. */
function beforeOf({ needs, after }: GraphStep): readonly string[] {
  return after === undefined || after.length === 0 ? needs : [...needs, ...after];
}

/** Kahn's algorithm: a step's level is one more than the highest of those it needs. */
function levelsOf(
  steps: readonly GraphStep[],
  given: (step: GraphStep) => number | undefined = () => undefined,
): ReadonlyMap<string, number> {
  const byId = new Map(steps.map((step) => [step.id, step]));
  const waiting = new Map(steps.map((step) => [step.id, new Set(beforeOf(step)).size]));
  const dependents = dependentsOf(steps);
  const levels = new Map<string, number>();
  const ready = steps.filter((step) => beforeOf(step).length === 0);
  for (const step of ready) {
    // Every need has a level by now, since a step is ready only after all of them.
    const after = beforeOf(step).reduce(
      (level, need) => Math.max(level, (levels.get(need) ?? 0) + 1),
      0,
    );
    levels.set(step.id, given(step) ?? after);
    for (const dependent of dependents.get(step.id) ?? []) {
      const left = (waiting.get(dependent) ?? 1) - 1;
      waiting.set(dependent, left);
      const next = byId.get(dependent);
      if (left === 0 && next !== undefined) ready.push(next);
    }
  }
  return levels;
}

function dependentsOf(steps: readonly GraphStep[]): ReadonlyMap<string, readonly string[]> {
  const dependents = new Map<string, string[]>();
  for (const step of steps) {
    for (const need of new Set(beforeOf(step))) {
      const known = dependents.get(need);
      if (known === undefined) dependents.set(need, [step.id]);
      else known.push(step.id);
    }
  }
  return dependents;
}

/** One circle, its first step repeated at the end, or null. Without recursion: chains may be thousands long. */
function findCycle(
  steps: readonly GraphStep[],
  byId: ReadonlyMap<string, GraphStep>,
): readonly GraphStep[] | null {
  const done = new Set<string>();
  for (const start of steps) {
    const path: { step: GraphStep; next: number }[] = [];
    const onPath = new Set<string>();
    const enter = (step: GraphStep): void => {
      path.push({ step, next: 0 });
      onPath.add(step.id);
    };
    if (!done.has(start.id)) enter(start);
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const need = top.step.needs[top.next];
      top.next += 1;
      if (need === undefined) {
        done.add(top.step.id);
        onPath.delete(top.step.id);
        path.pop();
        continue;
      }
      const needed = byId.get(need);
      if (needed === undefined || done.has(need)) continue;
      if (onPath.has(need)) {
        const from = path.findIndex(({ step }) => step.id === need);
        return [...path.slice(from).map(({ step }) => step), needed];
      }
      enter(needed);
    }
  }
  return null;
}

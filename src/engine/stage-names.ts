// Stages that their author named: `stage: rollout`, or a `parallel_group`. A name is a stage of its own, in the order
// in which the names first appear. Numbers and names can't stand beside each other.

import type { Problem } from "./plan.ts";
import type { PlanSource } from "./plan-source.ts";
import { accept, refuse } from "./result.ts";
import type { Result } from "./result.ts";
import { stagesOf } from "./step-graph.ts";

export type StagePlace = { readonly stage: number | undefined; readonly stageName: string | null };

/** The stage of each step as written, in their order; undefined: it follows from what the step needs. */
export function stagePlaces(
  source: Pick<PlanSource, "mode" | "steps">,
): Result<readonly StagePlace[], readonly Problem[]> {
  if (source.mode !== "stages")
    return accept(source.steps.map(() => ({ stage: undefined, stageName: null })));
  const given = source.steps.map((step) => step.stage ?? step.parallel_group);
  const names = [...new Set(given.filter((stage) => typeof stage === "string"))];
  const numbered = given.findIndex((stage) => typeof stage === "number");
  if (names.length > 0 && numbered !== -1) {
    return refuse([
      {
        path: `steps[${numbered}].stage`,
        found: `the stage ${String(given[numbered])}, beside the named stage ${names[0] ?? ""}`,
        expected: "stages that all have a name, or all a number",
      },
    ]);
  }
  return accept(
    given.map((stage) =>
      typeof stage === "string"
        ? { stage: names.indexOf(stage), stageName: stage }
        : { stage, stageName: null },
    ),
  );
}

/**
 * The 0-based stage of each step as written, in their order.
 * @param before what the paths of its problems begin with.
 */
export function writtenStages(
  source: Pick<PlanSource, "mode" | "steps">,
  before: string,
): Result<readonly number[], readonly Problem[]> {
  const places = stagePlaces(source);
  if (!places.ok) return places;
  const graph = source.steps.map(({ id, needs }, index) => ({
    id,
    needs,
    stage: places.value[index]?.stage,
    path: `${before}steps[${index}]`,
  }));
  return stagesOf(graph, source.mode);
}

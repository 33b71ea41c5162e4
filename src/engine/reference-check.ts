// The names a plan's expressions use, checked before anything runs: inputs that exist, steps that exist and are
// waited for. Without it a typo would fail a run halfway.

import { unknownRoot } from "./expression.ts";
import { parseExpression } from "./expression-syntax.ts";
import type { JsonObject } from "./json.ts";
import { nearestName } from "./nearest-name.ts";
import type { Problem } from "./plan.ts";
import type { PlanSource, StepSource } from "./plan-source.ts";
import { waitingOf } from "./step-graph.ts";
import { expressionsIn } from "./template.ts";
import { pathText } from "./zod-problems.ts";

type Place = {
  readonly path: string;
  readonly source: string;
  readonly names: readonly string[];
  /** The step has run when this is evaluated, so it may name itself. */
  readonly afterwards: boolean;
};

type Known = {
  readonly stepIds: ReadonlySet<string>;
  readonly waitsFor: (stepId: string, otherId: string) => boolean;
  readonly inputs: readonly string[];
};

/** Every mistake in the names of a plan's expressions. */
export function referenceProblems(source: PlanSource): readonly Problem[] {
  const known: Known = {
    stepIds: new Set(source.steps.map(({ id }) => id)),
    waitsFor: waitingOf(
      source.steps.map((step, index) => ({
        id: step.id,
        needs: needsOf(source, step, index),
        path: `steps[${index}]`,
      })),
    ),
    inputs: Object.keys(source.inputs),
  };
  return source.steps.flatMap((step, index) => {
    const { places, problems } = placesOf(step, index);
    return [...problems, ...places.flatMap((place) => problemsOf(place, step.id, known))];
  });
}

/** In sequential mode every step waits for the one before it. */
function needsOf(source: PlanSource, step: StepSource, index: number): readonly string[] {
  const before = source.steps[index - 1];
  return source.mode === "sequential" && before !== undefined
    ? [...step.needs, before.id]
    : step.needs;
}

function placesOf(
  step: StepSource,
  index: number,
): { places: readonly Place[]; problems: readonly Problem[] } {
  const names = [
    "inputs",
    "steps",
    "run",
    ...(step.for_each === undefined ? [] : ["item", "index"]),
  ];
  const after = [...names, "result"];
  const places: Place[] = [];
  const problems: Problem[] = [];
  const inside = (value: JsonObject, at: readonly PropertyKey[], afterwards: boolean): void => {
    const found = expressionsIn(value);
    if (!found.ok) {
      for (const { path, sentence } of found.refusal) {
        problems.push({
          path: pathText([...at, ...path]),
          found: sentence,
          expected: "${{ expression }}",
        });
      }
      return;
    }
    for (const { path, source } of found.value) {
      places.push({
        path: pathText([...at, ...path]),
        source,
        names: afterwards ? after : names,
        afterwards,
      });
    }
  };
  inside(step.with, ["steps", index, "with"], false);
  step.rollback?.forEach((call, nth) =>
    inside(call.with, ["steps", index, "rollback", nth, "with"], true),
  );
  if (step.when !== undefined) {
    places.push({ path: `steps[${index}].when`, source: step.when, names, afterwards: false });
  }
  step.check.forEach((source, nth) => {
    places.push({ path: `steps[${index}].check[${nth}]`, source, names: after, afterwards: true });
  });
  return { places, problems };
}

function problemsOf(place: Place, stepId: string, known: Known): readonly Problem[] {
  const { path, source } = place;
  const parsed = parseExpression(source);
  if (!parsed.ok)
    return [{ path, found: source, expected: `an expression, but ${parsed.refusal}` }];
  const used = parsed.value.references;
  const root = unknownRoot(used, place.names);
  if (root !== null) return [{ path, found: source, expected: `known names, but ${root}` }];
  const problems: Problem[] = [];
  if (used.whole.has("steps")) {
    problems.push({ path, found: source, expected: "a step by its id, as in steps.<id>.result" });
  }
  for (const input of used.inputs) {
    if (!known.inputs.includes(input))
      problems.push(unknownName(path, `inputs.${input}`, input, known.inputs));
  }
  for (const id of used.steps) {
    if (!known.stepIds.has(id)) {
      problems.push(unknownName(path, `steps.${id}`, id, known.stepIds));
    } else if (!(place.afterwards && id === stepId) && !known.waitsFor(stepId, id)) {
      problems.push({
        path,
        found: `steps.${id}, which ${stepId} does not wait for`,
        expected: `needs: [${id}] on ${stepId}`,
      });
    }
  }
  return problems;
}

function unknownName(path: string, found: string, name: string, names: Iterable<string>): Problem {
  const known = [...names];
  const nearest = nearestName(name, known);
  const expected =
    known.length === 0
      ? "no such name: none are defined"
      : `one of ${known.slice(0, 20).join(", ")}`;
  return { path, found, expected, ...(nearest !== null && { nearest }) };
}

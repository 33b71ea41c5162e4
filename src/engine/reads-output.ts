// Whether an expression of a plan may read what a step wrote: only then is the end of it recorded with the step's
// outcome.

import { parseExpression } from "./expression-syntax.ts";
import type { Chain } from "./expression-syntax.ts";
import type { JsonObject } from "./json.ts";
import type { Plan, PlanStep } from "./plan.ts";
import { expressionsIn } from "./template.ts";

/** True also where that can't be told, as for a step that is handed on as a whole. */
export function readsOutput(plan: Pick<Plan, "steps">): boolean {
  return plan.steps.some(
    (step) => conditionsOf(step).some(mayRead) || inputsOf(step).some(mayReadInside),
  );
}

function conditionsOf({ guards, when, check }: PlanStep): readonly string[] {
  return [...guards.map(({ source }) => source), ...(when === null ? [] : [when]), ...check];
}

function inputsOf(step: PlanStep): readonly JsonObject[] {
  const { rollback, checksBefore, checksAfter } = step;
  const calls = rollback.kind === "commands" ? rollback.calls : [];
  return [step, ...checksBefore, ...checksAfter, ...calls].map((call) => call.with);
}

function mayReadInside(input: JsonObject): boolean {
  const found = expressionsIn(input);
  return !found.ok || found.value.some(({ source }) => mayRead(source));
}

function mayRead(source: string): boolean {
  const parsed = parseExpression(source);
  if (!parsed.ok) return true;
  const { chains, whole } = parsed.value.references;
  return whole.has("steps") || chains.some(reachesOutput);
}

/** `steps.x.output`, or all of `steps.x`. */
function reachesOutput({ root, members }: Chain): boolean {
  if (root !== "steps") return false;
  const [, member] = members.filter((one) => typeof one === "string");
  return member === undefined || member === "output";
}

// The step of a plan that somebody names, or the nearest name there is.

import { nearestName } from "./nearest-name.ts";
import type { Plan, PlanStep } from "./plan.ts";
import type { Refusal } from "./refusal.ts";
import { accept, refuse } from "./result.ts";
import type { Result } from "./result.ts";

export function stepNamed({ steps }: Plan, found: string): Result<PlanStep, Refusal> {
  const step = steps.find(({ id }) => id === found);
  if (step !== undefined) return accept(step);
  const known = steps.map(({ id }) => id);
  return refuse({ code: "step-not-found", found, nearest: nearestName(found, known), known });
}

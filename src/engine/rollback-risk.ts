// What taking a step back may do at worst: approved with the step, so it counts in the step's and the plan's risk.

import type { PlanStep, Rollback } from "./plan.ts";
import { higherRisk, highestRisk } from "./risk.ts";
import type { Risk } from "./risk.ts";

function rollbackRisk(rollback: Rollback): Risk {
  switch (rollback.kind) {
    case "none":
    case "not-needed":
      return "read-only";
    case "captured":
      return rollback.risk;
    case "commands":
      return highestRisk(rollback.calls.map((call) => call.risk));
  }
}

/** The worst of the step itself and of taking it back. */
export function riskWithRollback({ risk, rollback }: Pick<PlanStep, "risk" | "rollback">): Risk {
  return higherRisk(risk, rollbackRisk(rollback));
}

// What is risky about a plan, as a set: an edit that only takes away from it, or changes what is no risk, adds none.

import { canonicalJson } from "./canonical-json.ts";
import type { Call, Plan, PlanStep } from "./plan.ts";
import { RISKS } from "./risk.ts";

/**
 * True when the second plan has a risk item that the first has not: another acting call (operation, its whole
 * input and credentials), on the way or on the way back; a higher risk; another environment; or a step whose
 * approval, checks, conditions or failure handling guard it less or otherwise.
 */
export function addsRisk(before: Plan, after: Plan): boolean {
  if (before.environment !== after.environment) return true;
  if (RISKS.indexOf(after.risk) > RISKS.indexOf(before.risk)) return true;
  if (before.onFailure !== after.onFailure || before.mode !== after.mode) return true;
  const known = counted(itemsOf(before));
  return [...counted(itemsOf(after))].some(([item, count]) => count > (known.get(item) ?? 0));
}

/** One item of each acting step, with all that guards it. */
function itemsOf({ steps }: Plan): readonly string[] {
  return steps.filter(acts).map((step) => {
    const { checksBefore, checksAfter, preconditions, rollback } = step;
    return canonicalJson({
      ...callItem(step),
      needs: step.needs,
      when: step.when,
      guards: step.guards,
      check: step.check,
      checksBefore: checksBefore.map(callItem),
      checksAfter: checksAfter.map(callItem),
      preconditions,
      approval: step.approval,
      inquiry: step.inquiry,
      onFailure: step.onFailure,
      rollback:
        rollback.kind === "commands"
          ? { kind: rollback.kind, calls: rollback.calls.map(callItem) }
          : rollback,
    });
  });
}

function acts({ risk, rollback }: PlanStep): boolean {
  return (
    risk !== "read-only" ||
    (rollback.kind === "commands" && rollback.calls.some((call) => call.risk !== "read-only"))
  );
}

function callItem({ uses, with: input, profile, risk }: Call) {
  return { uses, with: input, profile, risk };
}

function counted(items: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  return counts;
}

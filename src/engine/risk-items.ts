// What is risky about a plan, as a set: an edit that only takes away from it, or changes what is no risk, adds none.

import { canonicalJson } from "./canonical-json.ts";
import type { Call, Plan, PlanStep } from "./plan.ts";
import { RISKS } from "./risk.ts";

/**
 * True when the second plan has a risk item that the first has not: another acting call (operation, its whole
 * input and credentials), on the way or on the way back; a higher risk; another environment; a step whose
 * approval, checks, conditions or failure handling guard it less or otherwise; and anything else on which it depends
 * what acts, and when: what stands before it, and the values that its expressions see.
 */
export function addsRisk(before: Plan, after: Plan): boolean {
  if (RISKS.indexOf(after.risk) > RISKS.indexOf(before.risk)) return true;
  if (canonicalJson(aroundSteps(before)) !== canonicalJson(aroundSteps(after))) return true;
  const known = counted(itemsOf(before));
  return [...counted(itemsOf(after))].some(([item, count]) => count > (known.get(item) ?? 0));
}

/** What every step is run under. Conditions see the values again while the plan runs. */
function aroundSteps(plan: Plan) {
  const { environment, onFailure, mode, parallelism, groups, inputs, vars, env, playbooks } = plan;
  return { environment, onFailure, mode, parallelism, groups, inputs, vars, env, playbooks };
}

/** One item of each acting step and of each step before one, which it may read or be stopped by; with all that guards it. */
function itemsOf({ steps }: Plan): readonly string[] {
  const lastActing = Math.max(-1, ...steps.filter(acts).map(({ stage }) => stage));
  return steps
    .filter((step) => acts(step) || step.stage < lastActing)
    .map((step) => canonicalJson({ ...guardedItem(step), behind: behind(step, steps) }));
}

function guardedItem(step: PlanStep) {
  const { checksBefore, checksAfter, rollback } = step;
  return {
    ...callItem(step),
    id: step.id,
    scope: step.scope,
    needs: step.needs,
    after: step.after,
    groups: step.groups,
    loop: step.loop,
    when: step.when,
    guards: step.guards,
    check: step.check,
    checksBefore: checksBefore.map(callItem),
    checksAfter: checksAfter.map(callItem),
    preconditions: step.preconditions,
    approval: step.approval,
    inquiry: step.inquiry,
    retry: step.retry,
    onFailure: step.onFailure,
    rollback:
      rollback.kind === "commands"
        ? { kind: rollback.kind, calls: rollback.calls.map(callItem) }
        : rollback,
  };
}

/** The steps of earlier stages: they have run, and have not failed, when this one begins. */
function behind({ stage }: PlanStep, steps: readonly PlanStep[]): readonly string[] {
  return steps
    .filter((earlier) => earlier.stage < stage)
    .map(({ id }) => id)
    .toSorted();
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

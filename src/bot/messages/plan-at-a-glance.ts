// A plan in two rows, the same on cards and in terminals: its risk and size, and how it runs.

import type { Plan } from "#engine/plan.ts";
import { counted, identifier } from "./plain.ts";
import { destructiveCount } from "./plan-steps.ts";
import { type Piece, bold, name, riskPieces, words } from "./rich-text.ts";

/** Risk, environment, how many steps. */
export function riskRow(plan: Plan): Piece[] {
  const destructive = destructiveCount(plan);
  return [
    ...riskPieces(plan.risk),
    words(" in "),
    bold(identifier(plan.environment).text),
    words(` · ${counted(plan.steps.length, "step")}`),
    ...(destructive > 0 ? [words(", "), bold(`${destructive} destructive`)] : []),
  ];
}

/** Stages, steps at once, what a failure does, and where it came from. */
export function howItRunsRow(plan: Plan): Piece[] {
  return [
    words(howItRuns(plan)),
    ...(plan.playbook === null ? [] : [words(" · playbook "), name(plan.playbook)]),
  ];
}

function howItRuns(plan: Plan): string {
  const failure = {
    rollback: "a failure rolls everything back",
    stop: "a failure stops it, nothing is rolled back",
    continue: "a failure does not stop it",
  };
  return `Runs ${orderWords(plan)}; ${failure[plan.onFailure]}`;
}

/** Only `stages` has barriers: a graph's levels are nobody's to wait for. */
function orderWords(plan: Plan): string {
  const atOnce = `at most ${counted(plan.parallelism, "step")} at once`;
  switch (plan.mode) {
    case "sequential":
      return "one step at a time";
    case "graph":
      return `each step as soon as what it waits for is done, ${atOnce}`;
    case "stages":
      return `in ${counted(new Set(plan.steps.map((step) => step.stage)).size, "stage")}, ${atOnce}`;
  }
}

// A step-up whose link nobody has opened, of a person and a plan that no other test has.

import { issueStepUp } from "#engine/step-up.ts";
import type { IssuedStepUp } from "#engine/step-up.ts";
import { NOON } from "./plan-records.ts";

let made = 0;

export function aStepUp(changes: Partial<IssuedStepUp> = {}): IssuedStepUp {
  made += 1;
  const act = {
    teamId: `T-stepup-${made}`,
    userId: "U0ANN",
    planId: `pl-stepup-${made}`,
    planVersion: 2,
    planHash: "abc",
    viewHash: null,
    viewFormat: null,
    choice: "approve",
  } as const;
  return { ...issueStepUp(act, `link-stepup-${made}`, NOON), ...changes };
}

// Groups of steps with a parallelism of their own.

import { unknownName } from "./compile-call.ts";
import type { DraftStep } from "./expand-steps.ts";
import type { Problem } from "./plan.ts";
import type { PlanSource } from "./plan-source.ts";
import type { Policy } from "./policy.ts";

/** Most steps at the same time, by group. */
export function parallelismOf({ groups }: PlanSource): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(groups).map(([name, { parallelism }]) => [name, parallelism]),
  );
}

/** A group nobody is in, or one that would run more at once than its plan may, means something else than it says. */
export function groupProblems(
  { groups }: PlanSource,
  drafts: readonly DraftStep[],
  { limits }: Policy,
): readonly Problem[] {
  const used = new Set(drafts.flatMap((draft) => draft.groups));
  return Object.entries(groups).flatMap(([name, { parallelism }]): readonly Problem[] => {
    const path = `groups.${name}`;
    if (!used.has(name)) {
      const found = `${name}, which is no step's parallel_group`;
      return [unknownName({ path, found, name }, [...used], "a step with this parallel_group")];
    }
    if (parallelism <= limits.parallelism) return [];
    const expected = `at most ${limits.parallelism}`;
    return [{ path: `${path}.parallelism`, found: String(parallelism), expected }];
  });
}

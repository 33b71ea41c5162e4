// Groups of steps with a parallelism of their own.

import { unknownName } from "./compile-call.ts";
import type { DraftStep } from "./expand-steps.ts";
import { isPlaybook } from "./nest-playbook.ts";
import type { Problem } from "./plan.ts";
import type { PlanSource } from "./plan-source.ts";
import type { Policy } from "./policy.ts";

/** Most steps at the same time, by group. @param scopeKey of the playbook whose groups they are; empty: the plan. */
export function parallelismOf(
  { groups }: Pick<PlanSource, "groups">,
  scopeKey: string,
): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(groups).map(([name, { parallelism }]) => [idIn(scopeKey, name), parallelism]),
  );
}

/** How something that a nested playbook names is called in the plan. */
export function idIn(scopeKey: string, name: string): string {
  return scopeKey === "" ? name : `${scopeKey}.${name}`;
}

/** A group nobody is in, or one that would run more at once than its plan may, means something else than it says. */
export function groupProblems(
  source: Pick<PlanSource, "groups" | "parallelism" | "steps">,
  drafts: readonly Pick<DraftStep, "groups">[],
  { scopeKey, policy }: { readonly scopeKey: string; readonly policy: Policy },
): readonly Problem[] {
  const used = new Set(drafts.flatMap((draft) => draft.groups));
  const written = source.steps.flatMap((step) => step.parallel_group ?? []);
  const playbooks = new Set(source.steps.filter(isPlaybook).map(({ id }) => id));
  const most = policy.limits.parallelism;
  const tooMany = (path: string, parallelism: number): readonly Problem[] =>
    parallelism <= most
      ? []
      : [{ path: `${path}parallelism`, found: String(parallelism), expected: `at most ${most}` }];
  // The plan's own is looked at with its other limits.
  const own = scopeKey === "" ? [] : tooMany("", source.parallelism ?? 1);
  const ofGroups = Object.entries(source.groups).flatMap(
    ([name, { parallelism }]): readonly Problem[] => {
      const path = `groups.${name}`;
      if (!used.has(idIn(scopeKey, name))) {
        const found = `${name}, which is no step's parallel_group`;
        return [unknownName({ path, found, name }, written, "a step with this parallel_group")];
      }
      if (playbooks.has(name)) {
        const found = `${name}, which is also a step that is a playbook`;
        return [
          { path, found, expected: "a name of its own: a playbook's steps are a group, too" },
        ];
      }
      return tooMany(`${path}.`, parallelism);
    },
  );
  return [...own, ...ofGroups];
}

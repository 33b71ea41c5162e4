// Where expressions stand in a step as written, and which names each place may use.

import type { CheckSource } from "./gate-source.ts";
import type { Json } from "./json.ts";
import type { Problem } from "./plan.ts";
import type { StepSource } from "./plan-source.ts";
import { expressionsIn } from "./template.ts";
import { pathText } from "./zod-problems.ts";

/** Known when the plan is filed. */
const KNOWN_NAMES = ["inputs", "vars", "env"] as const;

export type ExpressionPlace = {
  readonly path: string;
  readonly source: string;
  /** Names of roots; null: only what is known, which filling it in will tell. */
  readonly names: readonly string[] | null;
  /** The step has run when this is evaluated, so it may name itself. */
  readonly afterwards: boolean;
  /** A secret may be handed on from here, as it is. */
  readonly takesSecrets: boolean;
};

type Rules = Pick<ExpressionPlace, "names" | "afterwards" | "takesSecrets">;

/** @param path of the step, such as `steps[2]`. */
export function placesOf(
  step: StepSource,
  path: string,
): { readonly places: readonly ExpressionPlace[]; readonly problems: readonly Problem[] } {
  const places: ExpressionPlace[] = [];
  const problems: Problem[] = [];
  const inside = (value: Json, at: string, rules: Rules): void => {
    const found = expressionsIn(value);
    if (!found.ok) {
      for (const { path: where, sentence } of found.refusal)
        problems.push({
          path: pathText([at, ...where]),
          found: sentence,
          expected: "${{ expression }}",
        });
      return;
    }
    for (const { path: where, source, alone } of found.value)
      places.push({
        path: pathText([at, ...where]),
        source,
        ...rules,
        takesSecrets: rules.takesSecrets && alone,
      });
  };
  const bare = (source: string, at: string, rules: Rules): void => {
    places.push({ path: at, source, ...rules });
  };
  const checked = (check: CheckSource, at: string, rules: Rules): void => {
    if (typeof check === "string") bare(check, at, rules);
    else
      for (const [kind, input] of check.kinds) {
        if (kind === "expression" && typeof input === "string") bare(input, `${at}.${kind}`, rules);
        else inside(input, `${at}.${kind}`, rules);
      }
  };
  const rules = rulesOf(step);
  inside(step.with, `${path}.with`, rules.forward);
  if (Array.isArray(step.rollback))
    step.rollback.forEach(({ with: input }, nth) =>
      inside(input, `${path}.rollback[${nth}].with`, rules.rollback),
    );
  if (step.when !== undefined) bare(step.when, `${path}.when`, rules.when);
  step.before.forEach((check, nth) => checked(check, `${path}.before[${nth}]`, rules.before));
  step.check.forEach((check, nth) => checked(check, `${path}.check[${nth}]`, rules.after));
  if (step.for_each !== undefined) inside(step.for_each, `${path}.for_each`, KNOWN);
  if (step.ask !== undefined) inside(step.ask.message, `${path}.ask.message`, KNOWN);
  if (step.approval !== undefined) inside(step.approval.message, `${path}.approval.message`, KNOWN);
  step.expect.forEach(({ with: input, state }, nth) => {
    inside(input, `${path}.expect[${nth}].with`, KNOWN);
    inside(state, `${path}.expect[${nth}].state`, KNOWN);
  });
  return { places, problems };
}

const KNOWN: Rules = { names: null, afterwards: false, takesSecrets: false };

function rulesOf(
  step: StepSource,
): Record<"forward" | "rollback" | "when" | "before" | "after", Rules> {
  const items = step.for_each === undefined ? [] : ["item", "index"];
  const early = [...KNOWN_NAMES, "steps", "run", ...items];
  const names = step.ask === undefined ? early : [...early, "answers"];
  const after = [...names, "result"];
  const shy = { takesSecrets: false };
  return {
    forward: { names, afterwards: false, takesSecrets: true },
    rollback: { names: after, afterwards: true, takesSecrets: true },
    when: { names: early, afterwards: false, ...shy },
    before: { names, afterwards: false, ...shy },
    after: { names: after, afterwards: true, ...shy },
  };
}

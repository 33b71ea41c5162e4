// Where the policy's answer to a case is not what the case expects: what, what was found, what was expected.

import type { CaseOutcome } from "./policy-case.ts";
import { explainRefusal } from "./explain-refusal.ts";
import type { VerdictNode } from "./verdict.ts";

/** Each part that is there must be just so; the order of names doesn't matter. */
export type CaseExpectation = {
  readonly refused?: string;
  readonly policies?: readonly string[];
  /** A name, or `none`. */
  readonly standing?: string;
  readonly freeze?: string;
  readonly verdict?: string;
  readonly needed?: number;
  readonly couldApprove?: readonly string[];
  readonly notCounted?: readonly string[];
};

export type CaseDifference = {
  readonly what: string;
  readonly found: string;
  readonly expected: string;
};

/** All that the policy answered, in the words of a table of cases. */
export function answersOf(outcome: CaseOutcome): Required<CaseExpectation> {
  if (outcome.kind === "refused") {
    const { refusal } = outcome;
    return {
      refused: refusal.code,
      policies: refusal.code === "forbidden" ? [refusal.policy] : [],
      standing: "none",
      freeze: refusal.code === "frozen" ? refusal.name : "none",
      verdict: "refused",
      needed: 0,
      couldApprove: [],
      notCounted: [],
    };
  }
  const { rule, standing, freeze, verdict } = outcome;
  return {
    refused: "none",
    policies: rule.policies,
    standing: standing ?? "none",
    freeze: freeze ?? "none",
    verdict: verdict.outcome,
    needed: verdict.needed,
    couldApprove: verdict.couldApprove,
    notCounted: verdict.ignored.map(({ userId }) => userId),
  };
}

/** Empty: the case passes. A plan that is refused although nothing says so does not. */
export function caseDifferences(
  outcome: CaseOutcome,
  expected: CaseExpectation,
): readonly CaseDifference[] {
  const answers = answersOf(outcome);
  const wanted: CaseExpectation = { refused: "none", ...expected };
  return PARTS.flatMap(([part, what]) => {
    const want = wanted[part];
    if (want === undefined) return [];
    const [found, expectedText] = [textOf(answers[part]), textOf(want)];
    return found === expectedText ? [] : [{ what, found, expected: expectedText }];
  });
}

const PARTS = [
  ["refused", "refused"],
  ["policies", "policies"],
  ["standing", "standing"],
  ["freeze", "freeze"],
  ["verdict", "verdict"],
  ["needed", "needed"],
  ["couldApprove", "could_approve"],
  ["notCounted", "not_counted"],
] as const satisfies readonly (readonly [keyof CaseExpectation, string])[];

function textOf(value: string | number | readonly string[]): string {
  if (typeof value === "string" || typeof value === "number") return String(value);
  return value.length === 0 ? "nobody and nothing" : [...new Set(value)].toSorted().join(", ");
}

/** Why the policy answered that, in complete sentences. */
export function reasonsOf(outcome: CaseOutcome): readonly string[] {
  if (outcome.kind === "refused") return [explainRefusal(outcome.refusal)];
  const { tree, ignored } = outcome.verdict;
  return [
    ...sentencesOf(tree),
    ...ignored.map(({ userId, reason }) => `@${userId}'s vote does not count because ${reason}.`),
  ];
}

function sentencesOf({ sentence, children }: VerdictNode): readonly string[] {
  return [sentence, ...children.flatMap(sentencesOf)];
}

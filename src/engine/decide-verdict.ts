// The one decision over a plan version's votes. Pure; the answer is a tree that explains itself.

import type { Verdict, VerdictFacts } from "./verdict.ts";

/** Expired, then denied, then approved (reference: approval rule 2). */
export function decideVerdict(facts: VerdictFacts): Verdict {
  throw new Error(facts.planHash);
}

// What a vote on a plan came to, as a sentence for whoever cast it.

import type { PlanFreeze } from "#engine/freeze-of-plan.ts";
import type { PlanRecord } from "#engine/plan.ts";
import type { Verdict } from "#engine/verdict.ts";
import { startSentence } from "./approvals.ts";

export type Voted = {
  readonly record: PlanRecord;
  readonly verdict: Verdict;
  /** One that holds the plan's run back. */
  readonly freeze: PlanFreeze | null;
};

export function votedSentence(
  { record, verdict, freeze }: Voted,
  choice: "approve" | "reject",
): string {
  if (choice === "reject") return `You rejected plan ${record.id}. It will not run.`;
  const frozen = freeze === null ? "" : ` ${startSentence(freeze)}`;
  if (record.status !== "approved")
    return `You approved plan ${record.id}: ${verdict.had} of ${verdict.needed} so far.${frozen}`;
  return freeze === null
    ? `You approved plan ${record.id}. The quorum is met: it starts now.`
    : `You approved plan ${record.id}. The quorum is met.${frozen}`;
}

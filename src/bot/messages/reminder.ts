import type { AwaitingPlan } from "#engine/plan.ts";
import type { Verdict } from "#engine/verdict.ts";
import { blocksOf } from "./signature.ts";
import type { Message } from "./message.ts";

/** Posted in the card's thread; mentions those who could still approve. */
export function planReminderMessage({
  record,
}: {
  readonly record: AwaitingPlan;
  readonly verdict: Verdict;
}): Message {
  return blocksOf(record.plan.title);
}

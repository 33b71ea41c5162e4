import type { PlanRecord } from "#engine/plan.ts";
import type { Instant } from "#engine/time.ts";
import type { Verdict } from "#engine/verdict.ts";
import { blocksOf } from "./signature.ts";
import type { Message } from "./message.ts";

export type PlanCardInput = {
  readonly record: PlanRecord;
  readonly verdict: Verdict;
  readonly now: Instant;
  readonly lastNote?: string;
};
/** `cut`: something is hidden, so an approval needs the full plan opened first. `viewText`: what `viewHash` digests; depends on the plan version only. */
export type PlanCard = Message & { readonly cut: boolean; readonly viewText: string };
export function planCard({ record }: PlanCardInput): PlanCard {
  return { ...blocksOf(record.plan.title), cut: false, viewText: record.hash };
}

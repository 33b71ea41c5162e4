import type { PlanRecord } from "#engine/plan.ts";
import type { Instant } from "#engine/time.ts";
import type { Verdict } from "#engine/verdict.ts";
import { blocksOf } from "./signature.ts";
import type { Message } from "./message.ts";
import type { RunReport } from "./run-report.ts";

export function showPlanMessage({
  record,
}: {
  readonly record: PlanRecord;
  readonly verdict: Verdict;
  readonly report: RunReport | null;
  readonly now: Instant;
}): Message {
  return blocksOf(record.plan.title);
}

import type { PlanRecord } from "#engine/plan.ts";
import { blocksOf } from "./signature.ts";
import type { Message } from "./message.ts";
import type { RunReport } from "./run-report.ts";

export function outcomePrivateMessage({
  record,
}: {
  readonly record: PlanRecord;
  readonly report: RunReport | null;
}): Message {
  return blocksOf(record.plan.title);
}

import type { Plan, PlanRecord } from "#engine/plan.ts";
import { blocksOf } from "./signature.ts";
import type { Message } from "./message.ts";

export function planDiffMessage({
  record,
}: {
  readonly record: PlanRecord;
  readonly fromVersion: number;
  readonly before: Plan;
  readonly after: Plan;
  readonly editorId: string;
  readonly votesVoided: readonly string[];
}): Message {
  return blocksOf(record.plan.title);
}

// Every move a plan can make in its life. Nothing else builds a state.

import type { PlanRecord, PlanStatus } from "./plan.ts";
import type { Instant } from "./time.ts";

/** The status at this moment: a clock that ran out has expired the plan, whether or not that was recorded. */
export function effectiveStatus(record: PlanRecord, now: Instant): PlanStatus {
  if (record.status === "awaiting-approval" && now >= record.approveBy) return "expired";
  if (record.status === "approved" && now >= record.startBy) return "expired";
  return record.status;
}

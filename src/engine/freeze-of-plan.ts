// The freeze that holds a plan's run back, and what becomes of the plan by its own clocks meanwhile: for cards, lists
// and answers. Decides nothing: the run's start is checked when it comes (start-check.ts).

import { activeFreeze } from "./calendar.ts";
import type { ActiveFreeze } from "./calendar.ts";
import { effectiveStatus } from "./plan-life.ts";
import type { ApprovedPlan, AwaitingPlan, PlanRecord } from "./plan.ts";
import type { Instant } from "./time.ts";
import type { EnginePorts } from "./use-case-ports.ts";

export type PlanFreeze = ActiveFreeze & {
  /** Whether it is approved already. */
  readonly approved: boolean;
  readonly next: AfterFreeze;
};

export type AfterFreeze =
  /** It starts when the freeze is over. */
  | { readonly kind: "starts" }
  /** So it does when it is approved from then on; before, its time to start would run out within the freeze. */
  | { readonly kind: "starts-if-approved-from"; readonly from: Instant }
  /** Its time to start runs out within the freeze; `at` null: whenever it is approved. */
  | { readonly kind: "runs-out"; readonly at: Instant | null };

/** The freeze that holds back, or would hold back, the plan's run now; null: none, or it is over anyway. */
export function freezeOf(
  { calendar, policy }: Pick<EnginePorts, "calendar" | "policy">,
  record: PlanRecord,
  now: Instant,
): PlanFreeze | null {
  const open = record.status === "awaiting-approval" || record.status === "approved";
  if (!open || effectiveStatus(record, now) === "expired") return null;
  const freeze = activeFreeze(calendar, policy.freezes, record.plan, now);
  if (freeze === null || (record.emergency !== null && freeze.breakGlass)) return null;
  return record.status === "approved"
    ? { ...freeze, approved: true, next: afterApproval(record, freeze) }
    : { ...freeze, approved: false, next: beforeApproval(record, freeze, now) };
}

function afterApproval(record: ApprovedPlan, { until }: ActiveFreeze): AfterFreeze {
  // Its run has been held since it was approved, and no hold outlasts its time.
  const at = Math.min(record.startBy, record.decidedAt + record.plan.holdTimeMs);
  return until < at ? { kind: "starts" } : { kind: "runs-out", at };
}

export function beforeApproval(
  { rule, plan, approveBy }: Pick<AwaitingPlan, "rule" | "plan" | "approveBy">,
  { until }: ActiveFreeze,
  now: Instant,
): AfterFreeze {
  const from = until - Math.min(rule.startWithinMs, plan.holdTimeMs);
  if (from < now) return { kind: "starts" };
  return from < approveBy
    ? { kind: "starts-if-approved-from", from }
    : { kind: "runs-out", at: null };
}

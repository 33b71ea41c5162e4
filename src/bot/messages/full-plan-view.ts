import type { ModalView } from "@slack/types";
import type { PlanRecord } from "#engine/plan.ts";
import type { Instant } from "#engine/time.ts";
import { modal } from "./blocks.ts";
import { CALLBACKS, planPageValue } from "./identifiers.ts";

/** `page` is 1-based and clamped. For `plan_full` clicks: views.open; for previous/next: views.update. */
export function fullPlanView({
  record,
  page,
}: {
  readonly record: PlanRecord;
  readonly page: number;
  readonly now: Instant;
}): ModalView {
  return modal({
    callback: CALLBACKS.fullPlan,
    title: "Full plan",
    close: "Close",
    metadata: planPageValue({ planId: record.id, version: record.version, page }),
    blocks: [],
  });
}

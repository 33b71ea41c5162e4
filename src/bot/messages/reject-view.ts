import type { ModalView } from "@slack/types";
import type { PlanRecord } from "#engine/plan.ts";
import { modal } from "./blocks.ts";
import { CALLBACKS, INPUTS, planValue } from "./identifiers.ts";
import type { ViewValues } from "./view-values.ts";

/** private_metadata is `planValue`; read with parsePlanValue. */
export function rejectView({ record }: { readonly record: PlanRecord }): ModalView {
  return modal({
    callback: CALLBACKS.reject,
    title: "Reject plan",
    close: "Back",
    submit: "Reject",
    metadata: planValue({ planId: record.id, version: record.version }),
    blocks: [],
  });
}
/** The reason from `view.state.values`, trimmed; null when empty. */
export function readRejectReason(values: ViewValues): string | null {
  return values[INPUTS.rejectReason.blockId]?.[INPUTS.rejectReason.actionId]?.value?.trim() || null;
}

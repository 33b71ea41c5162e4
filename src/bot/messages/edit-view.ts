import type { ModalView } from "@slack/types";
import type { PlanRecord, Problem } from "#engine/plan.ts";
import { modal } from "./blocks.ts";
import { CALLBACKS, planValue } from "./identifiers.ts";
import type { ViewValues } from "./view-values.ts";

export function editView({ record }: { readonly record: PlanRecord }): ModalView {
  return modal({
    callback: CALLBACKS.edit,
    title: "Edit plan",
    close: "Back",
    submit: "Save as new version",
    metadata: planValue({ planId: record.id, version: record.version }),
    blocks: [],
  });
}
/** The edited source, its parts joined. */
export function readEditedSource(values: ViewValues): string {
  return Object.keys(values).join("");
}
/** `response_action: "errors"` for an invalid source: block id to text (at most ~ 2,000 characters). */
export function editErrors(
  values: ViewValues,
  problems: readonly Problem[],
): Record<string, string> {
  return Object.fromEntries(Object.keys(values).map((key) => [key, String(problems.length)]));
}

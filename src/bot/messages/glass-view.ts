// The window in which somebody breaks the glass: what will run, why, and a tick. Closing it is never a yes.

import type { ModalView } from "@slack/types";
import { MOST_OF_A_REASON } from "#engine/break-glass.ts";
import type { PlanRecord } from "#engine/plan.ts";
import { explainRefusal } from "#engine/explain-refusal.ts";
import { modal } from "./blocks.ts";
import { ALARM } from "./glass-mark.ts";
import { CALLBACKS, INPUTS, planValue } from "./identifiers.ts";
import { identifier } from "./plain.ts";
import { planSteps } from "./plan-picture.ts";
import { bold, lines, richText, riskPieces, untrusted, words } from "./rich-text.ts";
import { readReason } from "./reason-view.ts";
import type { ViewValues } from "./view-values.ts";

/** Shown of a plan whose card hides some as well: then the full plan must have been read before. */
const STEPS = 5;

/**
 * `private_metadata` is `planValue`. Closing it changes nothing.
 * @param given.reason what the person wrote already; they can change it.
 */
export function breakGlassView({
  record,
  reason,
}: {
  readonly record: PlanRecord;
  readonly reason: string | null;
}): ModalView {
  const { plan } = record;
  return modal({
    callback: CALLBACKS.breakGlass,
    title: "Break glass",
    close: "Back",
    submit: "Break glass",
    metadata: planValue({ planId: record.id, version: record.version }),
    blocks: [
      richText(
        lines(
          [ALARM, words(" "), bold("Run without the approvals: "), untrusted(plan.title, 150)],
          [
            ...riskPieces(plan.risk),
            words(` in ${identifier(plan.environment, 60).text} · ${record.id} · version `),
            words(`${record.version}`),
          ],
          [
            words(
              "It starts at once. Everyone who could have approved is told, and somebody else must review it before you can do this again. Closing this window changes nothing.",
            ),
          ],
        ),
      ),
      ...planSteps(record, STEPS),
      {
        type: "input",
        block_id: INPUTS.glassReason.blockId,
        label: { type: "plain_text", text: "Why can this not wait?" },
        hint: { type: "plain_text", text: "Shown to everyone and kept in the audit log." },
        element: {
          type: "plain_text_input",
          action_id: INPUTS.glassReason.actionId,
          multiline: true,
          min_length: 1,
          max_length: MOST_OF_A_REASON,
          ...(reason !== null && reason !== "" && { initial_value: reason }),
          focus_on_load: true,
        },
      },
      {
        type: "input",
        block_id: INPUTS.glassConfirm.blockId,
        label: { type: "plain_text", text: "Confirm" },
        element: {
          type: "checkboxes",
          action_id: INPUTS.glassConfirm.actionId,
          options: [
            {
              text: { type: "plain_text", text: "I have read the plan, and I act alone." },
              value: "alone",
            },
          ],
        },
      },
    ],
  });
}

export type GlassWish = {
  /** Null: nothing but blanks. */
  readonly reason: string | null;
  readonly confirmed: boolean;
};

export function readGlassWish(values: ViewValues): GlassWish {
  const { glassReason, glassConfirm } = INPUTS;
  const reason = readReason(values, glassReason);
  const ticked = values[glassConfirm.blockId]?.[glassConfirm.actionId]?.selected_options ?? [];
  return { reason, confirmed: ticked.some(({ value }) => value === "alone") };
}

/** What stands under the inputs when the window is submitted without them. */
export function glassErrors({ reason, confirmed }: GlassWish): Record<string, string> | null {
  const errors = {
    ...(reason === null && {
      [INPUTS.glassReason.blockId]: explainRefusal({ code: "reason-missing", of: "glass" }),
    }),
    ...(!confirmed && {
      [INPUTS.glassConfirm.blockId]: "Tick this to go on, or close the window.",
    }),
  };
  return Object.keys(errors).length === 0 ? null : errors;
}

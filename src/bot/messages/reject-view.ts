// The modal that asks why a plan is rejected. Closing it is never a vote.

import type { ModalView } from "@slack/types";
import type { PlanRecord } from "#engine/plan.ts";
import { modal } from "./blocks.ts";
import { CALLBACKS, INPUTS, planValue } from "./identifiers.ts";
import { bold, lines, richText, riskPieces, untrusted, words } from "./rich-text.ts";

/** `private_metadata` is `planValue`: read it with `parsePlanValue`. */
export function rejectView({ record }: { readonly record: PlanRecord }): ModalView {
  return modal({
    callback: CALLBACKS.reject,
    title: "Reject plan",
    close: "Back",
    submit: "Reject",
    metadata: planValue({ planId: record.id, version: record.version }),
    blocks: [
      richText(
        lines(
          [bold("Reject "), untrusted(record.plan.title, 150)],
          [...riskPieces(record.plan.risk), words(` · ${record.id} · version ${record.version}`)],
          [words("One rejection ends the plan. Closing this window changes nothing.")],
        ),
      ),
      {
        type: "input",
        block_id: INPUTS.rejectReason.blockId,
        label: { type: "plain_text", text: "Why?" },
        hint: { type: "plain_text", text: "Shown on the card and kept in the audit log." },
        element: {
          type: "plain_text_input",
          action_id: INPUTS.rejectReason.actionId,
          multiline: true,
          min_length: 1,
          max_length: 1000,
          focus_on_load: true,
        },
      },
    ],
  });
}

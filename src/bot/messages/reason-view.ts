// Windows that ask for a reason before a step is rejected or left out. Closing one is never a vote.

import type { ModalView } from "@slack/types";
import { modal } from "./blocks.ts";
import type { INPUTS } from "./identifiers.ts";
import { bold, lines, richText, untrusted, words } from "./rich-text.ts";
import type { ViewValues } from "./view-values.ts";

type Input = (typeof INPUTS)["rejectReason" | "skipReason" | "glassReason"];

/** @param view.metadata read back when it is submitted. */
export function reasonView(view: {
  readonly callback: string;
  readonly title: string;
  readonly submit: string;
  readonly metadata: string;
  readonly stepId: string;
  /** What submitting does, in one sentence. */
  readonly effect: string;
  readonly input: Input;
}): ModalView {
  const { callback, title, submit, metadata } = view;
  return modal({
    callback,
    title,
    close: "Back",
    submit,
    metadata,
    blocks: [
      richText(
        lines(
          [bold(`${submit}: step `), untrusted(view.stepId, 100)],
          [words(`${view.effect} Closing this window changes nothing.`)],
        ),
      ),
      {
        type: "input",
        block_id: view.input.blockId,
        label: { type: "plain_text", text: "Why?" },
        hint: { type: "plain_text", text: "Shown in the thread and kept in the audit log." },
        element: {
          type: "plain_text_input",
          action_id: view.input.actionId,
          multiline: true,
          min_length: 1,
          max_length: 500,
          focus_on_load: true,
        },
      },
    ],
  });
}

/** The reason, trimmed; null when empty. */
export function readReason(values: ViewValues, { blockId, actionId }: Input): string | null {
  return values[blockId]?.[actionId]?.value?.trim() || null;
}

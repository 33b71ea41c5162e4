// The window in which what a run asks is answered: one input for each field, of its type. What is wrong stands under
// the field it is in. Slack has no password field: the hint says so for secrets.

import type { InputBlock, ModalView } from "@slack/types";
import type { Inquiry, InquiryField } from "#engine/plan.ts";
import type { FieldProblem } from "#engine/refusal.ts";
import { asText } from "#engine/template.ts";
import type { Entered } from "#engine/validate-answer.ts";
import { modal } from "./blocks.ts";
import { CALLBACKS, INPUTS } from "./identifiers.ts";
import { cutTo, oneLine } from "./plain.ts";
import { bold, lines, richText, untrusted, words } from "./rich-text.ts";

/** What the window is about: names its step, because secrets are sealed for it before anything is read. */
export type InquiryRef = {
  readonly runId: string;
  readonly stepId: string;
  readonly opening: number;
};

function inquiryMetadata(ref: InquiryRef): string {
  return JSON.stringify([ref.runId, ref.stepId, ref.opening]);
}

/** Null for anything that is not one of ours. */
export function parseInquiryMetadata(text: string | undefined): InquiryRef | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text ?? "");
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
  if (!Array.isArray(parsed) || parsed.length !== 3) return null;
  const [runId, stepId, opening] = parsed as readonly unknown[];
  if (typeof runId !== "string" || !/^run-[0-9a-z]{1,40}$/.test(runId)) return null;
  if (typeof stepId !== "string" || typeof opening !== "number") return null;
  return { runId, stepId, opening };
}

export function inquiryView(inquiry: Inquiry, ref: InquiryRef): ModalView {
  return modal({
    callback: CALLBACKS.inquiry,
    title: "Answer",
    close: "Back",
    submit: "Send answer",
    metadata: inquiryMetadata(ref),
    blocks: [
      richText(
        lines(
          [bold("Before step "), untrusted(ref.stepId, 100)],
          [untrusted(inquiry.message, 1000)],
          [words("Closing this window answers nothing.")],
        ),
      ),
      ...inquiry.fields.map(fieldBlock),
    ],
  });
}

function fieldBlock(field: InquiryField): InputBlock {
  const hint = hintOf(field);
  return {
    type: "input",
    block_id: blockIdOf(field),
    label: { type: "plain_text", text: oneLine(field.label, 150).text || field.name, emoji: false },
    ...(hint === "" ? {} : { hint: { type: "plain_text", text: hint, emoji: false } }),
    optional: !field.required,
    element: elementOf(field),
  };
}

function blockIdOf({ name, type }: Pick<InquiryField, "name" | "type">): string {
  const { blockPrefix, secretPrefix } = INPUTS.inquiryField;
  return `${type === "secret" ? secretPrefix : blockPrefix}${name}`;
}

function hintOf({ type, pattern, min, max }: InquiryField): string {
  const unit = type === "number" ? "" : " characters";
  const parts = [
    ...(type === "secret"
      ? ["Slack shows what you type; it is sealed on arrival, and only the step sees it."]
      : []),
    ...(min === null ? [] : [`At least ${min}${unit}.`]),
    ...(max === null ? [] : [`At most ${max}${unit}.`]),
    ...(pattern === null ? [] : [`Must match ${pattern}`]),
  ];
  return oneLine(parts.join(" "), 1500).text;
}

function elementOf(field: InquiryField): InputBlock["element"] {
  const { actionId } = INPUTS.inquiryField;
  const initial = field.default === null ? null : asText(field.default);
  switch (field.type) {
    case "text":
      return {
        type: "plain_text_input",
        action_id: actionId,
        max_length: 3000,
        ...(initial !== null && { initial_value: cutTo(initial, 3000).text }),
      };
    case "secret":
      return { type: "plain_text_input", action_id: actionId, max_length: 3000 };
    case "number":
      return {
        type: "number_input",
        action_id: actionId,
        is_decimal_allowed: true,
        ...(initial !== null && { initial_value: initial }),
      };
    case "choice": {
      const options = field.options.map((option) => ({
        text: { type: "plain_text" as const, text: oneLine(option, 75).text || "-", emoji: false },
        value: option,
      }));
      const chosen = options.find(({ value }) => value === initial);
      return {
        type: "static_select",
        action_id: actionId,
        options,
        ...(chosen !== undefined && { initial_option: chosen }),
      };
    }
    case "user":
      return {
        type: "users_select",
        action_id: actionId,
        ...(initial !== null && { initial_user: initial }),
      };
    case "date":
      return {
        type: "datepicker",
        action_id: actionId,
        ...(initial !== null && { initial_date: initial }),
      };
  }
}

/** An input's state as Slack sends it. */
type FieldState = {
  readonly value?: string | null;
  readonly selected_option?: { readonly value?: string } | null;
  readonly selected_user?: string | null;
  readonly selected_date?: string | null;
};
export type InquiryValues = Readonly<Record<string, Readonly<Record<string, FieldState>>>>;

/** What was entered, by field name. */
export function readInquiryValues(values: InquiryValues): Readonly<Record<string, Entered>> {
  const { blockPrefix, secretPrefix, actionId } = INPUTS.inquiryField;
  return Object.fromEntries(
    Object.entries(values).flatMap(([blockId, states]) => {
      const prefix = [blockPrefix, secretPrefix].find((one) => blockId.startsWith(one));
      if (prefix === undefined) return [];
      const state = states[actionId] ?? {};
      const entered =
        state.value ??
        state.selected_option?.value ??
        state.selected_user ??
        state.selected_date ??
        null;
      return [[blockId.slice(prefix.length), entered]];
    }),
  );
}

/** Slack's `errors`: by block id. */
export function inquiryErrors(
  fields: readonly InquiryField[],
  problems: readonly FieldProblem[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    problems.flatMap(({ field, sentence }) => {
      const found = fields.find(({ name }) => name === field);
      return found === undefined ? [] : [[blockIdOf(found), sentence]];
    }),
  );
}

// Judges the blocks of a whole message or view: the single place where the playground refuses what Slack would refuse.

import { isRecord, recordsAt, stringAt, type JsonRecord } from "../json-value.ts";
import { blockOn, type Surface } from "./blocks.ts";
import {
  describeFault,
  list,
  object,
  oneOf,
  boolean,
  text,
  type Check,
  type Fault,
} from "./checks.ts";
import { plainText } from "./text-objects.ts";

export const limits = {
  messageBlocks: 50,
  viewBlocks: 100,
  /** Slack starts to refuse the texts of a message's blocks near this sum; measured, not documented. */
  messageTextCharacters: 13_200,
  markdownCharacters: 12_000,
  viewBytes: 250_000,
  viewStack: 3,
} as const;

export type Verdict =
  | { readonly ok: true }
  | { readonly ok: false; readonly error: string; readonly messages: readonly string[] };

const accepted: Verdict = { ok: true };

function refused(error: string, faults: readonly Fault[]): Verdict {
  return { ok: false, error, messages: faults.map(describeFault) };
}

/** Judges the `blocks` of a message. The error is `invalid_blocks` or `msg_blocks_too_long`. */
export function checkMessageBlocks(blocks: unknown): Verdict {
  const faults = [...checkBlocks(blocks, "message", "/blocks"), ...checkOncePerMessage(blocks)];
  if (faults.length > 0) return refused("invalid_blocks", faults);
  if (countText(blocks) > limits.messageTextCharacters)
    return { ok: false, error: "msg_blocks_too_long", messages: [] };
  return accepted;
}

const viewFields: Readonly<Record<string, Check>> = {
  blocks: () => [],
  private_metadata: text(3000, 0),
  callback_id: text(255, 0),
  external_id: text(255, 0),
};

const modal = object(
  { type: oneOf("modal"), title: plainText(24), blocks: () => [] },
  {
    ...viewFields,
    submit: plainText(24),
    close: plainText(24),
    clear_on_close: boolean,
    notify_on_close: boolean,
    submit_disabled: boolean,
  },
);
const home = object({ type: oneOf("home"), blocks: () => [] }, viewFields);

/** Judges a view for the given surface. The error is `invalid_arguments` or `view_too_large`. */
export function checkView(view: unknown, surface: "modal" | "home"): Verdict {
  const shape = surface === "modal" ? modal : home;
  const faults = [...shape(view, "/view")];
  if (isRecord(view))
    faults.push(...checkBlocks(view["blocks"], surface, "/view/blocks"), ...checkSubmit(view));
  if (faults.length > 0) return refused("invalid_arguments", faults);
  if (Buffer.byteLength(JSON.stringify(view)) > limits.viewBytes)
    return { ok: false, error: "view_too_large", messages: [] };
  return accepted;
}

function checkBlocks(blocks: unknown, surface: Surface, pointer: string): readonly Fault[] {
  const max = surface === "message" ? limits.messageBlocks : limits.viewBlocks;
  const faults = list(blockOn[surface], { min: 0, max })(blocks, pointer);
  return Array.isArray(blocks)
    ? [...faults, ...checkUnique(blocks.filter(isRecord), pointer)]
    : faults;
}

function checkUnique(blocks: readonly JsonRecord[], pointer: string): readonly Fault[] {
  const faults: Fault[] = [];
  const blockIds = new Set<unknown>();
  for (const [index, block] of blocks.entries()) {
    const blockId = stringAt(block, "block_id");
    if (blockId !== undefined && blockIds.has(blockId)) {
      faults.push({
        message: `\`block_id\` already exists: ${blockId}`,
        pointer: `${pointer}/${index}/block_id`,
      });
    }
    blockIds.add(blockId);
    const actionIds = recordsAt(block, "elements").flatMap(
      (element) => stringAt(element, "action_id") ?? [],
    );
    const repeated = actionIds.find((id, position) => actionIds.indexOf(id) !== position);
    if (repeated !== undefined) {
      faults.push({
        message: `\`action_id\` already exists: ${repeated}`,
        pointer: `${pointer}/${index}/elements`,
      });
    }
  }
  return faults;
}

function checkOncePerMessage(blocks: unknown): readonly Fault[] {
  const types = Array.isArray(blocks) ? blocks.filter(isRecord).map((block) => block["type"]) : [];
  const repeated = ["table", "plan"].filter(
    (type) => types.indexOf(type) !== types.lastIndexOf(type),
  );
  const markdown = Array.isArray(blocks)
    ? blocks.filter((block) => isRecord(block) && block["type"] === "markdown")
    : [];
  return [
    ...repeated.map((type) => ({ message: `only one ${type} allowed`, pointer: "/blocks" })),
    ...(countText(markdown) > limits.markdownCharacters
      ? [
          {
            message: `must be less than ${limits.markdownCharacters + 1} characters`,
            pointer: "/blocks",
          },
        ]
      : []),
  ];
}

function checkSubmit(view: JsonRecord): readonly Fault[] {
  const hasInput = recordsAt(view, "blocks").some((block) => block["type"] === "input");
  if (!hasInput || view["type"] !== "modal" || view["submit"] !== undefined) return [];
  return [{ message: "`submit` is required when an `input` block is used", pointer: "/view" }];
}

/** Keys whose strings a person reads; ids, values and formats don't count against the budget. */
const readable = new Set(["text", "title", "alt_text", "fallback", "caption"]);

/** Characters of readable text anywhere inside `value`. */
export function countText(value: unknown): number {
  if (Array.isArray(value)) return value.reduce((sum: number, inner) => sum + countText(inner), 0);
  if (!isRecord(value)) return 0;
  return Object.entries(value).reduce(
    (sum, [key, inner]) =>
      sum + (typeof inner === "string" && readable.has(key) ? inner.length : countText(inner)),
    0,
  );
}

// Gives ids to blocks and interactive elements that came without, and finds the elements again by id or by words.

import { isRecord, recordAt, recordsAt, stringAt, type JsonRecord } from "./json-value.ts";

const interactive =
  /^(button|overflow|checkboxes|radio_buttons|datepicker|timepicker|datetimepicker|\w+_select|\w+_input|feedback_buttons|icon_button|workflow_button)$/;

/** The blocks with every block_id and action_id present, as Slack returns them. */
export function withIds(blocks: readonly JsonRecord[], mint: () => string): readonly JsonRecord[] {
  return blocks.map((block) => ({
    ...withElementIds(block, mint),
    block_id: stringAt(block, "block_id") ?? mint(),
  }));
}

function withElementIds(holder: JsonRecord, mint: () => string): JsonRecord {
  return Object.fromEntries(
    Object.entries(holder).map(([key, value]) => {
      if (key === "elements" && Array.isArray(value))
        return [key, value.map((inner) => withActionId(inner, mint))];
      if (key === "actions" && Array.isArray(value))
        return [key, value.map((inner) => withActionId(inner, mint))];
      if (key === "child_blocks" && Array.isArray(value))
        return [key, withIds(value.filter(isRecord), mint)];
      return key === "accessory" || key === "element"
        ? [key, withActionId(value, mint)]
        : [key, value];
    }),
  );
}

function withActionId(element: unknown, mint: () => string): unknown {
  if (!isRecord(element) || !interactive.test(stringAt(element, "type") ?? "")) return element;
  return { ...element, action_id: stringAt(element, "action_id") ?? mint() };
}

export interface PlacedElement {
  readonly block: JsonRecord;
  readonly blockId: string;
  readonly actionId: string;
  readonly element: JsonRecord;
}

/** Every interactive element of the blocks, in reading order. */
export function interactiveElements(blocks: readonly JsonRecord[]): readonly PlacedElement[] {
  return blocks.flatMap((block) => {
    const blockId = stringAt(block, "block_id") ?? "";
    const candidates = [
      recordAt(block, "accessory"),
      recordAt(block, "element"),
      ...recordsAt(block, "elements"),
      ...recordsAt(block, "actions"),
    ];
    const own = candidates.flatMap((element) => {
      const actionId = stringAt(element, "action_id");
      return element === undefined || actionId === undefined
        ? []
        : [{ block, blockId, actionId, element }];
    });
    return [...own, ...interactiveElements(recordsAt(block, "child_blocks"))];
  });
}

export interface ElementReference {
  readonly actionId?: string | undefined;
  readonly blockId?: string | undefined;
  /** The words on a button, or the placeholder of a menu. */
  readonly text?: string | undefined;
}

/** The elements a person could mean. */
export function findElements(
  elements: readonly PlacedElement[],
  { actionId, blockId, text }: ElementReference,
): readonly PlacedElement[] {
  return elements.filter(
    (placed) =>
      (actionId === undefined || placed.actionId === actionId) &&
      (blockId === undefined || placed.blockId === blockId) &&
      (text === undefined || wordsOn(placed.element) === text),
  );
}

/** The words a person sees on the element. */
export function wordsOn(element: JsonRecord): string {
  return stringAt(recordAt(element, "text") ?? recordAt(element, "placeholder"), "text") ?? "";
}

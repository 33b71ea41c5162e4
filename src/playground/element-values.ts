// What a person enters into an interactive element, as payloads carry it, and Slack's own checks of required inputs.

import type { PlacedElement } from "./block-ids.ts";
import { isRecord, recordAt, recordsAt, stringAt, type JsonRecord } from "./json-value.ts";

/** Text, an option's value or words, ids, a date (YYYY-MM-DD), a time (HH:mm), or seconds since the epoch. */
export type Entered = string | number | readonly string[];

const textTypes = ["plain_text_input", "email_text_input", "url_text_input", "number_input"];
const singleKeys: Readonly<Record<string, readonly [string, string]>> = {
  users_select: ["selected_user", "initial_user"],
  conversations_select: ["selected_conversation", "initial_conversation"],
  channels_select: ["selected_channel", "initial_channel"],
  datepicker: ["selected_date", "initial_date"],
  timepicker: ["selected_time", "initial_time"],
  datetimepicker: ["selected_date_time", "initial_date_time"],
  static_select: ["selected_option", "initial_option"],
  external_select: ["selected_option", "initial_option"],
  radio_buttons: ["selected_option", "initial_option"],
  rich_text_input: ["rich_text_value", "initial_value"],
};
const manyKeys: Readonly<Record<string, readonly [string, string]>> = {
  multi_static_select: ["selected_options", "initial_options"],
  multi_external_select: ["selected_options", "initial_options"],
  checkboxes: ["selected_options", "initial_options"],
  multi_users_select: ["selected_users", "initial_users"],
  multi_conversations_select: ["selected_conversations", "initial_conversations"],
  multi_channels_select: ["selected_channels", "initial_channels"],
};

/** True for elements that hold a value, unlike buttons and overflow menus. */
export function holdsValue(element: JsonRecord): boolean {
  const type = stringAt(element, "type") ?? "";
  return (
    textTypes.includes(type) || type in singleKeys || type in manyKeys || type === "file_input"
  );
}

/** The element's state before anyone touched it. */
export function initialState(element: JsonRecord): JsonRecord {
  const type = stringAt(element, "type") ?? "";
  if (textTypes.includes(type)) return { type, value: stringAt(element, "initial_value") ?? null };
  const single = singleKeys[type];
  if (single !== undefined) return { type, [single[0]]: element[single[1]] ?? null };
  const many = manyKeys[type];
  if (many !== undefined) return { type, [many[0]]: element[many[1]] ?? [] };
  return { type, files: [] };
}

/** The element's state after the entry. Throws when a person could not enter that: no such option. */
export function enteredState(element: JsonRecord, entered: Entered): JsonRecord {
  const type = stringAt(element, "type") ?? "";
  const words =
    typeof entered === "string" || typeof entered === "number"
      ? String(entered)
      : entered.join(", ");
  if (textTypes.includes(type)) return { type, value: words === "" ? null : words };
  const many = manyKeys[type];
  if (many !== undefined) {
    const list =
      typeof entered === "string" || typeof entered === "number" ? [String(entered)] : entered;
    const chosen =
      many[0] === "selected_options" ? list.map((value) => chooseOption(element, value)) : list;
    return { type, [many[0]]: chosen };
  }
  if (type === "rich_text_input") return { type, rich_text_value: richTextOf(words) };
  if (type === "datetimepicker") return { type, selected_date_time: Number(words) };
  const single = singleKeys[type];
  if (single === undefined) throw new Error(`Nothing can be entered into a ${type}.`);
  return {
    type,
    [single[0]]: single[0] === "selected_option" ? chooseOption(element, words) : words,
  };
}

/** The option with this value or these words. */
export function chooseOption(element: JsonRecord, value: string): JsonRecord {
  const groups = recordsAt(element, "option_groups").flatMap((group) =>
    recordsAt(group, "options"),
  );
  const options = [...recordsAt(element, "options"), ...groups];
  const found = options.find(
    (option) => option["value"] === value || stringAt(recordAt(option, "text"), "text") === value,
  );
  if (found === undefined) {
    const offered = options.map((option) => stringAt(recordAt(option, "text"), "text")).join(", ");
    throw new Error(`There is no option "${value}"; offered: ${offered}.`);
  }
  return found;
}

function richTextOf(words: string): JsonRecord {
  const section = { type: "rich_text_section", elements: [{ type: "text", text: words }] };
  return { type: "rich_text", elements: [section] };
}

/** True when nothing is entered. */
function isEmpty(state: JsonRecord): boolean {
  return Object.entries(state).every(
    ([key, value]) =>
      key === "type" ||
      value === null ||
      value === "" ||
      (Array.isArray(value) && value.length === 0),
  );
}

/** What Slack's client says about an input before it sends anything; `undefined` when it is fine. */
export function complaint(
  { block, element }: PlacedElement,
  state: JsonRecord,
): string | undefined {
  if (block["type"] !== "input") return undefined;
  if (isEmpty(state))
    return block["optional"] === true ? undefined : "Please complete this required field.";
  const value = stringAt(state, "value");
  if (value === undefined) return undefined;
  const min = element["min_length"];
  const max = element["max_length"] ?? 3000;
  if (typeof min === "number" && value.length < min)
    return `Please enter at least ${min} characters.`;
  if (typeof max === "number" && value.length > max)
    return `Please enter at most ${max} characters.`;
  if (element["type"] === "number_input") return numberComplaint(element, value);
  if (element["type"] === "url_text_input" && !URL.canParse(value))
    return "Please enter a valid URL.";
  if (element["type"] === "email_text_input" && !/^\S+@\S+\.\S+$/.test(value))
    return "Please enter a valid email.";
  return undefined;
}

function numberComplaint(element: JsonRecord, value: string): string | undefined {
  const number = Number(value);
  if (Number.isNaN(number)) return "Please enter a valid number.";
  if (element["is_decimal_allowed"] !== true && !Number.isInteger(number))
    return "Please enter a whole number.";
  if (number < Number(element["min_value"] ?? Number.NEGATIVE_INFINITY))
    return `Must be at least ${String(element["min_value"])}.`;
  if (number > Number(element["max_value"] ?? Number.POSITIVE_INFINITY))
    return `Must be at most ${String(element["max_value"])}.`;
  return undefined;
}

/** State by block_id and action_id, with `entered` laid over what the elements began with. */
export function collectState(
  elements: readonly PlacedElement[],
  entered: ReadonlyMap<PlacedElement, JsonRecord>,
): Record<string, Record<string, JsonRecord>> {
  const values: Record<string, Record<string, JsonRecord>> = {};
  for (const placed of elements) {
    if (!holdsValue(placed.element)) continue;
    const state = entered.get(placed) ?? initialState(placed.element);
    values[placed.blockId] = { ...values[placed.blockId], [placed.actionId]: state };
  }
  return values;
}

/** Reads states by block_id and action_id, as the page sends them, for the elements that exist. */
export function readEnteredStates(
  elements: readonly PlacedElement[],
  values: unknown,
): Map<PlacedElement, JsonRecord> {
  const found = new Map<PlacedElement, JsonRecord>();
  for (const placed of elements) {
    const state = recordAt(recordAt(values, placed.blockId), placed.actionId);
    if (isRecord(state)) found.set(placed, { ...state, type: stringAt(placed.element, "type") });
  }
  return found;
}

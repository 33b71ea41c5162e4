// Slack's limits and our safety rules, written a second time and on their own: nothing is shared with the renderers
// they judge. Answers every fault it finds.

type Node = Readonly<Record<string, unknown>>;
export type Allowed = {
  /** The only people who may be mentioned. */
  readonly people: ReadonlySet<string>;
  /** The only addresses that may be linked. */
  readonly urls: ReadonlySet<string>;
  /** The only values buttons may carry. */
  readonly values: RegExp;
};

/** Control, bidi, zero-width and blank characters; an isolate around right-to-left text is ours. */
const INVISIBLE: readonly (readonly [number, number])[] = [
  [0x00, 0x08],
  [0x0b, 0x1f],
  [0x7f, 0xa0],
  [0xad, 0xad],
  [0x34f, 0x34f],
  [0x61c, 0x61c],
  [0x115f, 0x1160],
  [0x17b4, 0x17b5],
  [0x180b, 0x180f],
  [0x2000, 0x200f],
  [0x2028, 0x202f],
  [0x205f, 0x2067],
  [0x206a, 0x206f],
  [0x2800, 0x2800],
  [0x3000, 0x3000],
  [0x3164, 0x3164],
  [0xd800, 0xdfff],
  [0xfe00, 0xfe0f],
  [0xfeff, 0xfeff],
  [0xffa0, 0xffa0],
  [0xfff0, 0xfff8],
  [0xe0000, 0xe0fff],
];

/** By code points, so that half of a surrogate pair stands alone and is found. */
const ANY_INVISIBLE = new RegExp(
  `[${INVISIBLE.map(([from, to]) => `\\u{${from.toString(16)}}-\\u{${to.toString(16)}}`).join("")}]`,
  "u",
);

function hasInvisible(text: string): boolean {
  return ANY_INVISIBLE.test(text);
}
const ACTION_IDS =
  /^(plan_(approve|reject|edit|dry_run|full|full_page_previous|full_page_next|who|nudge|break_glass|break_glass_confirm)|run_(pause|resume|cancel|rollback|retry_step|skip_step|ask_again|edit|withdraw|answer_happened|answer_did_not_happen|answer_try_again|answer_give_up)|step_(approve|reject|answer|choose_[0-4])|bundle_open|home_(open_thread|refresh))$/;

export function messageFaults(
  message: { readonly text: string; readonly blocks: readonly unknown[] },
  allowed: Allowed,
): readonly string[] {
  const faults = blockFaults(message.blocks, 50, allowed);
  if (message.text.length === 0 || message.text.length > 4000)
    faults.push(`text has ${message.text.length} characters`);
  if (/[<>`]|&(?!amp;|lt;|gt;)|:\/\//.test(message.text))
    faults.push(`text is live mrkdwn: ${message.text.slice(0, 80)}`);
  if (hasInvisible(message.text)) faults.push("text holds invisible characters");
  const total = characters(message.blocks);
  if (total > 12_000) faults.push(`${total} characters in all`);
  return faults;
}

export function viewFaults(view: unknown, allowed: Allowed): readonly string[] {
  const node = view as Node;
  const faults = blockFaults(node["blocks"] as readonly unknown[], 100, allowed);
  const bytes = new TextEncoder().encode(JSON.stringify(view)).length;
  if (bytes > 250_000) faults.push(`${bytes} bytes`);
  for (const key of ["title", "submit", "close"]) {
    const text = node[key];
    if (text !== undefined) atMost(faults, key, (text as Node)["text"], 24, 1);
  }
  atMost(faults, "private_metadata", node["private_metadata"] ?? "", 3000, 0);
  return faults;
}

function blockFaults(blocks: readonly unknown[], most: number, allowed: Allowed): string[] {
  const faults: string[] = [];
  if (blocks.length > most) faults.push(`${blocks.length} blocks`);
  for (const block of blocks) oneBlock(block as Node, faults, allowed);
  return faults;
}

function oneBlock(block: Node, faults: string[], allowed: Allowed): void {
  switch (block["type"]) {
    case "divider":
      return;
    case "header":
      return plain(block["text"], 150, faults);
    case "context":
      return children(block, 10, faults, (element) => plain(element, 3000, faults));
    case "actions": {
      const ids = (block["elements"] as readonly Node[]).map((element) => element["action_id"]);
      if (new Set(ids).size !== ids.length) faults.push("an action_id twice in a block");
      return children(block, 25, faults, (element) => button(element, faults, allowed));
    }
    case "rich_text":
      return children(block, 1000, faults, (element) => richElement(element, faults, allowed));
    case "input":
      return input(block, faults);
    default:
      faults.push(`block ${show(block["type"])}`);
  }
}

function children(parent: Node, most: number, faults: string[], each: (child: Node) => void): void {
  const elements = parent["elements"] as readonly Node[];
  if (elements.length === 0 || elements.length > most)
    faults.push(`${elements.length} elements in ${show(parent["type"])}`);
  elements.forEach(each);
}

function plain(value: unknown, most: number, faults: string[]): void {
  const node = value as Node;
  if (node["type"] !== "plain_text") faults.push(`text of type ${show(node["type"])}`);
  atMost(faults, "plain_text", node["text"], most, 1);
  visible(node["text"], faults);
}

function button(node: Node, faults: string[], allowed: Allowed): void {
  if (node["type"] !== "button" || !ACTION_IDS.test(show(node["action_id"])))
    faults.push(`element ${show(node["type"])} ${show(node["action_id"])}`);
  plain(node["text"], 75, faults);
  if (node["value"] !== undefined && !allowed.values.test(show(node["value"])))
    faults.push(`button value ${show(node["value"]).slice(0, 80)}`);
  if (node["url"] !== undefined && !allowed.urls.has(show(node["url"])))
    faults.push(`button url ${show(node["url"])}`);
  const confirm = node["confirm"] as Node | undefined;
  if (confirm === undefined) return;
  plain(confirm["title"], 100, faults);
  plain(confirm["text"], 300, faults);
  plain(confirm["confirm"], 30, faults);
  plain(confirm["deny"], 30, faults);
}

function richElement(node: Node, faults: string[], allowed: Allowed): void {
  const elements = node["elements"] as readonly Node[];
  switch (node["type"]) {
    case "rich_text_list":
      if (Number(node["indent"] ?? 0) > 8) faults.push("indent");
      return elements.forEach((element) => richElement(element, faults, allowed));
    case "rich_text_section":
    case "rich_text_preformatted":
      if (elements.length === 0) faults.push(`empty ${node["type"]}`);
      return elements.forEach((element) => piece(element, faults, allowed));
    default:
      faults.push(`rich text ${show(node["type"])}`);
  }
}

function piece(node: Node, faults: string[], allowed: Allowed): void {
  switch (node["type"]) {
    case "text":
      atMost(faults, "rich text", node["text"], 3000, 1);
      return visible(node["text"], faults);
    case "user":
      if (!allowed.people.has(show(node["user_id"])))
        faults.push(`mention of ${show(node["user_id"])}`);
      return;
    case "link":
      if (!allowed.urls.has(show(node["url"]))) faults.push(`link to ${show(node["url"])}`);
      return;
    case "emoji":
      if (!/^[a-z_]+$/.test(show(node["name"]))) faults.push(`emoji ${show(node["name"])}`);
      return;
    case "date":
      if (!Number.isInteger(node["timestamp"])) faults.push("date");
      return;
    default:
      faults.push(`piece ${show(node["type"])}`);
  }
}

const INPUTS = [
  "plain_text_input",
  "number_input",
  "static_select",
  "users_select",
  "datepicker",
  "checkboxes",
];

function input(node: Node, faults: string[]): void {
  plain(node["label"], 2000, faults);
  if (node["hint"] !== undefined) plain(node["hint"], 2000, faults);
  atMost(faults, "block_id", node["block_id"] ?? "", 255, 0);
  const element = node["element"] as Node;
  if (!INPUTS.includes(show(element["type"]))) faults.push(`input ${show(element["type"])}`);
  atMost(faults, "initial_value", element["initial_value"] ?? "", 3000, 0);
  if (element["type"] === "static_select") options(element["options"], 100, faults);
  if (element["type"] === "checkboxes") options(element["options"], 10, faults);
  if (element["initial_options"] !== undefined) faults.push("a box ticked beforehand");
}

function options(value: unknown, most: number, faults: string[]): void {
  const all = Array.isArray(value) ? (value as readonly Node[]) : [];
  if (all.length === 0 || all.length > most) faults.push(`${all.length} options`);
  for (const option of all) {
    plain(option["text"], 75, faults);
    if (option["description"] !== undefined) plain(option["description"], 75, faults);
    atMost(faults, "option value", option["value"], 150, 1);
  }
}

function visible(text: unknown, faults: string[]): void {
  if (hasInvisible(show(text)))
    faults.push(`invisible characters in ${JSON.stringify(text).slice(0, 80)}`);
}

function atMost(faults: string[], what: string, text: unknown, most: number, least: number): void {
  if (typeof text !== "string" || text.length > most || text.length < least)
    faults.push(`${what} of ${typeof text === "string" ? text.length : "no"} characters`);
}

function characters(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  return Object.entries(value).reduce(
    (sum, [key, inner]) =>
      sum +
      (typeof inner === "string" && ["text", "fallback", "title"].includes(key)
        ? inner.length
        : characters(inner)),
    0,
  );
}

function show(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value ?? null);
}

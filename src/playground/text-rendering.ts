// Turns a message into plain lines for a terminal: the tour prints them and tests read them. Control characters in the
// text are made visible, for what a bot repeats may come from anywhere.

import { recordAt, recordsAt, stringAt, type JsonRecord } from "./json-value.ts";
import type { SlackMessage } from "./message.ts";
import { readMarkdown } from "./page/markdown.js";
import { decodeEntities, parseMrkdwn, type Piece } from "./page/mrkdwn.js";
import { withEmoji, emojiNamed } from "./page/emoji.js";
import { readRichText, type RichPart } from "./page/rich-text.js";
import { formatSlackDate } from "./page/slack-dates.js";
import type { Directory } from "./typed-text.ts";

export interface TextOptions {
  /** Resolves mentions. */
  readonly directory: Directory;
  /** The reader's time zone; the machine's when absent. */
  readonly timeZone?: string | undefined;
  /** What "today" means, in milliseconds; the message's own time when absent. */
  readonly nowMs?: number | undefined;
}

/** Characters that could move a terminal's cursor or reorder its text. */
const hidden = /(?![\n\t])[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu;

type Part = RichPart | { readonly kind: "heading"; readonly pieces: readonly Piece[] };

/** The message's content as text, without its author. Lines end with "\n" except the last. */
export function renderAsText(message: SlackMessage, options: TextOptions): string {
  const writer = new TextWriter({ nowMs: Number(message.ts) * 1000, ...dropUndefined(options) });
  const blocks = message.blocks ?? [];
  const body = blocks.length > 0 ? writer.blocks(blocks) : writer.mrkdwn(message.text);
  const files = (message.files ?? []).map((file) => `[file ${file.name}, ${file.size} bytes]`);
  return [body, ...files]
    .filter((part) => part !== "")
    .join("\n")
    .replace(hidden, "�");
}

/** Blocks of a modal or Home tab as text. */
export function renderBlocksAsText(
  blocks: readonly JsonRecord[],
  options: TextOptions & { readonly nowMs: number },
): string {
  return new TextWriter(options).blocks(blocks).replace(hidden, "�");
}

function dropUndefined({ directory, timeZone, nowMs }: TextOptions) {
  return { directory, timeZone, ...(nowMs === undefined ? {} : { nowMs }) };
}

const statusMarks: Readonly<Record<string, string>> = {
  pending: "○",
  in_progress: "◐",
  complete: "●",
  error: "✗",
};

class TextWriter {
  readonly #options: TextOptions & { readonly nowMs: number };

  constructor(options: TextOptions & { readonly nowMs: number }) {
    this.#options = options;
  }

  blocks(blocks: readonly JsonRecord[]): string {
    return blocks
      .map((block) => this.#block(block))
      .filter((lines) => lines !== "")
      .join("\n");
  }

  mrkdwn(text: string): string {
    return this.#parts(parseMrkdwn(text));
  }

  #block(block: JsonRecord): string {
    switch (block["type"]) {
      case "header":
        return `# ${this.#text(block["text"])}`;
      case "section":
        return this.#section(block);
      case "context":
        return recordsAt(block, "elements")
          .map((element) => this.#contextElement(element))
          .join(" · ");
      case "divider":
        return "─".repeat(40);
      case "actions":
      case "context_actions":
        return recordsAt(block, "elements")
          .map((element) => this.#element(element))
          .join(" ");
      case "rich_text":
        return this.#parts(readRichText(block));
      case "markdown":
        return this.#parts(readMarkdown(stringAt(block, "text") ?? ""));
      case "table":
      case "data_table":
        return this.#table(block);
      case "input":
        return `${this.#text(block["label"])}: ${this.#element(recordAt(block, "element") ?? {})}`;
      case "plan":
        return [
          `▸ ${stringAt(block, "title") ?? ""}`,
          ...recordsAt(block, "tasks").map((task) => this.#task(task)),
        ].join("\n");
      case "task_card":
        return this.#task(block);
      case "alert":
        return `! ${this.#text(block["text"])}`;
      case "image":
        return `[image: ${stringAt(block, "alt_text") ?? ""}]`;
      default:
        return `[${stringAt(block, "type") ?? "block"}]`;
    }
  }

  #section(block: JsonRecord): string {
    const accessory = recordAt(block, "accessory");
    const fields = recordsAt(block, "fields").map((field) => this.#text(field).replace(/\n/, " "));
    const text = block["text"] === undefined ? "" : this.#text(block["text"]);
    return [text, ...fields, ...(accessory === undefined ? [] : [this.#element(accessory)])]
      .filter((line) => line !== "")
      .join("\n");
  }

  #contextElement(element: JsonRecord): string {
    return element["type"] === "image"
      ? `[image: ${stringAt(element, "alt_text") ?? ""}]`
      : this.#text(element);
  }

  #task(task: JsonRecord): string {
    const mark = statusMarks[stringAt(task, "status") ?? ""] ?? "○";
    const inner = ["details", "output"].flatMap((key) => {
      const block = recordAt(task, key);
      return block === undefined ? [] : [indent(this.#parts(readRichText(block)), "    ")];
    });
    return [`  ${mark} ${stringAt(task, "title") ?? ""}`, ...inner].join("\n");
  }

  #text(text: unknown): string {
    const words = stringAt(text, "text") ?? "";
    return stringAt(text, "type") === "plain_text"
      ? withEmoji(decodeEntities(words))
      : this.mrkdwn(words);
  }

  #element(element: JsonRecord): string {
    const type = stringAt(element, "type") ?? "";
    if (type === "button" || type === "workflow_button" || type === "icon_button")
      return `[${this.#text(element["text"])}]`;
    if (type === "overflow") return "[…]";
    if (type === "image") return `[image: ${stringAt(element, "alt_text") ?? ""}]`;
    if (type === "checkboxes" || type === "radio_buttons") {
      const box = type === "checkboxes" ? "☐" : "○";
      return recordsAt(element, "options")
        .map((option) => `${box} ${this.#text(option["text"])}`)
        .join("  ");
    }
    const initial = recordAt(element, "initial_option");
    const shown = initial === undefined ? element["placeholder"] : initial["text"];
    const value =
      stringAt(element, "initial_value") ?? stringAt(element, "initial_date") ?? this.#text(shown);
    return `[${value === "" ? type.replaceAll("_", " ") : value} ▾]`;
  }

  #table(block: JsonRecord): string {
    const rows = Array.isArray(block["rows"]) ? block["rows"] : [];
    const cells = rows.map((row) =>
      Array.isArray(row) ? row.map((cell) => this.#cell(cell)) : [],
    );
    const columns = Math.max(0, ...cells.map((row) => row.length));
    const widths = Array.from({ length: columns }, (_, index) =>
      Math.max(...cells.map((row) => (row[index] ?? "").length)),
    );
    return cells
      .map((row) =>
        row
          .map((cell, index) => cell.padEnd(widths[index] ?? 0))
          .join(" │ ")
          .trimEnd(),
      )
      .join("\n");
  }

  #cell(cell: unknown): string {
    const blocks = stringAt(cell, "type") === "rich_text" ? [cell as JsonRecord] : [];
    return (blocks.length > 0 ? this.blocks(blocks) : (stringAt(cell, "text") ?? "")).replaceAll(
      "\n",
      " ",
    );
  }

  #parts(parts: readonly Part[]): string {
    return parts.map((part) => this.#part(part)).join("\n");
  }

  #part(part: Part): string {
    switch (part.kind) {
      case "paragraph":
        return this.#pieces(part.pieces).replace(/\n+$/, "");
      case "heading":
        return `# ${this.#pieces(part.pieces)}`;
      case "quote":
        return indent(this.#pieces(part.pieces), "▏ ");
      case "preformatted":
        return indent(this.#pieces(part.pieces), "    ");
      case "list":
        return part.items.map((item, index) => this.#listItem(part, item, index)).join("\n");
    }
  }

  #listItem(list: Extract<Part, { kind: "list" }>, item: readonly Piece[], index: number): string {
    const mark = list.ordered ? `${list.offset + index + 1}.` : "•";
    return `${"  ".repeat(list.indent)}${mark} ${this.#pieces(item)}`;
  }

  #pieces(pieces: readonly Piece[]): string {
    return pieces.map((piece) => this.#piece(piece)).join("");
  }

  #piece(piece: Piece): string {
    const { people, channels } = this.#options.directory;
    switch (piece.kind) {
      case "text":
        return piece.text;
      case "user":
        return `@${people.find(piece.id)?.name ?? piece.id}`;
      case "group":
        return `@${people.findGroup(piece.id)?.handle ?? piece.id}`;
      case "team":
        return `@${piece.id}`;
      case "channel":
        return `#${channels.find(piece.id)?.name ?? (piece.label || piece.id)}`;
      case "broadcast":
        return `@${piece.range}`;
      case "emoji":
        return emojiNamed(piece.name);
      case "link":
        return piece.label === piece.url ? piece.url : `${piece.label} (${piece.url})`;
      case "date":
        return formatSlackDate(piece.timestamp, piece.format, this.#options);
    }
  }
}

function indent(text: string, prefix: string): string {
  return text
    .split("\n")
    .map((line) => `${prefix}${line}`)
    .join("\n");
}

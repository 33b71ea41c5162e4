// Rich text made of typed pieces. Slack shows a text piece literally: nothing in it becomes a mention, a link or a
// style, which is why messages here hold no mrkdwn at all.

import type {
  RichTextBlock,
  RichTextBlockElement,
  RichTextElement,
  RichTextList,
  RichTextPreformatted,
  RichTextSection,
} from "@slack/types";
import type { Risk } from "#engine/risk.ts";
import type { Instant } from "#engine/time.ts";
import { LIMITS, textSize } from "./budget.ts";
import { identifier, oneLine } from "./plain.ts";

export type Piece = RichTextElement;

/** Our own words. Untrusted text goes through plain.ts first. */
export function words(text: string): Piece {
  return { type: "text", text };
}

export function bold(text: string): Piece {
  return { type: "text", text, style: { bold: true } };
}

export function code(text: string): Piece {
  return { type: "text", text, style: { code: true } };
}

/** Untrusted words on one line. */
export function untrusted(text: string, max = 300): Piece {
  return words(oneLine(text, max).text || EMPTY);
}

const EMPTY = "(empty)";

/** Untrusted words on one line, in bold. */
export function boldUntrusted(text: string, max = 300): Piece {
  return bold(oneLine(text, max).text || EMPTY);
}

/** A name from a plan, as code. */
export function name(text: string, max = 80): Piece {
  return code(identifier(text, max).text || EMPTY);
}

const USER_ID = /^[UW][A-Z0-9]{2,30}$/;

export function isUserId(text: string): boolean {
  return USER_ID.test(text);
}

/** A person. Anything that is not a Slack user id is shown as text and mentions nobody. */
export function person(userId: string): Piece {
  return isUserId(userId) ? { type: "user", user_id: userId } : name(userId, 40);
}

const CHANNEL_ID = /^[CG][A-Z0-9]{2,30}$/;

/** A channel as a link. Anything that is not a Slack channel id is shown as text. */
export function channel(channelId: string): Piece {
  return CHANNEL_ID.test(channelId)
    ? { type: "channel", channel_id: channelId }
    : name(channelId, 40);
}

/** `@ann, @ben and @cy`; the rest counted. */
export function people(userIds: readonly string[], most = 10): Piece[] {
  const shown = userIds.slice(0, most);
  const rest = userIds.length - shown.length;
  const pieces = shown.flatMap((id, index) => {
    const last = index === shown.length - 1 && rest === 0;
    const joint = index === 0 ? [] : [words(last ? " and " : ", ")];
    return [...joint, person(id)];
  });
  return rest > 0 ? [...pieces, words(` and ${rest} more`)] : pieces;
}

/** A sentence of the engine, in which `@U123` stands for a person and `#C123` for a channel. Only ids in `known` become mentions. */
export function sentence(text: string, known: ReadonlySet<string>, max = 1000): Piece[] {
  const shown = oneLine(text, max).text || EMPTY;
  return shown
    .split(/(@[UW][A-Z0-9]{2,30}|#[CG][A-Z0-9]{2,30})\b/)
    .filter((part) => part !== "")
    .map((part) => {
      const id = part.slice(1);
      if (part.startsWith("@") && known.has(id)) return person(id);
      return part.startsWith("#") && known.has(id) ? channel(id) : words(part);
    });
}

/** A link to a Slack message. The address comes from `chat.getPermalink`, never from a plan. */
export function link(url: string, text: string): Piece {
  return /^https?:\/\/[^\s<>|"]{1,2900}$/.test(url) ? { type: "link", url, text } : words(text);
}

/** A point in time in the reader's own time zone; today's date as "today". */
export function time(at: Instant): Piece {
  const utc = new Date(at).toISOString();
  return {
    type: "date",
    timestamp: Math.floor(at / 1000),
    format: "{date_short_pretty} at {time}",
    fallback: `${utc.slice(0, 10)} ${utc.slice(11, 16)} UTC`,
  };
}

export function emoji(emojiName: string, unicode: string): Piece {
  return { type: "emoji", name: emojiName, unicode };
}

const RISK_MARKS: Readonly<Record<Risk, { readonly mark: Piece; readonly word: string }>> = {
  "read-only": { mark: emoji("large_green_circle", "1f7e2"), word: "Read-only" },
  modify: { mark: emoji("large_yellow_circle", "1f7e1"), word: "Modify" },
  destructive: { mark: emoji("red_circle", "1f534"), word: "Destructive" },
};

/** The colour mark and always the word beside it. */
export function riskPieces(risk: Risk): Piece[] {
  const { mark, word } = RISK_MARKS[risk];
  return [mark, words(" "), bold(word)];
}

export function riskWord(risk: Risk): string {
  return RISK_MARKS[risk].word;
}

export function section(...pieces: readonly Piece[]): RichTextSection {
  return {
    type: "rich_text_section",
    elements: pieces.filter((piece) => piece.type !== "text" || piece.text !== ""),
  };
}

/** Pieces on lines of their own, in one section. */
export function lines(...rows: readonly (readonly Piece[])[]): RichTextSection {
  const filled = rows.filter((row) => row.length > 0);
  return section(...filled.flatMap((row, index) => (index === 0 ? row : [words("\n"), ...row])));
}

export function bullets(items: readonly RichTextSection[], indent = 0): RichTextList {
  return { type: "rich_text_list", style: "bullet", indent, elements: [...items] };
}

export function preformatted(text: string): RichTextPreformatted {
  return {
    type: "rich_text_preformatted",
    elements: [{ type: "text", text: text === "" ? " " : text }],
  };
}

export function richText(...elements: readonly RichTextBlockElement[]): RichTextBlock {
  return { type: "rich_text", elements: [...elements] };
}

/** Groups of elements packed into as few blocks as their size allows. A group is never split. */
export function packRichText(
  groups: readonly (readonly RichTextBlockElement[])[],
): RichTextBlock[] {
  const blocks: RichTextBlockElement[][] = [];
  let size = Infinity;
  for (const group of groups) {
    const groupSize = textSize(group);
    const last = blocks.at(-1);
    if (last === undefined || size + groupSize > LIMITS.richText) {
      blocks.push([...group]);
      size = groupSize;
    } else {
      last.push(...group);
      size += groupSize;
    }
  }
  return blocks.map((elements) => richText(...elements));
}

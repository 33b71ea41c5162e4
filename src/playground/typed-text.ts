// Turns what a person types into what Slack tells an app: entities escaped, mentions and links in angle brackets, and
// the same words as a rich text block.

import type { Channels } from "./channels.ts";
import type { JsonRecord } from "./json-value.ts";
import type { People } from "./people.ts";

export interface EncodedText {
  readonly text: string;
  readonly blocks: readonly JsonRecord[];
  /** Ids of the users mentioned. */
  readonly mentions: readonly string[];
}

export interface Directory {
  readonly people: People;
  readonly channels: Channels;
}

type Piece = JsonRecord & { readonly encoded: string };

/** Escapes the three characters that Slack treats as control characters. */
function escapeEntities(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

export function encodeTyped(typed: string, directory: Directory): EncodedText {
  const segments = typed.split(/```/);
  const mentions: string[] = [];
  // Fences come in pairs; an unpaired last fence is only text.
  const isCode = (index: number) => index % 2 === 1 && index < segments.length - 1;
  const elements: JsonRecord[] = [];
  let text = "";
  for (const [index, segment] of segments.entries()) {
    if (isCode(index)) {
      const pieces = splitLinks(segment.replace(/^\n/, "").replace(/\n$/, ""));
      elements.push({
        type: "rich_text_preformatted",
        elements: pieces.map(withoutEncoding),
        border: 0,
      });
      text += `\`\`\`${pieces.map((piece) => piece.encoded).join("")}\`\`\``;
      continue;
    }
    const unpaired = index % 2 === 1 ? "```" : "";
    const pieces = splitPieces(unpaired + segment, directory);
    text += pieces.map((piece) => piece.encoded).join("");
    mentions.push(
      ...pieces.flatMap((piece) => (piece["type"] === "user" ? String(piece["user_id"]) : [])),
    );
    if (pieces.length > 0)
      elements.push({ type: "rich_text_section", elements: pieces.map(withoutEncoding) });
  }
  return { text, blocks: [{ type: "rich_text", block_id: "typed", elements }], mentions };
}

function withoutEncoding({ encoded: _encoded, ...piece }: Piece): JsonRecord {
  return piece;
}

const token =
  /(@[a-z0-9._-]+)|(#[a-z0-9_-]+)|(https?:\/\/[^\s<>"'`]*[^\s<>"'`.,;:!?)\]}])|(`[^`\n]+`)/giu;

function splitPieces(text: string, directory: Directory): readonly Piece[] {
  return splitBy(
    token,
    text,
    (word) => mentionPiece(word, directory) ?? linkPiece(word) ?? codePiece(word),
  );
}

function splitLinks(text: string): readonly Piece[] {
  return splitBy(/https?:\/\/[^\s<>"'`]*[^\s<>"'`.,;:!?)\]}]/giu, text, linkPiece);
}

function splitBy(
  pattern: RegExp,
  text: string,
  read: (word: string) => Piece | undefined,
): readonly Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const match of text.matchAll(pattern)) {
    const piece = read(match[0]);
    if (piece === undefined) continue;
    if (match.index > from) pieces.push(textPiece(text.slice(from, match.index)));
    pieces.push(piece);
    from = match.index + match[0].length;
  }
  if (from < text.length) pieces.push(textPiece(text.slice(from)));
  return pieces;
}

function textPiece(text: string): Piece {
  return { type: "text", text, encoded: escapeEntities(text) };
}

function linkPiece(word: string): Piece | undefined {
  return /^https?:/i.test(word)
    ? { type: "link", url: word, encoded: `<${escapeEntities(word)}>` }
    : undefined;
}

function codePiece(word: string): Piece | undefined {
  if (!word.startsWith("`")) return undefined;
  return {
    type: "text",
    text: word.slice(1, -1),
    style: { code: true },
    encoded: escapeEntities(word),
  };
}

function mentionPiece(word: string, { people, channels }: Directory): Piece | undefined {
  if (word.startsWith("#")) {
    const channel = channels.findByName(word);
    if (channel?.kind !== "channel") return undefined;
    return { type: "channel", channel_id: channel.id, encoded: `<#${channel.id}|${channel.name}>` };
  }
  if (!word.startsWith("@")) return undefined;
  const range = word.slice(1);
  if (["here", "channel", "everyone"].includes(range))
    return { type: "broadcast", range, encoded: `<!${range}>` };
  const user = people.find(word);
  if (user !== undefined) return { type: "user", user_id: user.id, encoded: `<@${user.id}>` };
  const group = people.findGroup(word);
  return group && { type: "usergroup", usergroup_id: group.id, encoded: `<!subteam^${group.id}>` };
}

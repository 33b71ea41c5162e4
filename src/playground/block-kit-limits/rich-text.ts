// The shape of rich text: sections, lists, quotes and preformatted text made of small typed pieces.

import {
  anyRecord,
  boolean,
  byType,
  integer,
  lazily,
  list,
  object,
  oneOf,
  text,
  type Check,
} from "./checks.ts";

const manyPieces = { min: 0, max: 5000 };
const longText = 13_200;

const style = object(
  {},
  { bold: boolean, code: boolean, italic: boolean, strike: boolean, underline: boolean },
);
const piece = (
  name: string,
  required: Record<string, Check>,
  optional: Record<string, Check> = {},
) => object({ type: oneOf(name), ...required }, { style, ...optional });

const pieces: Readonly<Record<string, Check>> = {
  text: piece("text", { text: text(longText) }),
  link: piece("link", { url: text(3000) }, { text: text(3000, 0), unsafe: boolean }),
  user: piece("user", { user_id: text(255) }),
  usergroup: piece("usergroup", { usergroup_id: text(255) }),
  channel: piece("channel", { channel_id: text(255) }),
  team: piece("team", { team_id: text(255) }),
  broadcast: piece("broadcast", { range: oneOf("here", "channel", "everyone") }),
  emoji: piece("emoji", { name: text(255) }, { unicode: text(255), url: text(3000) }),
  color: piece("color", { value: text(255) }),
  date: piece(
    "date",
    { timestamp: integer(0, 99_999_999_999), format: text(255) },
    { url: text(3000), fallback: text(3000) },
  ),
};

const anyPiece = byType(pieces);
const preformattedPiece = byType({
  text: pieces["text"] ?? anyRecord,
  link: pieces["link"] ?? anyRecord,
});
const border = { border: oneOf(0, 1) };

const section = object({ type: oneOf("rich_text_section"), elements: list(anyPiece, manyPieces) });

const part = byType({
  rich_text_section: section,
  rich_text_list: object(
    {
      type: oneOf("rich_text_list"),
      elements: list(section, manyPieces),
      style: oneOf("bullet", "ordered"),
    },
    { ...border, indent: integer(0, 8), offset: integer(0, 10_000) },
  ),
  rich_text_quote: object(
    { type: oneOf("rich_text_quote"), elements: list(anyPiece, manyPieces) },
    border,
  ),
  rich_text_preformatted: object(
    { type: oneOf("rich_text_preformatted"), elements: list(preformattedPiece, manyPieces) },
    { ...border, language: text(255) },
  ),
});

export const richText: Check = lazily(() =>
  object({ type: oneOf("rich_text"), elements: list(part, manyPieces) }, { block_id: text(255) }),
);

// A message's blocks as text for a terminal, so that a card says the same there as in Slack. Buttons are left out:
// nothing can be pressed. Knows the few blocks that our messages are made of.

import type { Block, KnownBlock, RichTextBlockElement, RichTextElement } from "@slack/types";
import { styled } from "./screen.ts";
import type { Screen, Style } from "./screen.ts";

/** @throws {Error} for a kind of block that no message of ours has: a defect. */
export function blockText(blocks: readonly (KnownBlock | Block)[], screen: Screen): string {
  return blocks
    .map((block) => oneBlock(block as KnownBlock, screen))
    .filter((text) => text !== "")
    .join("\n");
}

function oneBlock(block: KnownBlock, screen: Screen): string {
  switch (block.type) {
    case "header":
      return styled(screen, "bold", block.text.text);
    case "context":
      return block.elements
        .map((element) => styled(screen, "dim", "text" in element ? element.text : ""))
        .join(" · ");
    case "divider":
      return "─".repeat(Math.min(40, screen.columns ?? 40));
    case "actions":
      return "";
    case "rich_text":
      return block.elements
        .map((element) => richElement(element, screen))
        .filter((text) => text !== "")
        .join("\n");
    default:
      throw new Error(`a block of type ${block.type} has no text for a terminal`);
  }
}

function richElement(element: RichTextBlockElement, screen: Screen): string {
  switch (element.type) {
    case "rich_text_section":
      return pieces(element.elements, screen);
    case "rich_text_list":
      return element.elements
        .map((item) => {
          const indent = "  ".repeat(element.indent ?? 0);
          return `${indent}• ${indented(pieces(item.elements, screen), `${indent}  `)}`;
        })
        .join("\n");
    case "rich_text_quote":
    case "rich_text_preformatted":
      return `    ${indented(pieces(element.elements, screen), "    ")}`;
  }
}

function indented(text: string, indent: string): string {
  return text.replaceAll("\n", `\n${indent}`);
}

function pieces(elements: readonly RichTextElement[], screen: Screen): string {
  return elements.map((piece) => pieceText(piece, screen)).join("");
}

function pieceText(piece: RichTextElement, screen: Screen): string {
  switch (piece.type) {
    case "text":
      return styled(screen, stylesOf(piece.style), piece.text);
    case "user":
      return `@${piece.user_id}`;
    case "usergroup":
      return `@${piece.usergroup_id}`;
    case "channel":
      return `#${piece.channel_id}`;
    case "team":
      return `@${piece.team_id}`;
    case "broadcast":
      return `@${piece.range}`;
    case "link":
      return `${piece.text ?? ""} ${piece.url}`.trimStart();
    case "date":
      return piece.fallback ?? new Date(piece.timestamp * 1000).toISOString();
    case "emoji":
      return emojiText(piece.unicode, piece.name);
    case "color":
      return piece.value;
  }
}

type TextStyle = Extract<RichTextElement, { type: "text" }>["style"];

function stylesOf(style: TextStyle): readonly Style[] {
  return [
    ...(style?.bold === true ? (["bold"] as const) : []),
    ...(style?.code === true ? (["cyan"] as const) : []),
  ];
}

function emojiText(unicode: string | undefined, name: string): string {
  if (unicode === undefined) return `:${name}:`;
  return String.fromCodePoint(...unicode.split("-").map((part) => Number.parseInt(part, 16)));
}

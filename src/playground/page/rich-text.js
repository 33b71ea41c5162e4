// Reads rich text blocks into the same pieces that mrkdwn is read into, so that both are drawn by one hand.

/** @import { Piece, Styles } from "./mrkdwn.js" */

/**
 * @typedef {{ kind: "paragraph" | "quote" | "preformatted", pieces: Piece[] }
 *   | { kind: "list", ordered: boolean, indent: number, offset: number, items: Piece[][] }} RichPart
 */

/**
 * @typedef {Readonly<Record<string, unknown>>} Json
 */

/**
 * @param {unknown} value
 * @returns {Json[]}
 */
function records(value) {
  return Array.isArray(value)
    ? value.filter((item) => typeof item === "object" && item !== null)
    : [];
}

/**
 * @param {unknown} value
 * @returns {string}
 */
function words(value) {
  return typeof value === "string" ? value : "";
}

/**
 * The parts of a rich_text block.
 * @param {Json} block
 * @returns {RichPart[]}
 */
export function readRichText(block) {
  return records(block["elements"]).map((part) => {
    const elements = records(part["elements"]);
    switch (part["type"]) {
      case "rich_text_list":
        return {
          kind: "list",
          ordered: part["style"] === "ordered",
          indent: Number(part["indent"] ?? 0),
          offset: Number(part["offset"] ?? 0),
          items: elements.map((item) => records(item["elements"]).map(readPiece)),
        };
      case "rich_text_preformatted":
        return { kind: "preformatted", pieces: elements.map(readPiece) };
      case "rich_text_quote":
        return { kind: "quote", pieces: elements.map(readPiece) };
      default:
        return { kind: "paragraph", pieces: elements.map(readPiece) };
    }
  });
}

/**
 * @param {Json} element
 * @returns {Piece}
 */
function readPiece(element) {
  const styles = /** @type {Styles} */ (element["style"] ?? {});
  switch (element["type"]) {
    case "user":
      return { kind: "user", id: words(element["user_id"]), styles };
    case "usergroup":
      return { kind: "group", id: words(element["usergroup_id"]), styles };
    case "team":
      return { kind: "team", id: words(element["team_id"]), styles };
    case "channel":
      return { kind: "channel", id: words(element["channel_id"]), label: "", styles };
    case "broadcast":
      return { kind: "broadcast", range: words(element["range"]), styles };
    case "emoji":
      return { kind: "emoji", name: words(element["name"]), styles };
    case "link": {
      const url = words(element["url"]);
      return { kind: "link", url, label: words(element["text"]) || url, styles };
    }
    case "date":
      return {
        kind: "date",
        timestamp: Number(element["timestamp"]),
        format: words(element["format"]),
        url: words(element["url"]),
        fallback: words(element["fallback"]),
        styles,
      };
    case "color":
      return { kind: "text", text: words(element["value"]), styles };
    default:
      return { kind: "text", text: words(element["text"]), styles };
  }
}

// Draws pieces of text: styles, mentions, links, emoji and dates in the reader's own time zone.

/** @import { Piece, Part } from "./mrkdwn.js" */
/** @import { RichPart } from "./rich-text.js" */
import { h } from "./dom.js";
import { emojiNamed, withEmoji } from "./emoji.js";
import { decodeEntities, parseMrkdwn } from "./mrkdwn.js";
import { formatSlackDate } from "./slack-dates.js";
import { personById, workspace } from "./workspace.js";

/** @typedef {Readonly<Record<string, unknown>>} Json */

/**
 * A text object of Block Kit.
 * @param {unknown} text
 * @returns {Node[]}
 */
export function drawText(text) {
  if (typeof text !== "object" || text === null) return [];
  const { type, text: words } = /** @type {Json} */ (text);
  if (typeof words !== "string") return [];
  return type === "mrkdwn"
    ? drawMrkdwn(words)
    : [document.createTextNode(withEmoji(decodeEntities(words)))];
}

/**
 * The words of a text object, for places that take no elements.
 * @param {unknown} text
 * @returns {string}
 */
export function plainWords(text) {
  const words =
    typeof text === "object" && text !== null ? /** @type {Json} */ (text)["text"] : undefined;
  return typeof words === "string" ? withEmoji(decodeEntities(words)) : "";
}

/**
 * @param {string} source
 * @returns {Node[]}
 */
export function drawMrkdwn(source) {
  return drawParts(parseMrkdwn(source));
}

/**
 * @param {readonly (Part | RichPart | { kind: "heading", pieces: Piece[] })[]} parts
 * @returns {Node[]}
 */
export function drawParts(parts) {
  return parts.map((part) => {
    switch (part.kind) {
      case "paragraph":
        return h("p", { class: "text" }, part.pieces.map(drawPiece));
      case "heading":
        return h("h4", { class: "text-heading" }, part.pieces.map(drawPiece));
      case "quote":
        return h("blockquote", { class: "quote" }, part.pieces.map(drawPiece));
      case "preformatted":
        return h("pre", { class: "code-block", tabindex: "0" }, part.pieces.map(drawPiece));
      case "list":
        return drawList(part);
    }
  });
}

/** @param {Extract<RichPart, { kind: "list" }>} list */
function drawList({ ordered, indent, offset, items }) {
  const rows = items.map((item) => h("li", {}, item.map(drawPiece)));
  const attributes = { class: `list list-${Math.min(indent, 8)}` };
  return ordered ? h("ol", { ...attributes, start: offset + 1 }, rows) : h("ul", attributes, rows);
}

/**
 * @param {Piece} piece
 * @returns {Node}
 */
function drawPiece(piece) {
  const { bold, italic, strike, code, underline } = piece.styles;
  let node = drawBare(piece);
  if (code === true) node = h("code", { class: "code" }, node);
  if (bold === true) node = h("strong", {}, node);
  if (italic === true) node = h("em", {}, node);
  if (strike === true) node = h("s", {}, node);
  if (underline === true) node = h("u", {}, node);
  return node;
}

/**
 * @param {Piece} piece
 * @returns {Node}
 */
function drawBare(piece) {
  switch (piece.kind) {
    case "text":
      return document.createTextNode(piece.text);
    case "emoji":
      return document.createTextNode(emojiNamed(piece.name));
    case "user":
      return drawMention(piece.id);
    case "group": {
      const group = workspace().groups.find((candidate) => candidate.id === piece.id);
      return h("span", { class: "mention" }, `@${group?.handle ?? piece.id}`);
    }
    case "team":
      return h("span", { class: "mention" }, `@${piece.id}`);
    case "channel": {
      const channel = workspace().allChannels.find((candidate) => candidate.id === piece.id);
      return h("span", { class: "mention" }, `#${channel?.name ?? (piece.label || piece.id)}`);
    }
    case "broadcast":
      return h("span", { class: "mention mention-you" }, `@${piece.range}`);
    case "link":
      return drawLink(piece.url, piece.label);
    case "date":
      return drawDate(piece);
  }
}

/** @param {string} id */
function drawMention(id) {
  const person = personById(id);
  const isYou = id === workspace().you;
  return h(
    "span",
    { class: isYou ? "mention mention-you" : "mention", title: person?.realName },
    `@${person?.name ?? id}`,
  );
}

/**
 * Only web and mail addresses become links; anything else stays words.
 * @param {string} url
 * @param {string} label
 */
export function drawLink(url, label) {
  if (!/^(https?:|mailto:)/i.test(url)) return document.createTextNode(label);
  const isHere = url.startsWith(`${location.origin}/`);
  const elsewhere = isHere ? {} : { target: "_blank", rel: "noreferrer noopener" };
  return h("a", { href: url, title: label === url ? undefined : url, ...elsewhere }, label);
}

/** @param {Extract<Piece, { kind: "date" }>} piece */
function drawDate({ timestamp, format, url, fallback }) {
  const words = formatSlackDate(timestamp, format, {
    nowMs: Date.now(),
    locale: navigator.language,
  });
  const at = new Date(timestamp * 1000);
  const time = h(
    "time",
    { datetime: at.toISOString(), title: `${at.toLocaleString()} (${fallback})` },
    words,
  );
  return url === ""
    ? time
    : h("a", { href: url, target: "_blank", rel: "noreferrer noopener" }, time);
}

/**
 * @param {string | undefined} ts
 * @returns {string}
 */
export function clockTime(ts) {
  return new Date(Number(ts) * 1000).toLocaleTimeString([], {
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
}

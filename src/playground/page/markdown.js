// Reads the small part of Markdown that markdown blocks use: headings, lists, quotes, fences, bold, italic, code, links.

/** @import { Piece, Styles } from "./mrkdwn.js" */
/** @import { RichPart } from "./rich-text.js" */

/**
 * @param {string} source
 * @returns {(RichPart | { kind: "heading", pieces: Piece[] })[]}
 */
export function readMarkdown(source) {
  return source.split(/^```\w*\n?/m).flatMap((segment, index, all) => {
    if (index % 2 === 1 && index < all.length) {
      return [
        {
          kind: /** @type {const} */ ("preformatted"),
          pieces: [plain(segment.replace(/\n$/, ""), {})],
        },
      ];
    }
    return segment
      .split(/\n{2,}|\n(?=#{1,6} |[-*] |\d+\. |> )|(?<=^#{1,6} [^\n]*)\n/m)
      .map((text) => text.replace(/^\n+|\n+$/g, ""))
      .filter((text) => text !== "")
      .map(readPart);
  });
}

/**
 * @param {string} text
 * @returns {RichPart | { kind: "heading", pieces: Piece[] }}
 */
function readPart(text) {
  const heading = /^#{1,6} (.*)$/s.exec(text);
  if (heading !== null) return { kind: "heading", pieces: readSpans(heading[1] ?? "", {}) };
  const item = /^([-*]|(\d+)\.) (.*)$/s.exec(text);
  if (item !== null) {
    const offset = item[2] === undefined ? 0 : Number(item[2]) - 1;
    return {
      kind: "list",
      ordered: item[2] !== undefined,
      indent: 0,
      offset,
      items: [readSpans(item[3] ?? "", {})],
    };
  }
  const quote = /^> ?(.*)$/s.exec(text);
  if (quote !== null)
    return { kind: "quote", pieces: readSpans((quote[1] ?? "").replace(/\n> ?/g, "\n"), {}) };
  return { kind: "paragraph", pieces: readSpans(text, {}) };
}

const span =
  /`([^`\n]+)`|\*\*([^*\n]+)\*\*|~~([^~\n]+)~~|\[([^\]\n]+)\]\((https?:\/\/[^)\s]+)\)|(?<!\w)[*_]([^*_\n]+)[*_](?!\w)/g;

/**
 * @param {string} text
 * @param {Styles} styles
 * @returns {Piece[]}
 */
function readSpans(text, styles) {
  /** @type {Piece[]} */
  const pieces = [];
  let from = 0;
  for (const match of text.matchAll(span)) {
    if (match.index > from) pieces.push(plain(text.slice(from, match.index), styles));
    const [whole, code, bold, strike, label, url, italic] = match;
    if (code !== undefined) pieces.push(plain(code, { ...styles, code: true }));
    else if (bold !== undefined) pieces.push(...readSpans(bold, { ...styles, bold: true }));
    else if (strike !== undefined) pieces.push(...readSpans(strike, { ...styles, strike: true }));
    else if (url !== undefined) pieces.push({ kind: "link", url, label: label ?? url, styles });
    else pieces.push(...readSpans(italic ?? "", { ...styles, italic: true }));
    from = match.index + whole.length;
  }
  if (from < text.length) pieces.push(plain(text.slice(from), styles));
  return pieces;
}

/**
 * @param {string} text
 * @param {Styles} styles
 * @returns {Piece}
 */
function plain(text, styles) {
  return { kind: "text", text, styles };
}

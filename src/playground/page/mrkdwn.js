// Reads Slack's mrkdwn into a tree of small pieces. It draws nothing: the page makes elements of it, the tour text.

/**
 * @typedef {object} Styles
 * @property {boolean} [bold]
 * @property {boolean} [italic]
 * @property {boolean} [strike]
 * @property {boolean} [code]
 * @property {boolean} [underline]
 */

/**
 * @typedef {{ kind: "text", text: string, styles: Styles }
 *   | { kind: "user" | "group" | "team", id: string, styles: Styles }
 *   | { kind: "channel", id: string, label: string, styles: Styles }
 *   | { kind: "broadcast", range: string, styles: Styles }
 *   | { kind: "emoji", name: string, styles: Styles }
 *   | { kind: "link", url: string, label: string, styles: Styles }
 *   | { kind: "date", timestamp: number, format: string, url: string, fallback: string, styles: Styles }} Piece
 */

/**
 * @typedef {{ kind: "paragraph" | "quote", pieces: Piece[] } | { kind: "preformatted", pieces: Piece[] }} Part
 */

/**
 * Turns the three entities back into characters.
 * @param {string} text
 * @returns {string}
 */
export function decodeEntities(text) {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

/**
 * Paragraphs, quotes and preformatted parts, in order.
 * @param {string} source
 * @returns {Part[]}
 */
export function parseMrkdwn(source) {
  return source.split(/```/).flatMap((segment, index, all) => {
    const isFenced = index % 2 === 1 && index < all.length - 1;
    if (isFenced) {
      const text = segment.replace(/^\n/, "").replace(/\n$/, "");
      return [{ kind: /** @type {const} */ ("preformatted"), pieces: parseTokens(text, {}) }];
    }
    const outside = index % 2 === 1 ? `\`\`\`${segment}` : segment;
    const trimmed = all.length === 1 ? outside : outside.replace(/^\n/, "").replace(/\n$/, "");
    return trimmed === "" ? [] : splitQuotes(trimmed);
  });
}

/**
 * @param {string} text
 * @returns {Part[]}
 */
function splitQuotes(text) {
  /** @type {{ kind: "paragraph" | "quote", lines: string[] }[]} */
  const groups = [];
  for (const line of text.split("\n")) {
    const quoted = /^(&gt;|>) ?/.exec(line);
    const kind = quoted === null ? "paragraph" : "quote";
    const rest = quoted === null ? line : line.slice(quoted[0].length);
    const last = groups.at(-1);
    if (last?.kind === kind) last.lines.push(rest);
    else groups.push({ kind, lines: [rest] });
  }
  return groups.map(({ kind, lines }) => ({ kind, pieces: parseInline(lines.join("\n"), {}) }));
}

/** Marks that open and close a style; both ends touch a word and stand beside none. */
const marks = /** @type {const} */ ([
  ["`", "code"],
  ["*", "bold"],
  ["_", "italic"],
  ["~", "strike"],
]);

/**
 * Pieces of one run of text: tokens in angle brackets, styles, emoji.
 * @param {string} text
 * @param {Styles} styles
 * @returns {Piece[]}
 */
export function parseInline(text, styles) {
  const span = findSpan(text);
  if (span === undefined) return parseTokens(text, styles);
  const inner = { ...styles, [span.style]: true };
  return [
    ...parseTokens(text.slice(0, span.start), styles),
    ...(span.style === "code"
      ? parseTokens(span.content, inner)
      : parseInline(span.content, inner)),
    ...parseInline(text.slice(span.end), styles),
  ];
}

/**
 * The first styled span.
 * @param {string} text
 */
function findSpan(text) {
  const found = marks.flatMap(([mark, style]) => {
    const escaped = mark.replace(/[*]/g, "\\*");
    const pattern = new RegExp(
      `(?<![\\p{L}\\p{N}${escaped}])${escaped}(?=[^\\s${escaped}])([^${escaped}\\n]*?[^\\s${escaped}]|[^\\s${escaped}])${escaped}(?![\\p{L}\\p{N}${escaped}])`,
      "u",
    );
    const match = pattern.exec(maskTokens(text));
    if (match === null) return [];
    const end = match.index + match[0].length;
    return [{ style, start: match.index, end, content: text.slice(match.index + 1, end - 1) }];
  });
  return found.toSorted((one, other) => one.start - other.start)[0];
}

/**
 * Hides what stands in angle brackets, so that a mark inside a URL opens nothing.
 * @param {string} text
 */
function maskTokens(text) {
  return text.replace(/<[^<>\n]+>/g, (token) => "\u0001".repeat(token.length));
}

/**
 * @param {string} text
 * @param {Styles} styles
 * @returns {Piece[]}
 */
function parseTokens(text, styles) {
  /** @type {Piece[]} */
  const pieces = [];
  let from = 0;
  const pattern = styles.code === true ? /<([^<>\n]+)>/g : /<([^<>\n]+)>|:([a-z0-9_+-]+):/g;
  const addText = (/** @type {number} */ until) => {
    if (until > from)
      pieces.push({ kind: "text", text: decodeEntities(text.slice(from, until)), styles });
  };
  for (const match of text.matchAll(pattern)) {
    const [whole, token, emoji] = match;
    const piece = token === undefined ? emojiPiece(emoji ?? "", styles) : parseToken(token, styles);
    if (piece === undefined) continue;
    addText(match.index);
    pieces.push(piece);
    from = match.index + whole.length;
  }
  addText(text.length);
  return pieces;
}

/**
 * @param {string} name
 * @param {Styles} styles
 * @returns {Piece | undefined}
 */
function emojiPiece(name, styles) {
  // "10:30:00" is a time, not an emoji.
  return /[a-z+]|^-1$/.test(name) ? { kind: "emoji", name, styles } : undefined;
}

/**
 * @param {string} token
 * @param {Styles} styles
 * @returns {Piece | undefined}
 */
function parseToken(token, styles) {
  const [target = "", label = ""] = splitOnce(token, "|");
  if (target.startsWith("@")) return { kind: "user", id: target.slice(1), styles };
  if (target.startsWith("#")) return { kind: "channel", id: target.slice(1), label, styles };
  if (target.startsWith("!subteam^"))
    return { kind: "group", id: target.slice("!subteam^".length), styles };
  if (target.startsWith("!date^")) return parseDate(target, label, styles);
  if (target.startsWith("!")) return { kind: "broadcast", range: target.slice(1), styles };
  if (!/^(https?:|mailto:)/i.test(target)) return undefined;
  const url = decodeEntities(target);
  return {
    kind: "link",
    url,
    label: label === "" ? url.replace(/^mailto:/, "") : decodeEntities(label),
    styles,
  };
}

/**
 * @param {string} target
 * @param {string} fallback
 * @param {Styles} styles
 * @returns {Piece | undefined}
 */
function parseDate(target, fallback, styles) {
  const [, seconds = "", format = "", url = ""] = target.split("^");
  if (!/^\d+$/.test(seconds)) return undefined;
  return {
    kind: "date",
    timestamp: Number(seconds),
    format: decodeEntities(format),
    url,
    fallback,
    styles,
  };
}

/**
 * @param {string} text
 * @param {string} separator
 */
function splitOnce(text, separator) {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

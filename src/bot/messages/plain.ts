// Untrusted text made safe to look at: what cannot be seen is written out, padding is counted, and what is cut
// off is counted. The only way by which words from plans, people and machines enter a message.

/** Text as shown, and whether something of it was left out. */
export type Shown = { readonly text: string; readonly cut: boolean };

// Cc control, Cf format (bidi, zero-width, tags), Co private, Cn unassigned, Cs lone surrogates, line and paragraph
// separators, every space but U+0020, and letters that Unicode says may be drawn as nothing; U+2800 is a blank dot pattern.
const UNSEEN =
  /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]|(?! )\p{Zs}/gu;
/** More than three marks on one letter climb over the lines around it. */
const STACKED_MARKS = /(?<=\p{M}{3})\p{M}/gu;
const WORD = /[\p{L}\p{M}\p{N}._-]+/gu;
/** Nothing to write out: most text. */
const PRINTABLE_ASCII = /^[\x20-\x7E\n\t]*$/;
const LOOKALIKES =
  /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}\p{Script=Lisu}\p{Script=Coptic}\uFF01-\uFF5E]|[\u{1D400}-\u{1D7FF}]/gu;

function written(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16).toUpperCase()}}`;
}

/** Writes out what is invisible, turns text around, or poses as a Latin letter inside a Latin word. Keeps newlines and tabs. */
export function reveal(text: string): string {
  if (PRINTABLE_ASCII.test(text)) return text;
  return text
    .replaceAll("\r\n", "\n")
    .replace(UNSEEN, (character) =>
      character === "\n" || character === "\t" ? character : written(character),
    )
    .replace(STACKED_MARKS, written)
    .replace(WORD, revealWord);
}

function revealWord(word: string): string {
  return /[A-Za-z]/.test(word) ? word.replace(LOOKALIKES, written) : word;
}

/** One line of at most `max` characters. Newlines show as ⏎, padding of four and more spaces as its count. */
export function oneLine(text: string, max: number): Shown {
  const near = wholeUnits(text, max * 4);
  const line = reveal(near).replace(/\s+/g, gap).trim();
  return isolated(cutTo(line, max - 2, text.length - near.length));
}

function gap(space: string): string {
  const breaks = space.split("\n").length - 1;
  if (breaks > 0) return breaks === 1 ? " ⏎ " : ` ⏎×${breaks} `;
  return space.length < 4 ? " " : ` [${space.length} spaces] `;
}

const RIGHT_TO_LEFT =
  /[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFC\u{10800}-\u{10FFF}\u{1E800}-\u{1EFFF}]/u;

/** Right-to-left letters would pull our own words around them out of order; an isolate keeps them to themselves. */
function isolated(shown: Shown): Shown {
  return RIGHT_TO_LEFT.test(shown.text) ? { ...shown, text: `\u2068${shown.text}\u2069` } : shown;
}

/** A name from a plan or a request (operation, step id, environment): everything but printable ASCII is written out. */
export function identifier(text: string, max = 80): Shown {
  const near = wholeUnits(text, max);
  return cutTo(near.replace(/[^\x20-\x7E]/gu, written), max, text.length - near.length);
}

/** The end of an output: the newest lines, the older ones counted. */
export function lastLines(
  text: string,
  limits: { readonly lines: number; readonly characters: number },
): Shown {
  const near = text.slice(-limits.characters * 2).replace(/\n+$/, "");
  const before = text.slice(0, -limits.characters * 2).split("\n").length - 1;
  const lines = reveal(near)
    .split("\n")
    .map((line) => cutTo(line, 200).text);
  const kept: string[] = [];
  let size = 40;
  for (const line of lines.toReversed()) {
    if (kept.length === limits.lines || size + line.length + 1 > limits.characters) break;
    size += line.length + 1;
    kept.unshift(line);
  }
  const hidden = lines.length - kept.length + before;
  const head = hidden > 0 ? `… ${counted(hidden, "earlier line")}\n` : "";
  return { text: head + kept.join("\n"), cut: hidden > 0 };
}

/** Cuts to `max` characters (UTF-16 units, as Slack counts) and says how many are missing, `beyond` of them unseen. */
export function cutTo(text: string, max: number, beyond = 0): Shown {
  if (beyond === 0 && text.length <= max) return { text, cut: false };
  const room = max - missing(text.length + beyond).length;
  const kept = wholeUnits(text, Math.max(0, room));
  return { text: kept + missing(text.length - kept.length + beyond), cut: true };
}

function missing(characters: number): string {
  return `… (+${characters} characters)`;
}

function wholeUnits(text: string, units: number): string {
  if (text.length <= units) return text;
  const last = text.charCodeAt(units - 1);
  const splitsPair = last >= 0xd800 && last <= 0xdbff;
  return text.slice(0, splitsPair ? units - 1 : units);
}

/** `1 step`, `2 steps`. */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString("en-US")} ${noun}${count === 1 ? "" : "s"}`;
}

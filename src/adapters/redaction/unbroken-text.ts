// A text without its line breaks and the indentation after them, and where each of its characters stood: base 64 and
// keys are wrapped at any column, and a secret is the same one however it is wrapped.

/** Real ones, and those that JSON and shells write as two characters. */
const BREAK = /(?:\r?\n|\\r|\\n)[ \t]*/g;

export type Unbroken = {
  readonly text: string;
  /** Index in the original of a character of `text`. */
  readonly place: (index: number) => number;
};

export function unbroken(original: string): Unbroken {
  if (!original.includes("\n") && !original.includes("\\")) return { text: original, place: same };
  // Where pieces begin: in the unbroken text and in the original.
  const starts: number[] = [0];
  const origins: number[] = [0];
  let text = "";
  let from = 0;
  for (const found of original.matchAll(BREAK)) {
    text += original.slice(from, found.index);
    from = found.index + found[0].length;
    starts.push(text.length);
    origins.push(from);
  }
  text += original.slice(from);
  return { text, place: (index) => placed(index, starts, origins) };
}

export function withoutBreaks(text: string): string {
  return text.replaceAll(BREAK, "");
}

function same(index: number): number {
  return index;
}

/** The last piece that begins at or before the index. */
function placed(index: number, starts: readonly number[], origins: readonly number[]): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= index) low = middle;
    else high = middle - 1;
  }
  return (origins[low] ?? 0) + index - (starts[low] ?? 0);
}

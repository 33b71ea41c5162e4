// Output in chunks, masked as it passes. An unfinished line is held back, and so are lines that may be the beginning
// of a wrapped secret; a private key is dropped from its first line to its last.

import type { RedactedStream } from "#engine/redactor.ts";
import type { FormIndex, Range } from "./form-index.ts";
import { unbroken } from "./unbroken-text.ts";

/** A line longer than this is shown in parts; no shape of a secret is longer. */
const LONGEST_LINE = 16_384;
/** What was shown and may hold the first characters of a wrapped secret: fewer than are held back, and indentation. */
const REMEMBERED = 64;
const KEY_BEGIN = /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----/;
const KEY_END = /-----END [A-Z ]{0,30}PRIVATE KEY-----/;
const LONGEST_FRAME = 80;

export type LineMasks = {
  readonly index: FormIndex;
  /** Masks known values, of which the beginning may stand `before`. */
  readonly known: (text: string, before: string) => string;
  readonly places: (text: string) => readonly Range[];
  readonly shapes: (text: string) => string;
  readonly mask: string;
};

export class MaskedLines implements RedactedStream {
  readonly #masks: LineMasks;
  #held = "";
  #before = "";
  #insideKey = false;

  constructor(masks: LineMasks) {
    this.#masks = masks;
  }

  push(chunk: string): string {
    this.#held += chunk;
    const tail = LONGEST_LINE + 2 * this.#masks.index.longest;
    if (!chunk.includes("\n") && this.#held.length <= 2 * tail) return "";
    const shown = this.#passKeys() + this.#passLines();
    return this.#held.length <= 2 * tail ? shown : shown + this.#passPart(tail);
  }

  end(): string {
    const shown = this.#passKeys();
    const rest = this.#insideKey ? "" : this.#show(this.#held);
    this.#held = "";
    return shown + rest;
  }

  #passKeys(): string {
    let shown = "";
    for (;;) {
      if (this.#insideKey) {
        const end = KEY_END.exec(this.#held);
        this.#held = this.#held.slice(end === null ? -LONGEST_FRAME : end.index + end[0].length);
        if (end === null) return shown;
        this.#insideKey = false;
      }
      const begin = KEY_BEGIN.exec(this.#held);
      if (begin === null) return shown;
      shown += this.#show(this.#held.slice(0, begin.index)) + this.#masks.mask;
      this.#held = this.#held.slice(begin.index + begin[0].length);
      this.#insideKey = true;
    }
  }

  #passLines(): string {
    if (this.#insideKey) return "";
    const complete = this.#held.lastIndexOf("\n") + 1;
    const cut = this.#wholeBefore(this.#held.slice(0, complete));
    const shown = this.#show(this.#held.slice(0, cut));
    this.#held = this.#held.slice(cut);
    return shown;
  }

  /** All of it masked and shown but the end, in which a secret may have begun. */
  #passPart(tail: number): string {
    const masked = this.#show(this.#held);
    this.#held = masked.slice(-tail);
    const shown = masked.slice(0, -tail);
    this.#before = shown.slice(-REMEMBERED);
    return shown;
  }

  /** How many characters of these lines can be shown: lines in which no secret ends that goes on in others. */
  #wholeBefore(lines: string): number {
    const open = lines === "" ? null : this.#openAt(lines);
    if (open === null) return lines.length;
    const lineAt = (place: number): number =>
      lines.slice(0, Math.max(0, place)).lastIndexOf("\n") + 1;
    const { length } = this.#before;
    // The end of one secret can be the beginning of another.
    return this.#masks
      .places(this.#before + lines)
      .toReversed()
      .map(({ from, to }) => ({ from: from - length, to: to - length }))
      .reduce((cut, { from, to }) => (from < cut && cut < to ? lineAt(from) : cut), lineAt(open));
  }

  #openAt(text: string): number | null {
    const { index } = this.#masks;
    const whole = this.#before + text;
    const wrapped = unbroken(whole);
    const found = index.open(wrapped.text);
    const places = [found === null ? null : wrapped.place(found), index.open(whole)];
    const open = places.filter((place) => place !== null);
    return open.length === 0 ? null : Math.max(0, Math.min(...open) - this.#before.length);
  }

  #show(text: string): string {
    if (text === "") return "";
    const masked = this.#masks.shapes(this.#masks.known(text, this.#before));
    this.#before = (this.#before + text).slice(-REMEMBERED);
    return masked;
  }
}

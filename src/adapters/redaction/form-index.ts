// Finds any of many texts in another in one pass. Two characters rule out nearly every place; six name the candidates.

import { SHORTEST_SECRET } from "#engine/secret-box.ts";

/** `to` is exclusive. */
export type Range = { readonly from: number; readonly to: number };

const KEY_LENGTH = SHORTEST_SECRET;
const PAIRS = 1 << 16;

export class FormIndex {
  readonly #byKey = new Map<string, string[]>();
  readonly #pairs = new Uint8Array(PAIRS);
  #longest = 0;

  get longest(): number {
    return this.#longest;
  }

  clear(): void {
    this.#byKey.clear();
    this.#pairs.fill(0);
    this.#longest = 0;
  }

  add(forms: Iterable<string>): void {
    for (const form of forms) {
      if (form.length < KEY_LENGTH) continue;
      const key = form.slice(0, KEY_LENGTH);
      const others = this.#byKey.get(key) ?? [];
      if (others.includes(form)) continue;
      // Longest first, so that no tail of a longer form stays.
      this.#byKey.set(
        key,
        [...others, form].toSorted((a, b) => b.length - a.length),
      );
      this.#pairs[pairAt(form, 0)] = 1;
      this.#longest = Math.max(this.#longest, form.length);
    }
  }

  /** Where forms stand, joined where they overlap. */
  find(text: string): readonly Range[] {
    const found: Range[] = [];
    for (let at = 0; at + KEY_LENGTH <= text.length; at += 1) {
      const form = this.#candidates(text, at)?.find((one) => text.startsWith(one, at));
      if (form !== undefined) found.push({ from: at, to: at + form.length });
    }
    return joined(found);
  }

  /** Where the text ends within what may become a form, of which it has at least the key; null: nowhere. */
  open(text: string): number | null {
    for (
      let at = Math.max(0, text.length - this.#longest);
      at + KEY_LENGTH <= text.length;
      at += 1
    ) {
      const candidates = this.#candidates(text, at);
      if (candidates === undefined) continue;
      const tail = text.slice(at);
      if (candidates.some((form) => form.length > tail.length && form.startsWith(tail))) return at;
    }
    return null;
  }

  #candidates(text: string, at: number): readonly string[] | undefined {
    if (this.#pairs[pairAt(text, at)] === 0) return undefined;
    return this.#byKey.get(text.slice(at, at + KEY_LENGTH));
  }
}

function pairAt(text: string, at: number): number {
  return ((text.charCodeAt(at) << 8) ^ text.charCodeAt(at + 1)) & (PAIRS - 1);
}

/** In order, those that overlap made one. */
export function joined(ranges: readonly Range[]): readonly Range[] {
  const whole: { from: number; to: number }[] = [];
  for (const { from, to } of ranges.toSorted((a, b) => a.from - b.from)) {
    const last = whole.at(-1);
    if (last !== undefined && from < last.to) last.to = Math.max(last.to, to);
    else whole.push({ from, to });
  }
  return whole;
}

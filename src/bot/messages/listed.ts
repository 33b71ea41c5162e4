// A list that shows as many whole entries as fit and counts the rest. Only those it may show are drawn.

import type { KnownBlock, RichTextBlockElement } from "@slack/types";
import type { Part } from "./budget.ts";
import { counted } from "./plain.ts";
import { bold, packRichText, richText, section, words } from "./rich-text.ts";

type ListOptions = {
  /** Lists with a lower number get room first. */
  readonly priority: number;
  readonly noun: string;
  /** Where the hidden ones can be seen; may be empty. */
  readonly hint: string;
  /** No more than this, whatever fits. */
  readonly most: number;
};

/** Rich-text entries, packed into as few blocks as possible. */
export function listed<T>(
  items: readonly T[],
  draw: (item: T) => readonly RichTextBlockElement[],
  { priority, noun, hint, most }: ListOptions,
): Part {
  const drawn = items.slice(0, most).map((item) => draw(item));
  return {
    items: drawn.length,
    priority,
    render: (shown) => [
      ...packRichText(drawn.slice(0, shown)),
      ...rest(items.length - shown, noun, hint),
    ],
  };
}

/** Entries made of whole blocks, with buttons for example. */
export function listedBlocks<T>(
  items: readonly T[],
  draw: (item: T) => readonly KnownBlock[],
  { priority, noun, hint, most }: ListOptions,
): Part {
  const drawn = items.slice(0, most).map((item) => draw(item));
  return {
    items: drawn.length,
    priority,
    render: (shown) => [...drawn.slice(0, shown).flat(), ...rest(items.length - shown, noun, hint)],
  };
}

/** How many are not shown, and where they are. */
export function rest(hidden: number, noun: string, hint: string): KnownBlock[] {
  if (hidden === 0) return [];
  const count = bold(`${counted(hidden, `more ${noun}`)} not shown.`);
  return [richText(section(count, words(hint === "" ? "" : ` ${hint}`)))];
}

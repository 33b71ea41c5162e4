// A list that shows as many whole entries as fit and counts the rest.

import type { KnownBlock, RichTextBlockElement } from "@slack/types";
import type { Part } from "./budget.ts";
import { counted } from "./plain.ts";
import { bold, packRichText, richText, section, words } from "./rich-text.ts";

/** Rich-text entries, packed into as few blocks as possible. `hint` says where the hidden ones are. */
export function listed(
  entries: readonly (readonly RichTextBlockElement[])[],
  {
    priority,
    noun,
    hint,
    most = entries.length,
  }: {
    readonly priority: number;
    readonly noun: string;
    readonly hint: string;
    readonly most?: number;
  },
): Part {
  return {
    items: Math.min(entries.length, most),
    priority,
    render: (shown) => [
      ...packRichText(entries.slice(0, shown)),
      ...rest(entries.length - shown, noun, hint),
    ],
  };
}

/** Entries made of whole blocks, with buttons for example. */
export function listedBlocks(
  entries: readonly (readonly KnownBlock[])[],
  {
    priority,
    noun,
    hint,
    most = entries.length,
  }: {
    readonly priority: number;
    readonly noun: string;
    readonly hint: string;
    readonly most?: number;
  },
): Part {
  return {
    items: Math.min(entries.length, most),
    priority,
    render: (shown) => [
      ...entries.slice(0, shown).flat(),
      ...rest(entries.length - shown, noun, hint),
    ],
  };
}

function rest(hidden: number, noun: string, hint: string): KnownBlock[] {
  return hidden === 0
    ? []
    : [
        richText(
          section(
            bold(`${counted(hidden, `more ${noun}`)} not shown.`),
            words(hint === "" ? "" : ` ${hint}`),
          ),
        ),
      ];
}

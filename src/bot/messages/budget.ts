// The one place that knows how much Slack takes. Renderers hand in parts that can shrink by whole items; what does
// not fit is dropped from the end of the least important part, counted, and never cut inside an item.

import type { KnownBlock } from "@slack/types";

/** Slack's limits (Block Kit reference). Characters are UTF-16 units. */
export const LIMITS = {
  messageBlocks: 50,
  viewBlocks: 100,
  /** All texts of one message; Slack fails near 13,200. */
  messageText: 12_000,
  viewBytes: 250_000,
  /** Slack advises 4,000 for `text`; a notification shows far less. */
  notification: 300,
  id: 255,
  privateMetadata: 3000,
  viewTitle: 24,
  header: 150,
  plainText: 3000,
  buttonText: 75,
  buttonValue: 2000,
  buttonUrl: 3000,
  buttonsPerBlock: 25,
  confirmTitle: 100,
  confirmText: 300,
  confirmButton: 30,
  inputText: 3000,
  inputLabel: 2000,
  placeholder: 150,
  /** Ours: Slack documents none for rich text, so a block stays below a section's limit. */
  richText: 3000,
} as const;

/** Something to show. `items` is how many it could show; `render` is called with how many it may. */
export type Part = {
  readonly items: number;
  /** Parts with a lower number get room first. */
  readonly priority: number;
  readonly render: (shown: number) => readonly KnownBlock[];
};

export type Fitted = {
  readonly blocks: KnownBlock[];
  /** Items shown of each part, in the parts' order. */
  readonly shown: readonly number[];
  /** Items hidden over all parts. */
  readonly hidden: number;
};

/** A part that is always shown in full and bounded by how it is made. */
export function always(blocks: readonly KnownBlock[]): Part {
  return { items: 0, priority: 0, render: () => blocks };
}

/** Fits a message's parts into Slack's limits, less what is reserved for blocks added later. @throws {Error} when what is always shown does not fit: a defect. */
export function fitMessage(
  parts: readonly Part[],
  reserved = { blocks: 0, characters: 0 },
): Fitted {
  return fit(parts, {
    blocks: LIMITS.messageBlocks - reserved.blocks,
    size: LIMITS.messageText - reserved.characters,
    sizeOf: textSize,
  });
}

/** Fits a modal's or App Home's parts. 10,000 bytes are left for the view's own fields. */
export function fitView(parts: readonly Part[]): Fitted {
  return fit(parts, {
    blocks: LIMITS.viewBlocks,
    size: LIMITS.viewBytes - 10_000,
    sizeOf: (blocks) => utf8Bytes(JSON.stringify(blocks)),
  });
}

/** What a rendering may take. The sizes of parts add up. */
type Room = {
  readonly blocks: number;
  readonly size: number;
  readonly sizeOf: (blocks: readonly KnownBlock[]) => number;
};

function fit(parts: readonly Part[], room: Room): Fitted {
  const render = ({ render: draw }: Part, shown: number) => {
    const blocks = draw(shown);
    return { shown, blocks, size: room.sizeOf(blocks) };
  };
  const drawn = parts.map((part) => render(part, 0));
  const fits = () =>
    drawn.reduce((sum, { blocks }) => sum + blocks.length, 0) <= room.blocks &&
    drawn.reduce((sum, { size }) => sum + size, 0) <= room.size;
  if (!fits()) throw new Error("the fixed parts of a message exceed Slack's limits");
  const order = parts
    .map((part, index) => ({ part, index }))
    .toSorted((a, b) => a.part.priority - b.part.priority);
  for (const { part, index } of order) {
    // Only this part is drawn again: the others stay as they are.
    const most = largest(part.items, (count) => {
      drawn[index] = render(part, count);
      return fits();
    });
    if (drawn[index]?.shown !== most) drawn[index] = render(part, most);
  }
  const shown = drawn.map((one) => one.shown);
  const hidden = parts.reduce((sum, part, index) => sum + part.items - (shown[index] ?? 0), 0);
  return { blocks: drawn.flatMap(({ blocks }) => blocks), shown, hidden };
}

/** The largest count up to `most` that passes; 0 is known to pass. Showing all may fit where one fewer, with a note, does not. */
function largest(most: number, passes: (count: number) => boolean): number {
  if (passes(most)) return most;
  let low = 0;
  let high = most - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (passes(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Strings nobody reads; everything else counts, which errs on the safe side of what Slack measures. */
const UNREAD = new Set(["type", "style", "action_id", "block_id", "value", "url"]);

/** Characters of text anywhere in the blocks. */
export function textSize(value: unknown): number {
  if (Array.isArray(value)) return value.reduce((sum: number, item) => sum + textSize(item), 0);
  if (typeof value !== "object" || value === null) return 0;
  let size = 0;
  for (const key of Object.keys(value)) {
    const inner: unknown = Reflect.get(value, key);
    if (typeof inner === "string") size += UNREAD.has(key) ? 0 : inner.length;
    else size += textSize(inner);
  }
  return size;
}

function utf8Bytes(text: string): number {
  return Buffer.byteLength(text);
}

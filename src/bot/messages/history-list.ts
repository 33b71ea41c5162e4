import type { HistoryItem } from "#engine/audit-event.ts";
import { blocksOf } from "./signature.ts";
import type { Message } from "./message.ts";

/** `filter`: the filters as typed. */
export function historyMessage(_input: {
  readonly items: readonly HistoryItem[];
  readonly filter: string | null;
}): Message {
  return blocksOf("History");
}

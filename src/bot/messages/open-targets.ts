// The line of an approval card that says which of the plan's targets are in trouble as it is drawn.

import type { OpenTarget } from "#engine/open-targets.ts";
import { type Piece, boldUntrusted, emoji, time, words } from "./rich-text.ts";

const NAMED = 3;

export function openTargetsPieces(open: readonly OpenTarget[]): Piece[] {
  return [
    emoji("electric_plug", "1f50c"),
    words(" In trouble now, so its steps would wait: "),
    ...open
      .slice(0, NAMED)
      .flatMap(({ target, openedAt }, index) => [
        words(index === 0 ? "" : ", "),
        boldUntrusted(target, 120),
        words(" (since "),
        time(openedAt),
        words(")"),
      ]),
    ...(open.length > NAMED ? [words(` and ${open.length - NAMED} more`)] : []),
  ];
}

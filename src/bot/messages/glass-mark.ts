// How everything is marked that somebody did without the approvals it needs: runs, plans and lists alike.

import { type Piece, bold, emoji, words } from "./rich-text.ts";

export const ALARM = emoji("rotating_light", "1f6a8");

/** Stands behind a status. */
export function glassMark(broken: boolean): Piece[] {
  return broken ? [words(" · "), ALARM, bold(" break-glass")] : [];
}

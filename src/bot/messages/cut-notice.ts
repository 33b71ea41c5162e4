// The notice on whatever shows less than the whole plan. Finds out nothing by itself.

import type { PlanRecord } from "#engine/plan.ts";
import { COMMAND } from "./identifiers.ts";
import { type Piece, bold, code, emoji, words } from "./rich-text.ts";

/** That the card hides something, and where all of it is. */
export function cutNotice(record: PlanRecord, open: boolean): Piece[] {
  const mark = [emoji("warning", "26a0-fe0f"), words(" ")];
  if (!open)
    return [
      ...mark,
      words("Not all of the plan is shown here. Everything: "),
      code(`${COMMAND} show ${record.id}`),
    ];
  return [
    ...mark,
    bold("Not all of the plan is shown here."),
    words(" Read every page of "),
    bold("Full plan"),
    words(" before you approve."),
  ];
}

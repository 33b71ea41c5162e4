// The part of a plan's card that depends on the plan's version alone: what a viewHash digests, and what people sign.
// Knows no vote, no clock and no reader.

import type { KnownBlock } from "@slack/types";
import type { PlanRecord } from "#engine/plan.ts";
import { header } from "./blocks.ts";
import { LIMITS, always, fitMessage } from "./budget.ts";
import { cutNotice } from "./cut-notice.ts";
import { identifier, oneLine } from "./plain.ts";
import { howItRunsRow, riskRow } from "./plan-at-a-glance.ts";
import { originRows } from "./plan-origin.ts";
import { stepsPart } from "./plan-steps.ts";
import { type Piece, code, lines, link, person, richText, time, words } from "./rich-text.ts";
import { viewText } from "./view-hash.ts";

/** More steps than this are for the full plan: a card is read at a glance. */
const CARD_STEPS = 15;
/** For what changes while the plan waits: outcome, quorum, clocks, note and buttons. */
const RESERVED = { blocks: 8, characters: 4000 };

/** What of a plan's record a card draws for the `viewHash`: all of it is in the audit log. */
export type Pictured = Pick<
  PlanRecord,
  "plan" | "version" | "requester" | "filedAt" | "origin" | "supersedes" | "editors"
>;

/** The text whose SHA-256 is the `viewHash`, the same as blocks, and whether they hide something. */
export function picturedCard(pictured: Pictured): {
  readonly viewText: string;
  readonly blocks: readonly KnownBlock[];
  readonly cut: boolean;
} {
  const { title, about, steps, viewText: text, cut } = planPicture(pictured);
  return { viewText: text, blocks: [title, about(null), ...steps], cut };
}

/** The steps in a window about the plan: all of them or, where the card hides some too, the first few with a notice. */
export function planSteps(record: PlanRecord, few: number): readonly KnownBlock[] {
  const { cut, steps } = planPicture(record);
  if (!cut) return steps;
  const { part } = stepsPart(record.plan, few);
  return [...part.render(part.items), richText(lines(cutNotice(record, true)))];
}

/** How many steps find room depends on the plan's version alone, too. */
export function planPicture(record: Pictured) {
  const { plan } = record;
  const title = header(plan.title);
  const about = (permalink: string | null) => richText(lines(...aboutRows(record, permalink)));
  const steps = stepsPart(plan, CARD_STEPS);
  const shown = fitMessage([always([title, about(null)]), steps.part], RESERVED).shown[1] ?? 0;
  const stepBlocks = steps.part.render(shown);
  return {
    title,
    about,
    steps: stepBlocks,
    cut: steps.shortened || oneLine(plan.title, LIMITS.header).cut || shown < plan.steps.length,
    viewText: viewText([title, about(null), ...stepBlocks]),
  };
}

/** Rows that say what this is, the same for every reader and at every time. */
function aboutRows(record: Pictured, permalink: string | null): Piece[][] {
  const { plan } = record;
  const where = permalink === null ? [] : [words(" in "), link(permalink, "this conversation")];
  const writer = record.editors.at(-1);
  return [
    riskRow(plan),
    [
      words("Asked for by "),
      person(record.requester.userId),
      ...where,
      words(" · "),
      time(record.filedAt),
    ],
    howItRunsRow(plan),
    ...originRows(record.origin),
    record.supersedes === null
      ? []
      : [words("Filed in the place of plan "), code(identifier(record.supersedes, 50).text)],
    record.version > 1 && writer !== undefined
      ? [words(`Version ${record.version}, last edited by `), person(writer)]
      : [],
  ];
}

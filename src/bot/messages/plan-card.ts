// The approval card: what will be done, by whose wish, at what risk, what takes it back, who has signed, and until
// when. It shows; the decision is made elsewhere from the database.

import type { ActionsBlock, KnownBlock } from "@slack/types";
import type { PlanEstimate } from "#engine/estimate.ts";
import type { PlanFreeze } from "#engine/freeze-of-plan.ts";
import type { OpenTarget } from "#engine/open-targets.ts";
import type { PlanRecord } from "#engine/plan.ts";
import type { LockWait } from "#engine/run-locks.ts";
import type { Instant } from "#engine/time.ts";
import type { Verdict } from "#engine/verdict.ts";
import { approvalRows, freezePieces } from "./approvals.ts";
import { approveButton } from "./approve-button.ts";
import { actions, button, smallPrint } from "./blocks.ts";
import { always, fitMessage } from "./budget.ts";
import { cutNotice } from "./cut-notice.ts";
import { estimateRows } from "./estimates.ts";
import { breakGlassButton } from "./glass.ts";
import { ACTIONS, planValue } from "./identifiers.ts";
import { lockWaitPieces } from "./lock-wait.ts";
import { type Message, notificationText } from "./message.ts";
import { openTargetsPieces } from "./open-targets.ts";
import { counted, identifier, oneLine } from "./plain.ts";
import { isOpen, outcomePieces, outcomeWord } from "./plan-outcome.ts";
import { planPicture } from "./plan-picture.ts";
import { lines, richText, riskWord } from "./rich-text.ts";

export type PlanCardInput = {
  readonly record: PlanRecord;
  readonly verdict: Verdict;
  readonly now: Instant;
  /** One plain line below the card, e.g. why it was brought up to date. */
  readonly lastNote?: string;
  /** Somebody may break the glass in its environment. */
  readonly mayBreakGlass?: boolean;
  /** Its targets in trouble now. */
  readonly openTargets?: readonly OpenTarget[];
  /** How long it usually takes; null or left out: not known. */
  readonly estimate?: PlanEstimate | null;
  /** A freeze that is on; null or left out: none. */
  readonly freeze?: PlanFreeze | null;
  /** What its queued run waits for; null or left out: nothing. */
  readonly wait?: LockWait | null;
};

export type PlanCard = Message & {
  /** Something of the plan is hidden or shortened: an approval needs the full plan opened first. */
  readonly cut: boolean;
  /** What the `viewHash` digests. Depends on the plan's version only, not on votes, clocks or the reader. */
  readonly viewText: string;
};

export function planCard(input: PlanCardInput): PlanCard {
  const { record, now } = input;
  return drawPlan(input, isOpen(record, now) ? planButtons(input) : null);
}

/** A plan as its card shows it, above the given buttons. */
export function drawPlan(input: PlanCardInput, buttons: ActionsBlock | null): PlanCard {
  const { record, verdict, now } = input;
  const { title, about, steps, cut, viewText } = planPicture(record);
  const outcome = richText(lines(outcomePieces(record, verdict, now)));
  const foot = buttons === null ? [] : [buttons];
  return {
    text: notificationText(cardText(record, now)),
    blocks: fitMessage([
      always([
        title,
        outcome,
        about(record.conversation.permalink),
        ...steps,
        ...below(input, cut),
        ...foot,
      ]),
    ]).blocks,
    cut,
    viewText,
  };
}

function below(
  {
    record,
    verdict,
    now,
    lastNote,
    wait = null,
    freeze = null,
    openTargets = [],
    estimate = null,
  }: PlanCardInput,
  cut: boolean,
): KnownBlock[] {
  const open = isOpen(record, now);
  const ids = `${record.id} · version ${record.version} · hash ${record.hash.slice(0, 12)}`;
  return [
    ...(cut ? [richText(lines(cutNotice(record, open)))] : []),
    ...(open ? [richText(lines(...approvalRows(record, verdict)))] : []),
    ...(freeze === null ? [] : [richText(lines(freezePieces(freeze)))]),
    ...(estimate === null || !open
      ? []
      : [richText(lines(...estimateRows(record.plan, estimate)))]),
    ...(openTargets.length === 0 || !open ? [] : [richText(lines(openTargetsPieces(openTargets)))]),
    ...(wait === null ? [] : [richText(lines(lockWaitPieces(wait)))]),
    smallPrint(lastNote === undefined ? ids : `${ids} · ${lastNote}`),
  ];
}

function planButtons({
  record,
  mayBreakGlass = false,
  freeze = null,
}: PlanCardInput): ActionsBlock {
  const value = planValue({ planId: record.id, version: record.version });
  return actions(
    approveButton(record, freeze),
    button({ action: ACTIONS.reject, text: "Reject", value }),
    button({ action: ACTIONS.edit, text: "Edit", value }),
    button({ action: ACTIONS.dryRun, text: "Dry run", value }),
    button({ action: ACTIONS.fullPlan, text: "Full plan", value }),
    button({ action: ACTIONS.whoCanApprove, text: "Who can approve?", value }),
    button({ action: ACTIONS.nudge, text: "Nudge", value }),
    ...(mayBreakGlass ? [breakGlassButton(value)] : []),
  );
}

function cardText(record: PlanRecord, now: Instant): string {
  const { plan } = record;
  const title = oneLine(plan.title, 120).text;
  return `${outcomeWord(record, now)}: ${title} · ${riskWord(plan.risk)} · ${identifier(plan.environment, 40).text} · ${counted(plan.steps.length, "step")} · ${record.id}`;
}

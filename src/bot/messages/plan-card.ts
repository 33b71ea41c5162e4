// The approval card: what will be done, by whose wish, at what risk, what takes it back, who has signed, and until
// when. It shows; the decision is made elsewhere from the database.

import type { ActionsBlock, Button, KnownBlock } from "@slack/types";
import type { PlanFreeze } from "#engine/freeze-of-plan.ts";
import type { Plan, PlanOrigin, PlanRecord } from "#engine/plan.ts";
import type { OpenTarget } from "#engine/open-targets.ts";
import type { PlanEstimate } from "#engine/estimate.ts";
import type { LockWait } from "#engine/run-locks.ts";
import type { Instant } from "#engine/time.ts";
import type { Verdict } from "#engine/verdict.ts";
import { approvalRows, freezePieces, startSentence } from "./approvals.ts";
import { actions, button, header, smallPrint } from "./blocks.ts";
import { LIMITS, always, fitMessage } from "./budget.ts";
import { ACTIONS, COMMAND, planValue } from "./identifiers.ts";
import { estimateRows } from "./estimates.ts";
import { breakGlassButton } from "./glass.ts";
import { lockWaitPieces } from "./lock-wait.ts";
import { type Message, notificationText } from "./message.ts";
import { counted, identifier, oneLine } from "./plain.ts";
import { openTargetsPieces } from "./open-targets.ts";
import { isOpen, outcomePieces, outcomeWord } from "./plan-outcome.ts";
import { destructiveCount, stepsPart } from "./plan-steps.ts";
import {
  type Piece,
  bold,
  code,
  emoji,
  lines,
  link,
  name,
  person,
  richText,
  riskPieces,
  riskWord,
  time,
  untrusted,
  words,
} from "./rich-text.ts";
import { viewText } from "./view-hash.ts";

/** More steps than this are for the full plan: a card is read at a glance. */
const CARD_STEPS = 15;
/** Sentences about what a rollback or restore leaves as it is. */
const MOST_NOTES = 6;

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

/** The steps in a window about the plan: all of them or, where the card hides some too, the first few with a notice. */
export function planSteps(record: PlanRecord, few: number): readonly KnownBlock[] {
  const { cut, steps } = planPicture(record);
  if (!cut) return steps;
  const { part } = stepsPart(record.plan, few);
  return [...part.render(part.items), richText(lines(cutNotice(record, true)))];
}

/** For what changes while the plan waits: outcome, quorum, clocks, note and buttons. */
const RESERVED = { blocks: 8, characters: 4000 };

/** The part of a card that depends on the plan's version alone; so does how many steps find room. */
function planPicture(record: Pictured) {
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
    ...originRows(record),
    record.supersedes === null
      ? []
      : [words("Filed in the place of plan "), code(identifier(record.supersedes, 50).text)],
    record.version > 1 && writer !== undefined
      ? [words(`Version ${record.version}, last edited by `), person(writer)]
      : [],
  ];
}

/** What it was made from, and what it leaves as it is. */
function originRows({ origin }: Pictured): Piece[][] {
  if (origin === null) return [];
  const shown = origin.notes.slice(0, MOST_NOTES);
  const rest = origin.notes.length - shown.length;
  return [
    originPieces(origin),
    ...shown.map((note) => [untrusted(note, 300)]),
    ...(rest > 0 ? [[words(`and ${counted(rest, "more note")}`)]] : []),
  ];
}

function originPieces(origin: PlanOrigin): Piece[] {
  switch (origin.kind) {
    case "rollback":
      return [
        bold("Takes back "),
        words("what run "),
        code(origin.runId),
        words(" did"),
        ...conversationPieces(origin.permalink),
      ];
    case "restore":
      return [
        bold("Puts back "),
        words("checkpoint "),
        code(identifier(origin.checkpoint, 100).text),
        words(", taken "),
        time(origin.takenAt),
      ];
    case "replay":
      return [
        bold("Once more: "),
        words("plan "),
        code(origin.planId),
        ...(origin.ofRun === null ? [] : [words(", which ran as "), code(origin.ofRun)]),
        words(", filed "),
        time(origin.filedAt),
        ...conversationPieces(origin.permalink),
        words(". Since then:"),
      ];
  }
}

function conversationPieces(permalink: string | null): Piece[] {
  return permalink === null ? [] : [words(" in "), link(permalink, "its conversation")];
}

/** Risk, environment, how many steps. */
export function riskRow(plan: Plan): Piece[] {
  const destructive = destructiveCount(plan);
  return [
    ...riskPieces(plan.risk),
    words(" in "),
    bold(identifier(plan.environment).text),
    words(` · ${counted(plan.steps.length, "step")}`),
    ...(destructive > 0 ? [words(", "), bold(`${destructive} destructive`)] : []),
  ];
}

/** Stages, steps at once, what a failure does, and where it came from. */
export function howItRunsRow(plan: Plan): Piece[] {
  return [
    words(howItRuns(plan)),
    ...(plan.playbook === null ? [] : [words(" · playbook "), name(plan.playbook)]),
  ];
}

function howItRuns(plan: Plan): string {
  const failure = {
    rollback: "a failure rolls everything back",
    stop: "a failure stops it, nothing is rolled back",
    continue: "a failure does not stop it",
  };
  return `Runs ${orderWords(plan)}; ${failure[plan.onFailure]}`;
}

/** Only `stages` has barriers: a graph's levels are nobody's to wait for. */
function orderWords(plan: Plan): string {
  const atOnce = `at most ${counted(plan.parallelism, "step")} at once`;
  switch (plan.mode) {
    case "sequential":
      return "one step at a time";
    case "graph":
      return `each step as soon as what it waits for is done, ${atOnce}`;
    case "stages":
      return `in ${counted(new Set(plan.steps.map((step) => step.stage)).size, "stage")}, ${atOnce}`;
  }
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

/** Approve, behind a dialog that repeats what matters. */
export function approveButton(record: PlanRecord, freeze: PlanFreeze | null): Button {
  const { plan } = record;
  const destructive = destructiveCount(plan);
  const danger = plan.risk === "destructive";
  return button({
    action: ACTIONS.approve,
    text: "Approve",
    value: planValue({ planId: record.id, version: record.version }),
    style: danger ? "danger" : "primary",
    confirm: {
      title: `Approve for ${identifier(plan.environment, 60).text}?`,
      text: [
        `Risk: ${riskWord(plan.risk)}.`,
        destructive === 0
          ? `None of the ${counted(plan.steps.length, "step")} is destructive.`
          : `${destructive} of ${counted(plan.steps.length, "step")} ${destructive === 1 ? "is" : "are"} destructive.`,
        `You sign version ${record.version}, hash ${record.hash.slice(0, 12)}. ${startSentence(freeze)}`,
      ].join("\n"),
      yes: "Approve",
      no: "Not now",
      danger,
    },
  });
}

function cardText(record: PlanRecord, now: Instant): string {
  const { plan } = record;
  const title = oneLine(plan.title, 120).text;
  return `${outcomeWord(record, now)}: ${title} · ${riskWord(plan.risk)} · ${identifier(plan.environment, 40).text} · ${counted(plan.steps.length, "step")} · ${record.id}`;
}

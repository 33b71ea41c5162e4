// A run that stands still because a check, a failed step or another run is in its way: why, and the ways forward.

import type { ActionsBlock, Button } from "@slack/types";
import { actions, button } from "./blocks.ts";
import { always, fitMessage } from "./budget.ts";
import { ACTIONS, stepValue } from "./identifiers.ts";
import { listed } from "./listed.ts";
import { type Message, notificationText } from "./message.ts";
import { identifier } from "./plain.ts";
import {
  type Piece,
  bold,
  boldUntrusted,
  bullets,
  lines,
  link,
  person,
  richText,
  section,
  sentence,
  time,
  untrusted,
  words,
} from "./rich-text.ts";
import { progressWords } from "./run-headline.ts";
import { cancelButton, rollbackButton } from "./run-progress.ts";
import { formatDuration } from "#engine/duration.ts";
import { FIRST_LOOK_MS, LATER_LOOKS_MS } from "#engine/hold.ts";
import type { RunReport } from "#engine/run-report.ts";
import { runMark } from "./step-marks.ts";

export type RunHeldInput = {
  readonly report: RunReport;
  /** The plan's voters and approvers: the only people its reasons may mention, because plan text may be in them. */
  readonly people?: readonly string[];
  /** The run that has what this one waits for, with its conversation; null: it waits for none. */
  readonly holder?: Holder | null;
};

export type Holder = {
  readonly runId: string;
  readonly title: string;
  readonly permalink: string | null;
};

export function runHeldMessage({ report, people = [], holder = null }: RunHeldInput): Message {
  const known = new Set([report.requesterId, ...people]);
  const started = report.startedAt !== null;
  const failed = report.heldFor.length > 0;
  const resume = button({
    action: ACTIONS.resume,
    text: failed ? RETRY_ALL : CHECK_AGAIN,
    value: report.runId,
    style: "primary",
  });
  const { blocks } = fitMessage([
    always([
      richText(
        lines(
          [...runMark(report), words("  "), boldUntrusted(report.plan.title, 150)],
          [words(`${whyHeld(report)} `), person(report.requesterId)],
        ),
      ),
    ]),
    listed(report.heldReasons, (reason) => [bullets([section(...sentence(reason, known, 500))])], {
      priority: 1,
      noun: "reason",
      hint: "",
      most: 20,
    }),
    always([
      ...(holder === null ? [] : [richText(section(...holderPieces(holder)))]),
      richText(
        section(bold("Ways forward")),
        bullets(
          (failed ? waysAfterFailure(report) : waysForward(report)).map((way) => section(...way)),
        ),
      ),
      ...(failed ? stepButtons(report) : []),
      actions(
        resume,
        ...(canBeAskedAgain(report) ? [askAgainButton(report), editButton(report)] : []),
        started ? cancelButton(report) : withdrawButton(report),
        ...(started ? [rollbackButton(report)] : []),
      ),
    ]),
  ]);
  return {
    text: notificationText(`Held: ${report.plan.title}. ${report.heldReasons[0] ?? ""}`),
    blocks,
  };
}

const CHECK_AGAIN = "Check again and go on";
const RETRY_ALL = "Try again and go on";
const LOOKS = `after ${formatDuration(FIRST_LOOK_MS)} at first, later every ${formatDuration(LATER_LOOKS_MS)}`;
/** Steps with buttons of their own; the words work for all. */
const MOST_STEPS = 5;

function whyHeld({ heldFor, startedAt }: RunReport): string {
  if (heldFor.length > 0)
    return heldFor.length === 1
      ? "A step failed, and the plan says to stop and ask."
      : `${heldFor.length} steps failed, and the plan says to stop and ask.`;
  return startedAt === null
    ? "The run was stopped before it started; nothing was done."
    : "The run stands still: nothing more of it is started until this is put right.";
}

/** Reads `Waiting for run run-1 (Restart the fleet), which ends in its own thread`, with a link to that. */
function holderPieces({ runId, title, permalink }: Holder): Piece[] {
  const run = `run ${runId}`;
  return [
    words("Waiting for "),
    permalink === null ? words(run) : link(permalink, run),
    words(" ("),
    untrusted(title, 100),
    words(") to end."),
  ];
}

/** A row for each step: an action's id may stand once in a row. */
function stepButtons(report: RunReport): ActionsBlock[] {
  const many = report.heldFor.length > 1;
  return report.heldFor.slice(0, MOST_STEPS).map((stepId) => {
    const value = stepValue(
      report.runId,
      report.plan.steps.findIndex(({ id }) => id === stepId),
    );
    const name = many ? ` ${identifier(stepId, 40).text}` : "";
    return actions(
      button({ action: ACTIONS.retryStep, text: `Retry${name}`, value }),
      button({ action: ACTIONS.skipStep, text: `Skip${name}`, value }),
    );
  });
}

function waysAfterFailure({ heldUntil }: RunReport): Piece[][] {
  return [
    [
      bold(RETRY_ALL),
      words(" or "),
      bold("Retry"),
      words(": the same step once more, its checks first. For the requester and approvers."),
    ],
    [
      bold("Skip"),
      words(
        ": the run goes on without it, with a reason. For an approver who did not ask for the plan.",
      ),
    ],
    [
      bold("Cancel"),
      words(": what was done stays. "),
      bold("Roll back"),
      words(": what was done is taken back."),
    ],
    ...(heldUntil === null
      ? []
      : [
          [
            words("Nobody has to wait: without an answer until "),
            time(heldUntil),
            words(" the run has failed."),
          ],
        ]),
  ];
}

/** What comes of a hold that nobody ends. */
function ending({ startedAt, plan }: RunReport): string {
  if (startedAt === null) return " the run is not started any more.";
  return plan.onFailure === "rollback"
    ? " the run is rolled back."
    : " the run has failed; what was done stays.";
}

function waysForward(report: RunReport): Piece[][] {
  const { startedAt, looksAgain, heldUntil } = report;
  const started = startedAt !== null;
  return [
    looksAgain
      ? [
          words(`This may pass by itself, so it is looked at again: ${LOOKS}. `),
          bold(CHECK_AGAIN),
          words(" looks at once."),
        ]
      : [
          words("Put right what is named above, then "),
          bold(CHECK_AGAIN),
          words(": every check is made afresh."),
        ],
    ...(canBeAskedAgain(report) ? newPlanWays(started) : []),
    started
      ? [bold("Cancel"), words(": what was done stays.")]
      : [bold("Withdraw"), words(": nothing was done, so nothing is left behind.")],
    ...(started ? [[bold("Roll back"), words(": what was done is taken back.")]] : []),
    ...(heldUntil === null
      ? []
      : [[words("If nothing changes until "), time(heldUntil), words(ending(report))]]),
  ];
}

/** What holds it may be gone with a new plan: not what another run has. */
function canBeAskedAgain({ heldFor, waitsFor }: RunReport): boolean {
  return heldFor.length === 0 && waitsFor === null;
}

function newPlanWays(started: boolean): Piece[][] {
  const rest = started ? "what was done so far stays, and this run is canceled." : "this run ends.";
  return [
    [bold("Ask again"), words(`: the same plan is filed anew for new approvals, and ${rest}`)],
    [bold("Edit"), words(": the same with what you change.")],
  ];
}

function askAgainButton(report: RunReport): Button {
  const started = report.startedAt !== null;
  return button({
    action: ACTIONS.askAgain,
    text: "Ask again",
    value: report.runId,
    ...(started && {
      confirm: {
        title: "Ask for the whole plan again?",
        text: `${progressWords(report)}.\nThis run is canceled and what was done stays. The new plan does all of its steps once it is approved.`,
        yes: "Ask again",
        no: "Not now",
      },
    }),
  });
}

function editButton(report: RunReport): Button {
  return button({ action: ACTIONS.editHeld, text: "Edit", value: report.runId });
}

function withdrawButton(report: RunReport): Button {
  return button({ action: ACTIONS.withdrawHeld, text: "Withdraw", value: report.runId });
}

// The card of an approval inside a run: what the step that waits will do, who may let it, the votes so far, the
// clock. Without buttons once it is decided.

import type { AskedApproval } from "#engine/asked-approval.ts";
import { formatDuration } from "#engine/duration.ts";
import type { PlanStep, StepApproval } from "#engine/plan.ts";
import type { RunReport } from "#engine/run-report.ts";
import type { StepVote } from "#engine/run.ts";
import type { Verdict } from "#engine/verdict.ts";
import { actions, button, smallPrint } from "./blocks.ts";
import { always, fitMessage } from "./budget.ts";
import { ACTIONS, askingValue } from "./identifiers.ts";
import { type Message, notificationText } from "./message.ts";
import { identifier, oneLine } from "./plain.ts";
import { stepElements } from "./plan-steps.ts";
import {
  type Piece,
  bold,
  boldUntrusted,
  emoji,
  lines,
  people,
  person,
  richText,
  sentence,
  time,
  untrusted,
  words,
} from "./rich-text.ts";
import { viewText } from "./view-hash.ts";

export type StepApprovalInput = {
  readonly report: RunReport;
  readonly step: PlanStep;
  readonly approval: StepApproval;
  readonly asked: AskedApproval;
  /** Null once it is decided, or while nobody can be asked. */
  readonly verdict: Verdict | null;
};

const MENTIONED = 5;

export function stepApprovalMessage(input: StepApprovalInput): Message {
  const { report, step, approval, asked, verdict } = input;
  const index = report.plan.steps.findIndex(({ id }) => id === step.id);
  const open = asked.end === null;
  const head = lines(
    [
      emoji("raised_hand", "270b"),
      words(" "),
      bold(open ? "This run waits for an approval" : endWords(asked)),
      words("  "),
      boldUntrusted(report.plan.title, 150),
    ],
    [untrusted(approval.message, 1000)],
  );
  const state = lines(
    ...votePieces(asked.votes),
    ...(open ? openPieces(input, verdict) : [endPieces(asked)]),
  );
  const value = askingValue({ runId: report.runId, stepIndex: index, opening: asked.opening });
  const { blocks } = fitMessage([
    always([
      richText(head),
      richText(...stepElements({ step, place: index + 1 }, report.plan)),
      richText(state),
      ...(open ? [actions(...buttons(value, step))] : []),
      smallPrint(`${report.runId} · ${identifier(report.plan.environment, 60).text}`),
    ]),
  ]);
  return {
    text: notificationText(
      `${open ? "Approval needed" : endWords(asked)}: step ${step.id} of ${report.plan.title}`,
    ),
    blocks,
  };
}

/** What is said of the step that waits, whatever the votes are: what a vote is tied to. */
export function shownText(of: Pick<RunReport, "plan">, step: PlanStep): string {
  return viewText(shownElements(of, step));
}

/** The same as a block. */
export function shownBlocks(of: Pick<RunReport, "plan">, step: PlanStep) {
  return [richText(...shownElements(of, step))];
}

function shownElements({ plan }: Pick<RunReport, "plan">, step: PlanStep) {
  const place = plan.steps.findIndex(({ id }) => id === step.id) + 1;
  const asked = lines([untrusted(step.approval?.message ?? "", 1000)]);
  return [asked, ...stepElements({ step, place }, plan)];
}

function buttons(value: string, step: PlanStep) {
  const approve = button({
    action: ACTIONS.stepApprove,
    text: "Approve",
    value,
    style: "primary",
    confirm: {
      title: "Approve this step?",
      text: oneLine(step.summary, 250).text || identifier(step.id, 250).text,
      yes: "Approve",
      no: "Not now",
      danger: step.risk === "destructive",
    },
  });
  const reject = button({ action: ACTIONS.stepReject, text: "Reject", value, style: "danger" });
  return [approve, reject] as const;
}

function votePieces(votes: readonly StepVote[]): Piece[][] {
  const approving = votes.filter(({ choice }) => choice === "approve").map(({ userId }) => userId);
  const rejecting = votes.filter(({ choice }) => choice === "reject");
  return [
    ...(approving.length === 0 ? [] : [[words("Approved by "), ...people(approving)]]),
    ...rejecting.map(({ userId, reason }) => [
      words("Rejected by "),
      person(userId),
      ...(reason === null ? [] : [words(": "), untrusted(reason, 300)]),
    ]),
  ];
}

function openPieces({ approval, asked }: StepApprovalInput, verdict: Verdict | null): Piece[][] {
  const then = {
    fail: "the step fails",
    rollback: "the run is rolled back",
    skip: "the step is left out",
    approve: "it counts as approved",
  }[approval.onTimeout];
  return [
    verdict === null
      ? [words("Who can approve is not known just now, because Slack could not be asked.")]
      : [
          bold(`${verdict.had} of ${verdict.needed}`),
          words(verdict.couldApprove.length === 0 ? "" : " · can approve: "),
          ...people(verdict.couldApprove, MENTIONED),
        ],
    [
      ...closingPieces(asked),
      words(` (${formatDuration(approval.timeoutMs)} in all); then ${then}.`),
    ],
  ];
}

/** Also for questions: a time that is not known while the clock stands is not named. */
export function closingPieces({ stands, closesAt }: Pick<AskedApproval, "stands" | "closesAt">) {
  return stands
    ? [words("The clock stands until the run goes on")]
    : [words("Until "), time(closesAt)];
}

function endPieces({ votes, end }: AskedApproval): Piece[] {
  const known = new Set([...votes.map(({ userId }) => userId), ...(end?.counted ?? [])]);
  return sentence(end?.explanation ?? "", known, 500);
}

function endWords({ end }: AskedApproval): string {
  switch (end?.outcome) {
    case "approved":
      return "Approved";
    case "approved-by-timeout":
      return "Approved by a time-out";
    case "rejected":
      return "Rejected";
    case "expired":
      return "Not approved in time";
    case "left":
    case undefined:
      return "Not needed any more";
  }
}

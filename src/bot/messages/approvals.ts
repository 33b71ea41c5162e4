// The quorum of a plan by name, what it still needs, by which policies, its clocks, and a freeze that is on.

import type { PlanFreeze } from "#engine/freeze-of-plan.ts";
import type { PlanRecord } from "#engine/plan.ts";
import type { ApprovalRule } from "#engine/policy.ts";
import { formatInstant } from "#engine/time.ts";
import type { Instant } from "#engine/time.ts";
import type { Verdict, VerdictNode } from "#engine/verdict.ts";
import { formatDuration } from "#engine/duration.ts";
import { identifier } from "./plain.ts";
import { type Piece, bold, people, sentence, time, untrusted, words } from "./rich-text.ts";

/** Everyone a verdict's sentences may speak of; no other `@U…` in them becomes a mention. */
export function peopleOf(record: PlanRecord, verdict: Verdict): ReadonlySet<string> {
  return new Set([
    record.requester.userId,
    ...record.editors,
    ...record.votes.map((vote) => vote.userId),
    ...verdict.counted.map((vote) => vote.userId),
    ...verdict.ignored.map((vote) => vote.userId),
    ...verdict.couldApprove,
    ...record.rule.require.flatMap((clause) => clause.fromUsers),
  ]);
}

const OPEN_CLAUSES = 4;
const POLICIES = 5;

/** Rows for the lower part of an open card: quorum, what is missing, the policies that ask for it, both clocks. */
export function approvalRows(record: PlanRecord, verdict: Verdict): Piece[][] {
  const approvers = verdict.counted.map((vote) => vote.userId);
  const quorum = [
    bold("Approvals  "),
    words(`${verdict.had} of ${verdict.needed}`),
    ...(approvers.length === 0 ? [] : [words(": "), ...people(approvers)]),
  ];
  const known = peopleOf(record, verdict);
  const missing = openLeaves(verdict.tree).slice(0, OPEN_CLAUSES);
  return [
    quorum,
    ...missing.map((node) => [words("    "), ...sentence(node.sentence, known, 300)]),
    policyPieces(record.rule),
    clockRow(record),
  ];
}

/** Names of the policies that a rule was made of. */
export function policyPieces({ policies, stepUp }: ApprovalRule): Piece[] {
  if (policies.length === 0) return [];
  const shown = policies.slice(0, POLICIES).map((name) => identifier(name, 60).text);
  const more = policies.length - shown.length;
  return [
    bold(policies.length === 1 ? "Policy  " : "Policies  "),
    words(shown.join(", ")),
    ...(more > 0 ? [words(` and ${more} more`)] : []),
    ...(stepUp === null ? [] : [words(" · each approval is signed with a passkey")]),
  ];
}

/** A freeze that is on, and what becomes of the plan in it. */
export function freezePieces(freeze: PlanFreeze): Piece[] {
  return [
    ...shortFreezePieces(freeze),
    words(": "),
    untrusted(freeze.reason, 300),
    ...nextPieces(freeze),
  ];
}

/** Name and end of a freeze, for a line of a list. */
export function shortFreezePieces({ name, until }: PlanFreeze): Piece[] {
  return [bold("Frozen  "), words(`by ${identifier(name, 60).text} until `), time(until)];
}

function nextPieces({ approved, next }: PlanFreeze): Piece[] {
  switch (next.kind) {
    case "starts":
      return [words(` It ${approved ? "is" : "can be"} approved, and starts when that is over.`)];
    case "starts-if-approved-from":
      return [
        words(" It starts when that is over if it is approved from "),
        time(next.from),
        words(" on: before, its time to start would run out within the freeze."),
      ];
    case "runs-out":
      return [
        ...(next.at === null
          ? [words(" Whenever it is approved, its time to start runs out within the freeze")]
          : [words(" It is approved, but its time to start runs out "), time(next.at)]),
        words(": nothing of it will run. Ask again when the freeze is over."),
      ];
  }
}

/** When a run starts, as a sentence where nothing but plain text can be shown. */
export function startSentence(freeze: PlanFreeze | null): string {
  if (freeze === null) return "It runs as soon as the quorum is met.";
  const frozen = `Frozen by ${identifier(freeze.name, 40).text} until ${formatInstant(freeze.until)}`;
  switch (freeze.next.kind) {
    case "starts":
      return `${frozen}: approved, it starts after that.`;
    case "starts-if-approved-from":
      return `${frozen}: its time to start runs out before that, unless its quorum is met from ${formatInstant(freeze.next.from)} on.`;
    case "runs-out":
      return `${frozen}: its time to start runs out before that, so nothing of it will run.`;
  }
}

/** What becomes of a plan when its time to approve is over, after "Approve by ...,". */
export function timeoutWords({ rule, plan }: Pick<PlanRecord, "rule" | "plan">): string {
  return rule.onTimeout === "approve" && plan.risk !== "destructive"
    ? "then it goes on, unless somebody has rejected it"
    : "then it expires and nothing runs";
}

function openLeaves(node: VerdictNode): readonly VerdictNode[] {
  if (node.children.length === 0)
    return node.status === "waiting" || node.status === "unreachable" ? [node] : [];
  return node.children.flatMap(openLeaves);
}

function clockRow(record: PlanRecord): Piece[] {
  if (record.status !== "awaiting-approval") return [];
  return [
    bold("Approve by  "),
    time(record.approveBy),
    words(`, ${timeoutWords(record)} · `),
    bold("Start  "),
    words(`within ${formatDuration(record.rule.startWithinMs)} of the decision`),
  ];
}

/** How long is left, for lists that are made afresh each time. */
export function timeLeft(until: Instant, now: Instant): string {
  return until <= now ? "time is up" : `${formatDuration(until - now)} left`;
}

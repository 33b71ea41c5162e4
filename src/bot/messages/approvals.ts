// The quorum of a plan by name, what it still needs, by which policies, its clocks, and a freeze that is on.

import type { ActiveFreeze } from "#engine/calendar.ts";
import type { PlanRecord } from "#engine/plan.ts";
import type { ApprovalRule } from "#engine/policy.ts";
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

/** A freeze that is on: nothing of it runs meanwhile. */
export function freezePieces({ name, reason, until }: ActiveFreeze): Piece[] {
  return [
    bold("Frozen  "),
    words(`by ${identifier(name, 60).text} until `),
    time(until),
    words(": "),
    untrusted(reason, 300),
    words(" It can be approved, and starts when that is over."),
  ];
}

/** What becomes of a plan when its time to approve is over, after "Approve by ...,". */
export function timeoutWords({ rule, plan }: PlanRecord): string {
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

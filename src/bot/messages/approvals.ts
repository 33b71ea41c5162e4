// The quorum of a plan by name, what it still needs, and its clocks.

import type { PlanRecord } from "#engine/plan.ts";
import type { Instant } from "#engine/time.ts";
import type { Verdict, VerdictNode } from "#engine/verdict.ts";
import { formatDuration } from "#engine/duration.ts";
import { type Piece, bold, people, sentence, time, words } from "./rich-text.ts";

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

/** Rows for the lower part of an open card: quorum, what is missing, both clocks. */
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
    clockRow(record),
  ];
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
    words(" · "),
    bold("Start  "),
    words(`within ${formatDuration(record.rule.startWithinMs)} of the decision`),
  ];
}

/** How long is left, for lists that are made afresh each time. */
export function timeLeft(until: Instant, now: Instant): string {
  return until <= now ? "time is up" : `${formatDuration(until - now)} left`;
}

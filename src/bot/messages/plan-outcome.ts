// One line that says where a plan stands: still open, or who ended it, when and why.

import { effectiveStatus } from "#engine/plan-life.ts";
import type { PlanRecord, PlanStatus } from "#engine/plan.ts";
import type { Instant } from "#engine/time.ts";
import type { Verdict } from "#engine/verdict.ts";
import { ALARM } from "./glass-mark.ts";
import { COMMAND } from "./identifiers.ts";
import {
  type Piece,
  bold,
  code,
  emoji,
  people,
  person,
  time,
  untrusted,
  words,
} from "./rich-text.ts";

/** True while votes can still be cast. */
export function isOpen(record: PlanRecord, now: Instant): boolean {
  return effectiveStatus(record, now) === "awaiting-approval";
}

const WORDS: Readonly<Record<PlanStatus, string>> = {
  "awaiting-approval": "Waiting for approval",
  approved: "Approved",
  rejected: "Rejected",
  expired: "Expired",
  withdrawn: "Withdrawn",
  spent: "Started",
};

/** A word for lists and notifications. */
export function outcomeWord(record: PlanRecord, now: Instant): string {
  const status = effectiveStatus(record, now);
  return status === "withdrawn" && record.supersededBy !== null ? "Superseded" : WORDS[status];
}

const marks = {
  waiting: emoji("hourglass_flowing_sand", "23f3"),
  approved: emoji("white_check_mark", "2705"),
  refused: emoji("no_entry", "26d4"),
  over: emoji("alarm_clock", "23f0"),
  withdrawn: emoji("leftwards_arrow_with_hook", "21a9-fe0f"),
  started: emoji("arrow_forward", "25b6-fe0f"),
};

/** The outcome with its mark, its people and its time, and how the review of a broken glass stands. */
export function outcomePieces(record: PlanRecord, verdict: Verdict, now: Instant): Piece[] {
  return [...endPieces(record, verdict, now), ...glassPieces(record)];
}

function endPieces(record: PlanRecord, verdict: Verdict, now: Instant): Piece[] {
  switch (record.status) {
    case "awaiting-approval":
      return isOpen(record, now)
        ? [
            marks.waiting,
            words(" "),
            bold("Waiting for approval"),
            words(` · ${verdict.had} of ${verdict.needed}`),
          ]
        : expired("approve-by", record.approveBy);
    case "approved":
      return now < record.startBy
        ? [
            ...approvedBy([marks.approved, "Approved"], record, verdict),
            words(" · "),
            time(record.decidedAt),
          ]
        : expired("start-by", record.startBy);
    case "rejected":
      return [
        marks.refused,
        words(" "),
        bold("Rejected"),
        ...byRejecters(record),
        words(" · "),
        time(record.decidedAt),
        ...reasons(record),
      ];
    case "expired":
      return expired(record.clock, record.expiredAt);
    case "withdrawn":
      if (record.supersededBy !== null)
        return [
          marks.withdrawn,
          words(" "),
          bold("Superseded"),
          words(" by plan "),
          code(record.supersededBy),
          words(", filed by "),
          person(record.withdrawnBy),
          words(" · "),
          time(record.withdrawnAt),
        ];
      return [
        marks.withdrawn,
        words(" "),
        bold("Withdrawn"),
        words(" by "),
        person(record.withdrawnBy),
        words(" · "),
        time(record.withdrawnAt),
        ...(record.reason === null ? [] : [words("\nReason: "), untrusted(record.reason)]),
      ];
    case "spent":
      return [
        ...approvedBy([marks.started, "Approved and started"], record, verdict),
        words(" · "),
        time(record.spentAt),
        ...(record.supersededBy === null
          ? []
          : [words("\nAsked for again as plan "), code(record.supersededBy)]),
      ];
  }
}

function expired(clock: "approve-by" | "start-by", at: Instant): Piece[] {
  const what = clock === "approve-by" ? "no quorum in time" : "approved, but not started in time";
  return [
    marks.over,
    words(" "),
    bold("Expired"),
    words(`: ${what} · `),
    time(at),
    words("\nNothing ran. File the plan again to try once more."),
  ];
}

function approvedBy(
  [mark, word]: readonly [Piece, string],
  { emergency }: PlanRecord,
  verdict: Verdict,
): Piece[] {
  return emergency === null
    ? [mark, words(" "), bold(word), ...byCounted(verdict)]
    : [ALARM, words(" "), bold("Glass broken"), words(" by "), person(emergency.userId)];
}

function glassPieces({ id, status, emergency }: PlanRecord): Piece[] {
  if (emergency === null) return [];
  const { userId, reason, review, reviewBy } = emergency;
  const said = status === "approved" || status === "spent";
  return [
    ...(said
      ? []
      : [
          words("\n"),
          ALARM,
          bold(" Glass broken"),
          words(" by "),
          person(userId),
          words(" before"),
        ]),
    words("\nWhy: "),
    untrusted(reason, 500),
    ...(review === null
      ? [
          words("\nReview open until "),
          time(reviewBy),
          words(": "),
          code(`${COMMAND} review ${id}`),
        ]
      : [words("\nReviewed by "), person(review.userId), words(": "), untrusted(review.note, 500)]),
  ];
}

function byCounted(verdict: Verdict): Piece[] {
  // Not people's word, or not theirs alone: the verdict says what it was.
  if (verdict.by === "standing" || verdict.by === "timeout")
    return [words(": "), untrusted(verdict.tree.sentence)];
  const voters = verdict.counted.map(({ userId }) => userId);
  return voters.length === 0
    ? [words(" without approval, as the policy allows")]
    : [words(" by "), ...people(voters)];
}

function rejections(record: PlanRecord) {
  return record.votes.filter(
    (vote) => vote.choice === "reject" && vote.planVersion === record.version,
  );
}

function byRejecters(record: PlanRecord): Piece[] {
  const voters = rejections(record).map((vote) => vote.userId);
  return voters.length === 0 ? [] : [words(" by "), ...people(voters)];
}

function reasons(record: PlanRecord): Piece[] {
  return rejections(record)
    .filter((vote) => vote.reason !== null)
    .slice(0, 3)
    .flatMap((vote) => [words("\nReason: "), untrusted(vote.reason ?? "")]);
}

// Votes and withdrawals from every entry path: button, modal, mention, slash command. One function each, so
// that all of them decide alike.

import { castVote } from "#engine/cast-vote.ts";
import { freezeOf } from "#engine/freeze-of-plan.ts";
import { effectiveStatus } from "#engine/plan-life.ts";
import type { PlanRecord } from "#engine/plan.ts";
import type { Asker } from "#engine/use-case-ports.ts";
import { withdrawPlan } from "#engine/withdraw-plan.ts";
import type { BotPorts } from "../bot-ports.ts";
import { VIEW_FORMAT } from "../messages/view-hash.ts";
import { votedSentence } from "../messages/voted.ts";
import { refusedAnswer, said } from "../reply.ts";
import type { Answer } from "../reply.ts";
import { askerOf } from "../requester.ts";
import type { Desk, Requester } from "../requester.ts";
import { cardSeenBy, unreadBarrier } from "./read-before-approving.ts";
import type { CardSeen } from "./read-before-approving.ts";
import { steerRun } from "./steer-run.ts";

export type Decision = {
  readonly record: PlanRecord;
  /** The version on the button; null: the words in the thread, which mean the newest. */
  readonly version: number | null;
  readonly choice: "approve" | "reject";
  readonly reason: string | null;
};

/** Null: the answer is the link at which the person's passkey approves, which is on its way to them. */
export async function decide(
  desk: Desk,
  requester: Requester,
  decision: Decision,
): Promise<Answer | null> {
  const { ports } = desk;
  const { record, version, choice, reason } = decision;
  const asker = askerOf(desk, requester, record.conversation);
  const seen = await cardSeenBy(ports, record, requester.userId);
  if (choice === "approve") {
    const attempted = `approve plan ${record.id}`;
    const unread = await unreadApproval(ports, asker, record, { version, seen, attempted });
    if (unread !== null) return said(unread, "warning");
  }
  // By words nothing was clicked on, so nothing is known to have been seen.
  const viewHash = version === null ? null : seen.viewHash;
  const result = await castVote(ports, asker, {
    planId: record.id,
    planVersion: version,
    readVersion: record.version,
    choice,
    reason,
    viewHash,
    viewFormat: VIEW_FORMAT,
    linkTo: requester.place,
  });
  if (!result.ok && result.refusal.code === "step-up-needed") return null;
  if (!result.ok) return refusedAnswer(result.refusal);
  const { record: voted } = result.value;
  const freeze = freezeOf(ports, voted, ports.clock.now());
  return said(votedSentence({ ...result.value, freeze }, choice), "done");
}

export async function withdraw(
  desk: Desk,
  requester: Requester,
  record: PlanRecord,
  reason: string | null,
): Promise<Answer> {
  const result = await withdrawPlan(desk.ports, askerOf(desk, requester, record.conversation), {
    planId: record.id,
    reason,
  });
  return result.ok
    ? said(`Plan ${record.id} is withdrawn. Nothing will run.`, "done")
    : refusedAnswer(result.refusal);
}

/** A run held before its start: its requester takes the plan back, an approver ends the run. */
export async function withdrawHeld(
  desk: Desk,
  requester: Requester,
  record: PlanRecord,
): Promise<Answer> {
  const notStarted = effectiveStatus(record, desk.ports.clock.now()) === "approved";
  return requester.userId === record.requester.userId && notStarted
    ? withdraw(desk, requester, record, null)
    : steerRun(desk, requester, record, "cancel");
}

type Approval = {
  /** The version that was shown; null: the newest is meant. */
  readonly version: number | null;
  readonly seen: CardSeen;
  readonly attempted: string;
};

/**
 * What an approver is told who has not read all of the plan; null: the engine decides. Someone whose approval is
 * refused anyway, or of another version, is told that by the engine instead.
 */
export async function unreadApproval(
  ports: BotPorts,
  asker: Asker,
  record: PlanRecord,
  { version, seen: { unread }, attempted }: Approval,
): Promise<string | null> {
  return couldCount(record, version, asker.userId)
    ? unreadBarrier(ports, asker, record, { unread, attempted, what: "approve" })
    : null;
}

function couldCount(record: PlanRecord, version: number | null, userId: string): boolean {
  const excluded = record.requester.userId === userId || record.editors.includes(userId);
  return (
    record.status === "awaiting-approval" &&
    !excluded &&
    (version === null || version === record.version)
  );
}

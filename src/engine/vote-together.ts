// Which plans may be approved together at one signature: those of one requester that destroy nothing and need no
// passkey. Pure. Each of them is a vote by itself all the same.

import type { PlanRecord } from "./plan.ts";
import type { Refusal } from "./refusal.ts";

/** What the voter was shown of one plan among several. */
export type Together = {
  /** Whose plans were shown. */
  readonly requesterId: string;
  /** SHA-256 of the plan and of its picture, as they were when it was shown. */
  readonly hash: string;
  readonly viewHash: string;
};

/** Why a plan is approved by itself only; null: it may be among others. */
export type Apart = "destructive" | "passkey" | "other-requester";

export function apartBecause(
  { plan, rule, requester }: Pick<PlanRecord, "plan" | "rule" | "requester">,
  requesterId: string,
): Apart | null {
  if (plan.risk === "destructive") return "destructive";
  if (rule.stepUp !== null) return "passkey";
  return requester.userId === requesterId ? null : "other-requester";
}

/** Each plan is looked at when its vote is decided, with its row locked. @param viewHash of the picture as it is drawn now. */
export function togetherRefusal(
  record: PlanRecord,
  { requesterId, ...seen }: Together,
  viewHash: string | null,
): Refusal | null {
  const why = apartBecause(record, requesterId);
  if (why !== null) return { code: "not-together", planId: record.id, why };
  const same = record.hash === seen.hash && viewHash === seen.viewHash;
  return same ? null : { code: "hash-changed" };
}

// What is said while a plan waits for its approvers, to them, to its thread and to its requester. A plan that no
// longer waits has none of it. Sends nothing.

import { verdictOf } from "#engine/explain-policy.ts";
import { planReachMessage } from "../messages/plan-reach.ts";
import { planWidenedMessage } from "../messages/plan-widened.ts";
import { privateReminderMessage } from "../messages/reminder-private.ts";
import { planReminderMessage } from "../messages/reminder.ts";
import { planWantedMessage } from "../messages/same-plan.ts";
import type { NoticeRenderers } from "./notice-renderer.ts";
import { NOTHING } from "./outgoing.ts";
import { saidOnce } from "./said-in-thread.ts";

export const waitingPlanNotices: NoticeRenderers<
  | "plan-widened"
  | "plan-reach"
  | "reach-private"
  | "reminder-private"
  | "plan-reminder"
  | "plan-wanted"
> = {
  "plan-widened": async (ports, { planId }) => {
    const record = await ports.plans.get(planId);
    if (record?.status !== "awaiting-approval" || record.rule.widen === null) return NOTHING;
    return saidOnce(
      record.conversation,
      planWidenedMessage(record, record.rule.widen),
      record.begunAt,
    );
  },

  "plan-reach": async (ports, { planId }) => {
    const record = await ports.plans.get(planId);
    if (record?.status !== "awaiting-approval") return NOTHING;
    const verdict = await verdictOf(ports, record, "cached");
    const message = planReachMessage({ record, verdict, to: "thread" });
    return saidOnce(record.conversation, message, record.begunAt);
  },

  "reach-private": async (ports, { planId, userId }) => {
    const record = await ports.plans.get(planId);
    // In a direct message with the requester the thread has told it already.
    if (record?.status !== "awaiting-approval" || record.conversation.channelId.startsWith("D"))
      return NOTHING;
    const verdict = await verdictOf(ports, record, "cached");
    const message = planReachMessage({ record, verdict, to: "requester" });
    return { kind: "direct", userId, message, notBefore: record.begunAt };
  },

  "reminder-private": async (ports, { planId, userId, widened = false }, now) => {
    const record = await ports.plans.get(planId);
    if (record?.status !== "awaiting-approval") return NOTHING;
    const verdict = await verdictOf(ports, record, "cached");
    // They have voted meanwhile, or may not any more.
    if (!verdict.couldApprove.includes(userId)) return NOTHING;
    const message = privateReminderMessage({ record, verdict, widened, now });
    return { kind: "direct", userId, message, notBefore: record.filedAt };
  },

  "plan-reminder": async (ports, { planId, people }) => {
    const record = await ports.plans.get(planId);
    if (record?.status !== "awaiting-approval") return NOTHING;
    const verdict = await verdictOf(ports, record, "cached");
    return saidOnce(
      record.conversation,
      planReminderMessage({ record, verdict, people: people ?? verdict.couldApprove }),
      record.filedAt,
    );
  },

  "plan-wanted": async (ports, { planId, userId }) => {
    const record = await ports.plans.get(planId);
    if (record?.status !== "awaiting-approval") return NOTHING;
    const said = saidOnce(record.conversation, planWantedMessage(userId), record.filedAt);
    // Whoever asks a third time is not announced again: their message is looked up by its subject.
    return said.kind === "channel" ? { ...said, subject: `plan-wanted:${planId}:${userId}` } : said;
  },
};

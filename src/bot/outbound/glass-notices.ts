// What is said of a broken glass: that it was broken, and how its review stands. Sends nothing.

import { reviewersOf } from "#engine/review-glass.ts";
import {
  glassBrokenMessage,
  glassBrokenPrivately,
  glassReviewedMessage,
  isBroken,
  reviewOverdueMessage,
} from "../messages/glass.ts";
import { subjects } from "../messages/identifiers.ts";
import type { NoticeRenderers } from "./notice-renderer.ts";
import { NOTHING } from "./outgoing.ts";
import { saidOnce } from "./said-in-thread.ts";

export const glassNotices: NoticeRenderers<
  "glass-broken" | "glass-broken-private" | "glass-reviewed" | "review-overdue"
> = {
  "glass-broken": async (ports, { planId }) => {
    const record = await ports.plans.get(planId);
    if (record === null || !isBroken(record)) return NOTHING;
    const said = saidOnce(record.conversation, glassBrokenMessage(record), record.emergency.at);
    return said.kind === "channel" ? { ...said, subject: subjects.glassBroken(planId) } : said;
  },

  "glass-broken-private": async (ports, { planId, userId }) => {
    const record = await ports.plans.get(planId);
    if (record === null || !isBroken(record)) return NOTHING;
    const message = glassBrokenPrivately(record, userId);
    return { kind: "direct", userId, message, notBefore: record.emergency.at };
  },

  "glass-reviewed": async (ports, { planId }) => {
    const record = await ports.plans.get(planId);
    const review = record?.emergency?.review ?? null;
    if (record === null || !isBroken(record) || review === null) return NOTHING;
    return saidOnce(record.conversation, glassReviewedMessage(record), review.at);
  },

  "review-overdue": async (ports, { planId }) => {
    const record = await ports.plans.get(planId);
    if (record === null || !isBroken(record) || record.emergency.review !== null) return NOTHING;
    const message = reviewOverdueMessage(record, await reviewersOf(ports, record));
    return saidOnce(record.conversation, message, record.emergency.reviewBy);
  },
};

// A plan's card, what an edit changed, and how it all ended. Sends nothing.

import { glassPolicyOf } from "#engine/break-glass.ts";
import { verdictOf } from "#engine/explain-policy.ts";
import { freezeOf } from "#engine/freeze-of-plan.ts";
import type { Conversation } from "#engine/identity.ts";
import { openTargets } from "#engine/open-targets.ts";
import { reportRun } from "#engine/run-report.ts";
import type { BotPorts } from "../bot-ports.ts";
import { subjects } from "../messages/identifiers.ts";
import { outcomePrivateMessage } from "../messages/outcome-private.ts";
import { planCard } from "../messages/plan-card.ts";
import { planDiffMessage } from "../messages/plan-diff.ts";
import { estimateOf } from "./estimates.ts";
import type { NoticeRenderers } from "./notice-renderer.ts";
import { NOTHING } from "./outgoing.ts";
import { saidOnce } from "./said-in-thread.ts";

export const planNotices: NoticeRenderers<"plan-card" | "plan-diff" | "outcome-private"> = {
  "plan-card": async (ports, { planId }, now) => {
    const record = await ports.plans.get(planId);
    if (record === null) return NOTHING;
    const verdict = await verdictOf(ports, record, "cached");
    return {
      kind: "channel",
      subject: subjects.planCard(planId),
      channelId: record.conversation.channelId,
      threadTs: threadOfCard(
        record.conversation,
        await ports.outbox.messageRef(subjects.planCard(planId)),
      ),
      message: planCard({
        record,
        verdict,
        now,
        mayBreakGlass: glassPolicyOf(ports, record) !== null,
        freeze: freezeOf(ports, record, now),
        estimate: await estimateOf(ports.timings, record.plan),
        openTargets: openTargets(record.plan, ports.registry, await ports.breakers.list()),
      }),
      notBefore: record.filedAt,
      opensThreadOf:
        record.conversation.threadTs === null || record.conversation.permalink === null
          ? planId
          : null,
    };
  },

  "plan-diff": async (ports, { planId, fromVersion, toVersion }) => {
    const [record, before, after] = await Promise.all([
      ports.plans.get(planId),
      ports.plans.version(planId, fromVersion),
      ports.plans.version(planId, toVersion),
    ]);
    if (record === null || before === null || after === null) return NOTHING;
    const votesVoided = await votersOf(ports, record.conversation.teamId, planId, fromVersion);
    const message = planDiffMessage({
      record,
      fromVersion,
      before: before.plan,
      after: after.plan,
      editorId: after.authorId,
      votesVoided,
    });
    return saidOnce(record.conversation, message, after.at);
  },

  "outcome-private": async (ports, { planId, userId }, now) => {
    const record = await ports.plans.get(planId);
    // In a direct message with the requester the thread has told it already.
    if (record === null || record.conversation.channelId.startsWith("D")) return NOTHING;
    const [view, verdict] = await Promise.all([
      ports.runs.byPlan(planId),
      verdictOf(ports, record, "cached"),
    ]);
    const report = view === null ? null : reportRun(view, now);
    return {
      kind: "direct",
      userId,
      message: outcomePrivateMessage({
        record,
        verdict,
        report,
        now,
        freeze: freezeOf(ports, record, now),
      }),
      notBefore: record.filedAt,
    };
  },
};

/** A slash command has no thread: its card stands in the channel and becomes the thread's first message. */
function threadOfCard(
  { threadTs }: Conversation,
  posted: { readonly ts: string } | null,
): string | null {
  return threadTs === null || threadTs === posted?.ts ? null : threadTs;
}

/** Who had voted on a version: their votes left the record when it was edited, and stay in the audit log. */
async function votersOf(
  ports: BotPorts,
  teamId: string,
  planId: string,
  version: number,
): Promise<readonly string[]> {
  const voters = new Set<string>();
  for await (const row of ports.audit.rows({ teamId, planId, limit: 10_000 })) {
    if (row.kind !== "vote.cast") continue;
    const vote = JSON.parse(row.data) as { readonly version?: number };
    if (vote.version === version) voters.add(row.actor.replace(/^person:/, ""));
  }
  return [...voters];
}

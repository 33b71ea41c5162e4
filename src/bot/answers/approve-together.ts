// Several approvals at one signature. Each plan is read again and voted on by itself, so that one that moved, or that
// this person may not approve, fails alone.

import { castVote } from "#engine/cast-vote.ts";
import { bundleOutcomeMessage } from "../messages/bundle-outcome.ts";
import type { BundleOutcome } from "../messages/bundle-outcome.ts";
import { MOST_TOGETHER } from "../messages/bundle-view.ts";
import type { ShownRef } from "../messages/identifiers.ts";
import { VIEW_FORMAT } from "../messages/view-hash.ts";
import type { Answer } from "../reply.ts";
import { askerOf } from "../requester.ts";
import type { Desk, Requester } from "../requester.ts";
import { askedOnce } from "./asked-once.ts";
import { unreadApproval } from "./decide.ts";
import { cardSeenBy } from "./read-before-approving.ts";

export type Ticked = {
  /** Whose plans were shown. */
  readonly requesterId: string;
  /** Null: a box that is none of ours. */
  readonly refs: readonly (ShownRef | null)[];
};

export async function approveTogether(
  desk: Desk,
  requester: Requester,
  { requesterId, refs }: Ticked,
): Promise<Answer> {
  const directory = askedOnce(desk.ports.directory, desk.ports.clock);
  const asking: Desk = { ...desk, ports: { ...desk.ports, directory } };
  const outcomes: BundleOutcome[] = [];
  const seen = new Set<string | null>();
  for (const ref of refs.slice(0, MOST_TOGETHER)) {
    const planId = ref?.planId ?? null;
    if (seen.has(planId)) continue;
    seen.add(planId);
    outcomes.push(
      ref === null ? NO_PLAN : await approveOne(asking, requester, { requesterId, ref }),
    );
  }
  return { message: bundleOutcomeMessage(outcomes), to: "asker" };
}

/** What was submitted is none of ours, so it names no plan. */
export const NOT_OURS = { code: "plan-not-found", planId: "of this window" } as const;

const NO_PLAN: BundleOutcome = {
  planId: NOT_OURS.planId,
  title: null,
  end: { kind: "refused", refusal: NOT_OURS },
};

async function approveOne(
  desk: Desk,
  requester: Requester,
  { requesterId, ref }: { readonly requesterId: string; readonly ref: ShownRef },
): Promise<BundleOutcome> {
  const { ports, slack } = desk;
  const { planId, version, hash, viewHash } = ref;
  const found = await ports.plans.get(planId);
  // Of another workspace's plan nothing is read; the vote is refused, and that is in the log.
  const record = found?.conversation.teamId === slack.identity.teamId ? found : null;
  const asker = askerOf(desk, requester, record?.conversation ?? null);
  const title = record?.plan.title ?? null;
  const seen = record === null ? null : await cardSeenBy(ports, record, requester.userId);
  if (record !== null && seen !== null) {
    const attempted = `approve plan ${planId} together with others`;
    const explanation = await unreadApproval(ports, asker, record, { version, seen, attempted });
    if (explanation !== null) return { planId, title, end: { kind: "unread", explanation } };
  }
  const result = await castVote(ports, asker, {
    planId,
    planVersion: version,
    choice: "approve",
    reason: null,
    viewHash: seen?.viewHash ?? null,
    viewFormat: VIEW_FORMAT,
    together: { requesterId, hash, viewHash },
  });
  if (!result.ok) return { planId, title, end: { kind: "refused", refusal: result.refusal } };
  const { verdict, record: voted } = result.value;
  const met = voted.status === "approved";
  return { planId, title, end: { kind: "approved", met, verdict } };
}

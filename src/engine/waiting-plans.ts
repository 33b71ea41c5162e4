// What waits for approval, as one person should see it: first what they could approve now, then the rest, the oldest
// clock first in both. Shows only: each vote is decided again when it is cast, over people asked live.

import { verdictOf } from "./explain-policy.ts";
import { freezeOf } from "./freeze-of-plan.ts";
import type { PlanFreeze } from "./freeze-of-plan.ts";
import { effectiveStatus } from "./plan-life.ts";
import type { AwaitingPlan } from "./plan.ts";
import type { EnginePorts } from "./use-case-ports.ts";
import type { Verdict } from "./verdict.ts";

/** A plan that waits, what its votes come to so far, and a freeze that would hold its run back. */
export type WaitingPlan = {
  readonly record: AwaitingPlan;
  readonly verdict: Verdict;
  readonly freeze: PlanFreeze | null;
};

export type WaitingPlans = {
  /** Those this person could approve now; silent co-approvers are such people, too. */
  readonly theirs: readonly WaitingPlan[];
  readonly others: readonly WaitingPlan[];
};

/** Plans looked at for one list. */
const MOST_PLANS = 500;

/** Who is in which group, and who is active, may be 60 s old. */
export async function waitingPlans(
  ports: Pick<EnginePorts, "plans" | "directory" | "policy" | "clock" | "calendar" | "delegations">,
  { teamId, userId }: { readonly teamId: string; readonly userId: string },
): Promise<WaitingPlans> {
  const now = ports.clock.now();
  const awaiting = await ports.plans.awaiting(teamId);
  const open = awaiting.filter((record) => effectiveStatus(record, now) === "awaiting-approval");
  // Asked once, not once for every plan.
  const delegations = await ports.delegations.active(teamId, now);
  const asking = {
    ...ports,
    delegations: { ...ports.delegations, active: async () => delegations },
  };
  const theirs: WaitingPlan[] = [];
  const others: WaitingPlan[] = [];
  for (const record of open.toSorted((a, b) => a.approveBy - b.approveBy).slice(0, MOST_PLANS)) {
    // One after another: the first of a group asks Slack, the others find the answer.
    const verdict = await verdictOf(asking, record, "cached");
    const list = verdict.couldApprove.includes(userId) ? theirs : others;
    list.push({ record, verdict, freeze: freezeOf(ports, record, now) });
  }
  return { theirs, others };
}

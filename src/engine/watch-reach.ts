// Notices when too few people are left who could approve a waiting plan, and when there are enough again. Only says so,
// once for each change: the decision itself asks anew. What can't be asked is no reason to say anything.

import { verdictOf } from "./explain-policy.ts";
import type { FactPorts } from "./gather-facts.ts";
import { entryOf } from "./file-plan.ts";
import { SWEEPER } from "./identity.ts";
import { effectiveStatus, noteReach } from "./plan-life.ts";
import type { AwaitingPlan, PlanRecord } from "./plan.ts";
import { NO_CHANGE } from "./plan-store.ts";
import type { PlanChange } from "./plan-store.ts";
import type { Instant } from "./time.ts";
import type { EnginePorts } from "./use-case-ports.ts";
import type { Verdict } from "./verdict.ts";

/** How often every waiting plan is looked at, in milliseconds. People change groups rarely, and Slack counts questions. */
export const LOOK_AT_REACH_EVERY_MS = 300_000;

type Watching = FactPorts & Pick<EnginePorts, "plans">;

/** Looks at every waiting plan of the workspace. Answers of how many something was said. */
export async function watchReach(ports: Watching, teamId: string): Promise<number> {
  let said = 0;
  for (const record of await ports.plans.awaiting(teamId)) {
    const now = ports.clock.now();
    if (effectiveStatus(record, now) !== "awaiting-approval") continue;
    const verdict = await verdictOf(ports, record, "cached");
    if (!isNews(record, verdict)) continue;
    const done = await ports.plans.change(record.id, (locked) =>
      locked.version === record.version ? noted(locked, verdict, now) : NEITHER,
    );
    if (done === true) said += 1;
  }
  return said;
}

const NEITHER = { change: NO_CHANGE, answer: false } as const;

function isNews(record: AwaitingPlan, { outcome, couldApprove }: Verdict): boolean {
  if (outcome === "unreachable") return record.unreachableSince === null;
  // Nobody could be asked: that is not known to be enough.
  return record.unreachableSince !== null && outcome === "waiting" && couldApprove.length > 0;
}

function noted(
  locked: PlanRecord,
  verdict: Verdict,
  at: Instant,
): { change: PlanChange; answer: boolean } {
  if (locked.status !== "awaiting-approval" || !isNews(locked, verdict)) return NEITHER;
  const reachable = verdict.outcome !== "unreachable";
  const moved = noteReach(locked, reachable ? null : at, at);
  if (!moved.ok) return NEITHER;
  const { id: planId, version, requester } = moved.value;
  const event = reachable
    ? ({ kind: "plan.reachable", version } as const)
    : ({ kind: "plan.unreachable", version, explanation: explanationOf(verdict) } as const);
  return {
    change: {
      record: moved.value,
      events: [{ ...entryOf(moved.value, at), actor: SWEEPER, event }],
      notices: [
        { kind: "plan-card", planId },
        { kind: "plan-reach", planId },
        { kind: "reach-private", planId, userId: requester.userId },
      ],
    },
    answer: true,
  };
}

/** The sentence of the whole and of what can't be filled. */
function explanationOf({ tree }: Verdict): string {
  const missing = tree.children.filter(({ status }) => status === "unreachable");
  return [tree, ...missing].map(({ sentence }) => sentence).join(" ");
}

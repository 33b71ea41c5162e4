// A plan whose time to approve is over, under a policy that lets it go on then: decided like any other plan, by the
// policy in force now, over the votes there are.

import { decideVerdict } from "./decide-verdict.ts";
import { circleOf, factsOf } from "./explain-policy.ts";
import { approvedEntry, entryOf } from "./file-plan.ts";
import { gatherStandings } from "./gather-facts.ts";
import { SWEEPER } from "./identity.ts";
import { approvePlan, closePlan, timeoutApproves } from "./plan-life.ts";
import type { PlanRecord } from "./plan.ts";
import { NO_CHANGE } from "./plan-store.ts";
import type { PlanChange } from "./plan-store.ts";
import { ruleOfPlan } from "./rule-of-plan.ts";
import type { Instant } from "./time.ts";
import type { EnginePorts } from "./use-case-ports.ts";
import type { VerdictFacts } from "./verdict.ts";

type Ports = Pick<
  EnginePorts,
  "plans" | "directory" | "delegations" | "registry" | "policy" | "clock" | "calendar" | "ids"
>;

/** True when it was decided, either way. What can't be found out leaves it for the next look. */
export async function approveByTimeout(ports: Ports, record: PlanRecord): Promise<boolean> {
  const { plan, requester } = record;
  const { teamId, userId: requesterId } = requester;
  const ruled = await ruleOfPlan(ports, { plan, teamId, requesterId });
  if (!ruled.ok && ruled.refusal.code === "directory-unavailable") return false;
  // Both the rule it was filed under and the one in force must let it.
  const allowed = ruled.ok && ruled.value.rule.onTimeout === "approve";
  const circle = await circleOf(ports, record, "fresh");
  const voters = record.votes.map((vote) => vote.userId);
  const standings = await gatherStandings(ports.directory, teamId, voters, "fresh");
  const runId = ports.ids.next("run");
  const now = ports.clock.now();
  const done = await ports.plans.change(record.id, (locked) => {
    if (!timeoutApproves(locked, now) || locked.hash !== record.hash)
      return { change: NO_CHANGE, answer: false };
    const facts = factsOf(locked, { circle, standings, now });
    return settle(locked, { facts, allowed, runId, now });
  });
  return done === true;
}

function settle(
  record: PlanRecord,
  given: {
    readonly facts: VerdictFacts;
    readonly allowed: boolean;
    readonly runId: string;
    readonly now: Instant;
  },
): { change: PlanChange; answer: boolean } {
  const { facts, allowed, runId, now } = given;
  const verdict = decideVerdict(facts);
  const notices = [{ kind: "plan-card", planId: record.id }] as const;
  const told = {
    kind: "outcome-private",
    planId: record.id,
    userId: record.requester.userId,
  } as const;
  if (allowed && verdict.outcome === "approved") {
    const approved = approvePlan(record, { verdict, runId, at: now });
    if (!approved.ok) return { change: NO_CHANGE, answer: false };
    const events = [approvedEntry(approved.value, verdict)];
    return {
      change: {
        record: approved.value,
        queueRun: { runId },
        events,
        notices: [...notices, { kind: "run-progress", runId }, told],
      },
      answer: true,
    };
  }
  const closed = closePlan(record);
  if (!closed.ok) return { change: NO_CHANGE, answer: false };
  const event = { kind: "plan.expired", version: record.version, clock: "approve-by" } as const;
  return {
    change: {
      record: closed.value,
      events: [{ ...entryOf(record, now), actor: SWEEPER, event }],
      notices: [...notices, told],
    },
    answer: true,
  };
}

// Who is told, and when, that a plan waits for them: reminders, and that more people may approve. In waves, because
// everyone is written to within the hours in which their groups work; each person once for each version.

import type { AuditEntry } from "./audit-event.ts";
import { candidatesOf } from "./eligibility.ts";
import { circleOf, verdictOf } from "./explain-policy.ts";
import { entryOf } from "./file-plan.ts";
import type { FactPorts } from "./gather-facts.ts";
import { SWEEPER } from "./identity.ts";
import type { Notice } from "./notice.ts";
import { noteWave, widensAt } from "./plan-life.ts";
import type { AwaitingPlan, PlanRecord } from "./plan.ts";
import { NO_CHANGE } from "./plan-store.ts";
import type { PlanChange } from "./plan-store.ts";
import { REMINDERS_PER_HOUR } from "./reminder-store.ts";
import type { Instant } from "./time.ts";
import { earlier } from "./time.ts";
import type { EnginePorts } from "./use-case-ports.ts";
import { whomToRemind } from "./whom-to-remind.ts";

type Telling = FactPorts & Pick<EnginePorts, "reminders">;

export type Wave = {
  /** The plan is widened now for the first time. */
  readonly widens: boolean;
  /** Its time to remind has come. */
  readonly reminds: boolean;
  /** Those who are written to: whoever could approve all along, and whoever may only since it was widened. */
  readonly reminded: readonly string[];
  readonly widenedTo: readonly string[];
  /** Of both, those who get it privately too: nobody gets too many in an hour. */
  readonly directly: readonly string[];
  /** When the next are to be written to; null: nobody is left. */
  readonly nextAt: Instant | null;
};

/** What is to be said about this plan now; null: nothing. */
export async function waveOf(
  ports: Telling,
  record: PlanRecord,
  now: Instant,
): Promise<Wave | null> {
  if (record.status !== "awaiting-approval" || now >= record.approveBy) return null;
  const widens = isDue(widensAt(record), now);
  if (!widens && !isDue(record.waves.nextAt, now)) return null;
  const circle = await circleOf(ports, record, "cached");
  const { couldApprove } = await verdictOf(ports, record, "cached", circle);
  const before = new Set(candidatesOf(record.rule.require, { ...circle, widened: false }));
  const remindAt = remindsAt(record);
  const reminds = isDue(remindAt, now);
  const { now: people, nextAt } = whomToRemind({
    candidates: couldApprove.filter((userId) => reminds || !before.has(userId)),
    told: record.waves.told,
    circle,
    groups: ports.policy.groups,
    at: now,
  });
  const directly = await ports.reminders.allow({
    teamId: record.requester.teamId,
    planId: record.id,
    version: record.version,
    userIds: people,
    at: now,
    perHour: REMINDERS_PER_HOUR,
  });
  return {
    widens,
    reminds,
    reminded: people.filter((userId) => before.has(userId)),
    widenedTo: people.filter((userId) => !before.has(userId)),
    directly,
    nextAt: reminds ? nextAt : earlier(nextAt, remindAt),
  };
}

/** When the policy has a waiting plan's approvers reminded; null: never. */
function remindsAt({ rule, approveBy }: AwaitingPlan): Instant | null {
  return rule.remindAfterMs === null ? null : approveBy - rule.approveWithinMs + rule.remindAfterMs;
}

function isDue(at: Instant | null, now: Instant): boolean {
  return at !== null && now >= at;
}

/** Notes the wave, unless somebody else has or the plan was edited meanwhile. Answers whether anything was said. */
export function tellApprovers(
  locked: PlanRecord,
  seen: PlanRecord,
  wave: Wave,
  at: Instant,
): { change: PlanChange; answer: boolean } {
  if (!sameWaves(locked, seen)) return { change: NO_CHANGE, answer: false };
  const { widens, reminded, widenedTo, nextAt } = wave;
  // The first time is noted also when nobody could be named; not when all of them are off work.
  const first = wave.reminds && locked.remindedAt === null && nextAt === null;
  const reminds = first || reminded.length > 0;
  const told = [...reminded, ...widenedTo];
  const noted = noteWave(locked, { reminds, widens, told, nextAt, at });
  if (!noted.ok) return { change: NO_CHANGE, answer: false };
  const record = noted.value;
  const says = widens || widenedTo.length > 0;
  const change = {
    record,
    events: [
      ...(says ? [widenedEntry(record, widenedTo, at)] : []),
      ...(reminds ? [remindedEntry(record, reminded, at)] : []),
    ],
    notices: [
      ...(widens
        ? ([
            { kind: "plan-card", planId: record.id },
            { kind: "plan-widened", planId: record.id },
          ] as const)
        : []),
      ...(reminds ? [{ kind: "plan-reminder", planId: record.id, people: reminded } as const] : []),
      ...privately(record.id, wave),
    ],
  };
  return { change, answer: says || reminds };
}

function sameWaves(locked: PlanRecord, seen: PlanRecord): locked is AwaitingPlan {
  return (
    locked.status === "awaiting-approval" &&
    seen.status === "awaiting-approval" &&
    locked.version === seen.version &&
    locked.waves.nextAt === seen.waves.nextAt &&
    locked.waves.widenedAt === seen.waves.widenedAt
  );
}

function privately(planId: string, { directly, widenedTo }: Wave): readonly Notice[] {
  return directly.map((userId) => ({
    kind: "reminder-private",
    planId,
    userId,
    ...(widenedTo.includes(userId) && { widened: true as const }),
  }));
}

function remindedEntry(record: AwaitingPlan, people: readonly string[], at: Instant): AuditEntry {
  const event = { kind: "plan.reminded", version: record.version, people } as const;
  return { ...entryOf(record, at), actor: SWEEPER, event };
}

function widenedEntry(record: AwaitingPlan, people: readonly string[], at: Instant): AuditEntry {
  const { groups, users } = record.rule.widen ?? { groups: [], users: [] };
  const event = { kind: "plan.widened", version: record.version, groups, users, people } as const;
  return { ...entryOf(record, at), actor: SWEEPER, event };
}

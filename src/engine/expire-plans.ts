// Announces clocks that ran out and reminders that are due. Expiry itself is enforced whenever a plan is read
// (`effectiveStatus`): if this never ran, nothing could be approved or started late.

import { approveByTimeout } from "./approve-by-timeout.ts";
import { circleOf, verdictOf } from "./explain-policy.ts";
import { entryOf } from "./file-plan.ts";
import type { Actor } from "./identity.ts";
import { effectiveStatus, expirePlan, remindPlan, timeoutApproves } from "./plan-life.ts";
import type { PlanRecord } from "./plan.ts";
import type { PlanChange } from "./plan-store.ts";
import { REMINDERS_PER_HOUR } from "./reminder-store.ts";
import type { Instant } from "./time.ts";
import type { EnginePorts } from "./use-case-ports.ts";
import { whomToRemind } from "./whom-to-remind.ts";

const AT_ONCE = 100;
const SWEEPER: Actor = { kind: "system", part: "sweeper" };
const NOTHING: PlanChange = { events: [], notices: [] };

type Sweeping = Pick<
  EnginePorts,
  "plans" | "directory" | "delegations" | "policy" | "clock" | "calendar" | "ids" | "reminders"
>;

/** Whom a reminder is for, and who of them gets it privately; null: all of them are off work, so it waits. */
type Reminded = { readonly people: readonly string[]; readonly directly: readonly string[] } | null;
const NOBODY: Reminded = { people: [], directly: [] };

/** Announces what is due, at most 100 plans, and answers how many there were. */
export async function expirePlans(ports: Sweeping): Promise<number> {
  const now = ports.clock.now();
  const due = await ports.plans.overdue(now, AT_ONCE);
  let announced = 0;
  for (const record of due) {
    const people = reminderDue(record, now) ? await remindedNow(ports, record, now) : NOBODY;
    if (timeoutApproves(record, now)) {
      if (await approveByTimeout(ports, record)) announced += 1;
      continue;
    }
    const done = await ports.plans.change(record.id, (locked) => announce(locked, now, people));
    if (done === true) announced += 1;
  }
  return announced;
}

/** Announces this plan's expiry if its clock ran out: what waits for the plan to be over need not wait for the sweeper. */
export async function expireIfDue(
  ports: Pick<EnginePorts, "plans" | "clock">,
  planId: string,
): Promise<void> {
  const now = ports.clock.now();
  await ports.plans.change(planId, (locked) => announceExpiry(locked, now));
}

/** Silent people are left out, and whoever does not work at this hour. */
async function remindedNow(ports: Sweeping, record: PlanRecord, now: Instant): Promise<Reminded> {
  const { couldApprove: candidates } = await verdictOf(ports, record, "cached");
  const circle = await circleOf(ports, record, "cached");
  const { groups } = ports.policy;
  const { now: people, nextAt } = whomToRemind({ candidates, circle, groups, at: now });
  if (people.length === 0 && nextAt !== null) return null;
  const directly = await ports.reminders.allow({
    teamId: record.requester.teamId,
    planId: record.id,
    version: record.version,
    userIds: people,
    at: now,
    perHour: REMINDERS_PER_HOUR,
  });
  return { people, directly };
}

/** True when nobody has been reminded of this version and its time for that has come. */
export function reminderDue(record: PlanRecord, now: Instant): boolean {
  if (record.status !== "awaiting-approval" || record.remindedAt !== null) return false;
  const { approveWithinMs, remindAfterMs } = record.rule;
  if (remindAfterMs === null || now >= record.approveBy) return false;
  return now >= record.approveBy - approveWithinMs + remindAfterMs;
}

function announce(
  record: PlanRecord,
  now: Instant,
  whom: Reminded,
): { change: PlanChange; answer: boolean } {
  if (effectiveStatus(record, now) === "expired") return announceExpiry(record, now);
  if (whom === null || !reminderDue(record, now)) return { change: NOTHING, answer: false };
  const { people, directly } = whom;
  const reminded = remindPlan(record, now);
  if (!reminded.ok) return { change: NOTHING, answer: false };
  const event = { kind: "plan.reminded", version: record.version, people } as const;
  const events = [{ ...entryOf(record, now), actor: SWEEPER, event }];
  const notices = [
    { kind: "plan-reminder", planId: record.id, people } as const,
    ...directly.map((userId) => ({ kind: "reminder-private", planId: record.id, userId }) as const),
  ];
  return { change: { record: reminded.value, events, notices }, answer: true };
}

function announceExpiry(record: PlanRecord, now: Instant): { change: PlanChange; answer: boolean } {
  const expired = expirePlan(record, now);
  if (!expired.ok) return { change: NOTHING, answer: false };
  const { version, clock, id: planId } = expired.value;
  const events = [
    {
      ...entryOf(record, now),
      actor: SWEEPER,
      event: { kind: "plan.expired", version, clock } as const,
    },
  ];
  const notices = [
    { kind: "plan-card", planId },
    { kind: "outcome-private", planId, userId: record.requester.userId },
  ] as const;
  return { change: { record: expired.value, events, notices }, answer: true };
}

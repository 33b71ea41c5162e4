// Announces clocks that ran out and reminders that are due. Expiry itself is enforced whenever a plan is read
// (`effectiveStatus`): if this never ran, nothing could be approved or started late.

import { approveByTimeout } from "./approve-by-timeout.ts";
import { entryOf } from "./file-plan.ts";
import { SWEEPER } from "./identity.ts";
import { effectiveStatus, expirePlan, timeoutApproves } from "./plan-life.ts";
import type { PlanRecord } from "./plan.ts";
import { NO_CHANGE } from "./plan-store.ts";
import type { PlanChange } from "./plan-store.ts";
import type { Instant } from "./time.ts";
import type { EnginePorts } from "./use-case-ports.ts";
import { tellApprovers, waveOf } from "./tell-approvers.ts";
import type { Wave } from "./tell-approvers.ts";

const AT_ONCE = 100;

type Sweeping = Pick<
  EnginePorts,
  | "plans"
  | "directory"
  | "delegations"
  | "registry"
  | "policy"
  | "clock"
  | "calendar"
  | "ids"
  | "reminders"
>;

/** Announces what is due, at most 100 plans, and answers how many there were. */
export async function expirePlans(ports: Sweeping): Promise<number> {
  const now = ports.clock.now();
  const due = await ports.plans.overdue(now, AT_ONCE);
  let announced = 0;
  for (const record of due) {
    if (timeoutApproves(record, now)) {
      if (await approveByTimeout(ports, record)) announced += 1;
      continue;
    }
    const wave = await waveOf(ports, record, now);
    const done = await ports.plans.change(record.id, (locked) =>
      announce(locked, record, { wave, now }),
    );
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

function announce(
  locked: PlanRecord,
  seen: PlanRecord,
  due: { readonly wave: Wave | null; readonly now: Instant },
): { change: PlanChange; answer: boolean } {
  const { wave, now } = due;
  if (effectiveStatus(locked, now) === "expired") return announceExpiry(locked, now);
  return wave === null
    ? { change: NO_CHANGE, answer: false }
    : tellApprovers(locked, seen, wave, now);
}

function announceExpiry(record: PlanRecord, now: Instant): { change: PlanChange; answer: boolean } {
  const expired = expirePlan(record, now);
  if (!expired.ok) return { change: NO_CHANGE, answer: false };
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

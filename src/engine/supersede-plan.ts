// Files a plan in the place of another. The other gives way in the same transaction: one that waits or has not started
// is withdrawn, and a run that is held is canceled. Never a moment with both, or with neither.

import { audited, personActor } from "./audited-use-case.ts";
import type { AuditEntry } from "./audit-event.ts";
import type { PlanRequest } from "./compile-plan.ts";
import { expireIfDue } from "./expire-plans.ts";
import { entryOf, fileRequest } from "./file-plan.ts";
import type { FiledPlan } from "./file-plan.ts";
import type { Notice } from "./notice.ts";
import { supersedePlan as moveAside } from "./plan-life.ts";
import { sayRefusal } from "./plan-powers.ts";
import type { PlanRecord } from "./plan.ts";
import type { LockedRun, Superseding } from "./plan-store.ts";
import type { Refusal } from "./refusal.ts";
import { accept, refuse } from "./result.ts";
import type { Result } from "./result.ts";
import { isFinal } from "./run.ts";
import { memberOrRefusal } from "./sound-plan.ts";
import type { Asker, EnginePorts } from "./use-case-ports.ts";

export type Supersession = {
  /** The plan that gives way. */
  readonly planId: string;
  readonly request: PlanRequest;
};

/**
 * Files the request in the plan's place. A plan that waits is its requester's to replace; one whose run is held may
 * also be asked for again by whoever could approve it, who is then the requester of the new one.
 * Every refusal is in the audit log when this returns.
 */
export async function supersedePlan(
  ports: EnginePorts,
  asker: Asker,
  { planId, request }: Supersession,
): Promise<Result<FiledPlan, Refusal>> {
  const attempt = { attempted: `file a plan in the place of ${planId}`, planId, runId: null };
  return audited(ports, asker, attempt, async () => {
    await expireIfDue(ports, planId);
    const record = await ports.plans.get(planId);
    if (record === null || record.conversation.teamId !== asker.teamId)
      return refuse({ code: "plan-not-found", planId });
    const person = await memberOrRefusal(ports, asker);
    if (!person.ok) return person;
    const barred = await replaceRefusal(ports, asker, record);
    if (barred !== null) return refuse(barred);
    return fileRequest(ports, asker, {
      person: person.value,
      request,
      // What takes a run back still does, so that only one plan at a time is to take it back.
      origin: record.origin,
      supersedes: {
        planId,
        giveWay: (locked, run, byPlanId) =>
          giveWay(locked, run, { asker, byPlanId, at: ports.clock.now() }),
      },
    });
  });
}

async function replaceRefusal(
  ports: EnginePorts,
  asker: Asker,
  record: PlanRecord,
): Promise<Refusal | null> {
  const run = await ports.runs.byPlan(record.id);
  const held = run !== null && run.status === "held";
  if (held) return sayRefusal(ports, asker, record, "ask for this plan again");
  if (asker.userId === record.requester.userId) return null;
  const attempted = "replace this plan; an approver can reject it instead";
  return { code: "not-yours", attempted, whoCan: [record.requester.userId] };
}

type GivingWay = { readonly asker: Asker; readonly byPlanId: string; readonly at: number };

/** Pure: what the old plan and its run become. */
function giveWay(
  record: PlanRecord,
  run: LockedRun | null,
  { asker, byPlanId, at }: GivingWay,
): Result<Superseding, Refusal> {
  const over = record.status === "spent" || record.status === "expired";
  if (over && run?.status !== "held") return refuse(overRefusal(record, run));
  const moved = moveAside(record, { planId: byPlanId, userId: asker.userId, at });
  if (!moved.ok) return moved;
  const about = { ...entryOf(record, at), actor: personActor(asker) };
  const { version, requester } = record;
  const events: AuditEntry[] = [
    { ...about, event: { kind: "plan.superseded", version, byPlanId } },
  ];
  const notices: Notice[] = [{ kind: "plan-card", planId: record.id }];
  if (asker.userId !== requester.userId)
    notices.push({ kind: "outcome-private", planId: record.id, userId: requester.userId });
  return accept({
    record: moved.value,
    events,
    notices,
    cancelRun: run === null || isFinal(run.status) ? null : cancellation(run, about, asker),
  });
}

function cancellation(
  { runId }: LockedRun,
  about: Omit<AuditEntry, "event">,
  asker: Asker,
): Superseding["cancelRun"] {
  const event = { kind: "control.requested", request: "cancel", entry: asker.entry } as const;
  return {
    runId,
    request: { kind: "cancel", by: personActor(asker), rollback: false },
    entry: { ...about, runId, event },
  };
}

/** It goes on, or has ended: what it does or did is not undone by asking for something else. */
function overRefusal(record: PlanRecord, run: LockedRun | null): Refusal {
  if (record.status === "expired") return { code: "expired", clock: record.clock };
  if (run !== null && isFinal(run.status)) return { code: "run-ended", status: run.status };
  return { code: "already-decided", status: record.status, byUserIds: [] };
}

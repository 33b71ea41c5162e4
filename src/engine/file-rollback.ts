// Takes back what a finished run did, by a plan of its own: filed like any other, with its own risk and approval.
// Refused where the world is not as the run left it, and where that can't be told.

import { audited } from "./audited-use-case.ts";
import type { PlanRequest } from "./compile-plan.ts";
import { expireIfDue } from "./expire-plans.ts";
import { fileRequest } from "./file-plan.ts";
import type { FiledPlan } from "./file-plan.ts";
import { effectiveStatus } from "./plan-life.ts";
import type { JsonObject } from "./json.ts";
import { readStates } from "./read-state.ts";
import type { ReadStatePorts } from "./read-state.ts";
import type { Refusal } from "./refusal.ts";
import { accept, refuse } from "./result.ts";
import type { Result } from "./result.ts";
import { draftRollback, rollbackSource } from "./rollback-plan.ts";
import type { LeftState, RollbackDraft } from "./rollback-plan.ts";
import { isFinal } from "./run.ts";
import type { RunView } from "./run-store.ts";
import { memberOrRefusal, rightsCheck, soundPlan } from "./sound-plan.ts";
import { stateDifferences } from "./state-difference.ts";
import type { Asker, EnginePorts } from "./use-case-ports.ts";

/** Files the plan that takes the run back. Every refusal is in the audit log when this returns. */
export async function fileRollback(
  ports: EnginePorts,
  asker: Asker,
  runId: string,
): Promise<Result<FiledPlan, Refusal>> {
  const attempt = { attempted: `roll back the finished run ${runId}`, planId: null, runId };
  return audited(ports, asker, attempt, async () => {
    const run = await ports.runs.view(runId);
    if (run === null || run.teamId !== asker.teamId)
      return refuse({ code: "run-not-found", runId });
    const person = await memberOrRefusal(ports, asker);
    if (!person.ok) return person;
    if (!isFinal(run.status)) return refuse({ code: "run-not-ended", runId, status: run.status });
    if (run.detached === true) return refuse({ code: "run-detached", runId });
    const earlier = await earlierRollback(ports, asker, runId);
    if (earlier !== null) return earlier;
    const drafted = draftOf(ports, run);
    if (!drafted.ok) return drafted;
    const { source: value, notes } = writtenOf(run, drafted.value);
    const request = { kind: "source", value, text: JSON.stringify(value) } as const;
    const barred = await askingRefusal(ports, asker, request);
    if (barred !== null) return refuse(barred);
    const moved = await movedOn(ports, runId, drafted.value);
    if (moved !== null) return refuse(moved);
    const { permalink } = run.conversation;
    return fileRequest(ports, asker, {
      person: person.value,
      request,
      origin: { kind: "rollback", runId, permalink, notes },
    });
  });
}

/** What a plan is filed from, and what it does not cover, in complete sentences. */
export type WrittenPlan = { readonly source: JsonObject; readonly notes: readonly string[] };

/**
 * The same plan for whoever has the program, its configuration and its credentials in hand. Nothing is filed, and
 * nobody's rights in a workspace are asked: those of whoever asks for the plan count then.
 */
export async function writeRollback(
  ports: Pick<EnginePorts, "runs" | "plans"> & ReadStatePorts,
  runId: string,
): Promise<Result<WrittenPlan, Refusal>> {
  const run = await ports.runs.view(runId);
  if (run === null) return refuse({ code: "run-not-found", runId });
  if (!isFinal(run.status)) return refuse({ code: "run-not-ended", runId, status: run.status });
  if (run.detached === true) return refuse({ code: "run-detached", runId });
  const drafted = draftOf(ports, run);
  if (!drafted.ok) return drafted;
  const moved = await movedOn(ports, runId, drafted.value);
  if (moved !== null) return refuse(moved);
  const way = writtenOf(run, drafted.value);
  const others = (await ports.plans.rollbacksOf(runId))
    .filter(({ status }) => ["awaiting-approval", "approved", "spent"].includes(status))
    .map(({ id, status }) => `Plan ${id} was made to take the same run back and is ${status}.`);
  return accept({ source: way.source, notes: [...way.notes, ...others] });
}

function draftOf({ registry }: ReadStatePorts, run: RunView): Result<RollbackDraft, Refusal> {
  const draft = draftRollback(run, registry);
  return draft.ways.length === 0 ? refuse(nothingLeft(run.runId, draft)) : accept(draft);
}

function writtenOf(run: RunView, draft: RollbackDraft): WrittenPlan {
  return { source: rollbackSource(run, draft.ways), notes: notesOf(draft) };
}

/** Targets are asked, and what they say is told, only to somebody who may ask for the plan here. */
async function askingRefusal(
  ports: EnginePorts,
  { teamId, userId, conversation: { channelId } }: Asker,
  request: PlanRequest,
): Promise<Refusal | null> {
  const sound = soundPlan(ports, request);
  return sound.ok
    ? rightsCheck(ports, { teamId, userId, channelId }, sound.value.plan)
    : sound.refusal;
}

/** A plan that has taken the run back, or is about to; null: there is none in the way. */
async function earlierRollback(
  ports: EnginePorts,
  { requestId }: Asker,
  runId: string,
): Promise<Result<FiledPlan, Refusal> | null> {
  for (const record of await ports.plans.rollbacksOf(runId)) {
    const planId = record.id;
    const { plan } = record;
    if (effectiveStatus(record, ports.clock.now()) === "expired") {
      await expireIfDue(ports, planId);
      continue;
    }
    if (record.status === "awaiting-approval" || record.status === "approved") {
      if (record.requestId !== requestId)
        return refuse({ code: "rollback-pending", runId, planId });
      const queued = record.status === "approved" ? record.runId : null;
      return accept({ planId, runId: queued, plan, alreadyFiled: true, sameAs: null });
    }
    if (record.status !== "spent") continue;
    const its = await ports.runs.view(record.runId);
    if (its === null || !isFinal(its.status))
      return refuse({ code: "rollback-pending", runId, planId });
    if (its.status === "completed")
      return refuse({ code: "already-rolled-back", runId, byPlanId: planId });
  }
  return null;
}

function nothingLeft(runId: string, { stays, takenBack }: RollbackDraft): Refusal {
  return takenBack && stays.length === 0
    ? { code: "already-rolled-back", runId, byPlanId: null }
    : { code: "nothing-to-take-back", runId, stays };
}

/** How the world differs from what the run left; null: it does not, as far as that was recorded. */
async function movedOn(
  ports: ReadStatePorts,
  runId: string,
  { ways }: RollbackDraft,
): Promise<Refusal | null> {
  const left = ways.flatMap((way): readonly LeftState[] =>
    way.left?.newest === true ? [way.left] : [],
  );
  const readings = await readStates(
    ports,
    left.map(({ of }) => of),
  );
  const unread = readings.flatMap((reading) => (reading.kind === "captured" ? [] : [reading.why]));
  if (unread.length > 0) return { code: "state-unreadable", unread };
  const differences = left.flatMap(({ stepId, after }, index) => {
    const reading = readings[index];
    if (reading?.kind !== "captured") return [];
    return stateDifferences(after, reading.captured).map((found) => ({ stepId, ...found }));
  });
  return differences.length === 0 ? null : { code: "world-moved-on", runId, differences };
}

function notesOf({ ways, stays }: RollbackDraft): readonly string[] {
  const unknown = ways
    .filter(({ left }) => left === null)
    .map(
      ({ stepId }) =>
        `What step ${stepId} left was not recorded, so nothing tells whether it has changed since.`,
    );
  return [...stays, ...unknown];
}

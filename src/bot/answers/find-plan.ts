// Which plan or run a person speaks of: by its id, or the one whose thread they are in.

import type { PlanRecord } from "#engine/plan.ts";
import type { Refusal } from "#engine/refusal.ts";
import { accept, refuse } from "#engine/result.ts";
import type { Result } from "#engine/result.ts";
import type { LockWait } from "#engine/run-locks.ts";
import type { RunView } from "#engine/run-store.ts";
import type { Desk, Requester } from "../requester.ts";

export type Missing =
  | { readonly kind: "refusal"; readonly refusal: Refusal }
  | { readonly kind: "no-thread" };

/** @param id a plan's or a run's id as typed; null: the thread's. */
export async function findPlan(
  desk: Desk,
  requester: Requester,
  id: string | null,
): Promise<Result<PlanRecord, Missing>> {
  const { teamId } = desk.slack.identity;
  const record = id === null ? await ofThread(desk, requester) : await byId(desk, id);
  if (record !== null && record.conversation.teamId === teamId) return accept(record);
  if (id === null) return refuse({ kind: "no-thread" });
  const refusal: Refusal = id.startsWith("run-")
    ? { code: "run-not-found", runId: id }
    : { code: "plan-not-found", planId: id };
  return refuse({ kind: "refusal", refusal });
}

/** The run of a plan; null when it was never queued. */
export function runOf({ ports }: Desk, record: PlanRecord): Promise<RunView | null> {
  return ports.runs.byPlan(record.id);
}

/** What a queued run waits for; null: nothing. */
export async function waitOf(
  { ports }: { readonly ports: Pick<Desk["ports"], "runs"> },
  view: RunView | null,
): Promise<LockWait | null> {
  return view?.status === "queued" ? ports.runs.lockWait(view.runId) : null;
}

async function byId({ ports }: Desk, id: string): Promise<PlanRecord | null> {
  if (!id.startsWith("run-")) return ports.plans.get(id);
  const view = await ports.runs.view(id);
  return view === null ? null : ports.plans.get(view.planId);
}

async function ofThread({ ports, slack }: Desk, { place }: Requester): Promise<PlanRecord | null> {
  return place.threadTs === null
    ? null
    : ports.plans.byThread(slack.identity.teamId, place.channelId, place.threadTs);
}

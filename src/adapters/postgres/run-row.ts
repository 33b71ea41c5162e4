// A run's row joined with what was approved, as the engine's header.

import type { RunHeader, RunView } from "#engine/run-store.ts";
import { isFinal, RUN_STATUSES } from "#engine/run.ts";
import { z } from "zod";
import { GLASS_BROKEN } from "./broken-glass.ts";
import type { ConversationRow } from "./plan-row.ts";
import { readConversation } from "./plan-row.ts";
import type { RunLinkRow } from "./run-event-row.ts";
import { readRunEvents } from "./run-event-row.ts";
import { readAs } from "./stored-json.ts";
import { readStoredPlan } from "./stored-plan.ts";

export type RunHeaderRow = {
  readonly run_id: string;
  readonly plan_id: string;
  readonly plan_version: number;
  readonly plan_hash: string;
  /** JSON text. */
  readonly plan: string;
  readonly team_id: string;
  readonly requester_id: string;
  readonly conversation: ConversationRow;
  readonly queued_at: number;
};

export type RunViewRow = RunHeaderRow & {
  readonly status: string;
  readonly owner: string | null;
  readonly emergency: boolean;
  /** Months were taken off its workspace's chain. */
  readonly cut: boolean;
  readonly links: readonly RunLinkRow[];
};

/** The select that `readRunView` understands; append a where clause over `r`. */
export const selectRuns = `
  select r.id as run_id, r.plan_id, r.plan_version, r.plan_hash, v.plan::text as plan, r.team_id, r.requester_id,
    to_json(c) as conversation, r.queued_at, r.status, r.owner, countersign_run_links(r.id) as links,
    ${GLASS_BROKEN} as emergency,
    exists (select from audit_anchors a where a.team_id = r.team_id) as cut
  from runs r
  join plans p on p.id = r.plan_id
  join plan_versions v on v.plan_id = r.plan_id and v.version = r.plan_version
  join conversations c on c.id = r.conversation_id`;

/** @throws {UnreadableRow} */
export function readRunHeader(row: RunHeaderRow): RunHeader {
  return {
    runId: row.run_id,
    planId: row.plan_id,
    planVersion: row.plan_version,
    planHash: row.plan_hash,
    plan: readStoredPlan(row.plan, `the plan of run ${row.run_id}`),
    teamId: row.team_id,
    requesterId: row.requester_id,
    conversation: readConversation(row.conversation),
    queuedAt: row.queued_at,
  };
}

const statusSchema = z.enum(RUN_STATUSES);

/** @throws {UnreadableRow} */
export function readRunView(row: RunViewRow): RunView {
  const status = readAs(statusSchema, row.status, `the status of run ${row.run_id}`);
  const events = readRunEvents(row.run_id, row.links);
  // A month with events of a run that goes on is never taken off.
  const detached = row.cut && isFinal(status) && events[0]?.event.kind !== "run.queued";
  return {
    ...readRunHeader(row),
    status,
    owner: row.owner,
    emergency: row.emergency,
    events: detached ? [] : events,
    ...(detached && { detached }),
  };
}

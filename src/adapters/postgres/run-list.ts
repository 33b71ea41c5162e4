// Runs over all workspaces, newest first, in as few columns as a list needs. For an operator at the database; people
// in Slack see the history of their workspace.

import type { Instant } from "#engine/time.ts";
import { GLASS_BROKEN } from "./broken-glass.ts";
import type { Database } from "./database.ts";

export type ListedRun = {
  readonly runId: string;
  readonly planId: string;
  readonly status: string;
  /** The worker that has it in hand. */
  readonly owner: string | null;
  readonly queuedAt: Instant;
  readonly title: string;
  readonly environment: string;
  readonly risk: string;
  readonly requesterId: string;
  /** The glass was broken for it. */
  readonly emergency: boolean;
};

export async function listRuns(
  database: Database,
  { ended, limit }: { readonly ended: boolean; readonly limit: number },
): Promise<readonly ListedRun[]> {
  const rows = await database.query<ListedRun>(
    `select r.id as "runId", r.plan_id as "planId", r.status, r.owner, r.queued_at as "queuedAt",
       p.title, p.environment, p.risk, r.requester_id as "requesterId",
       ${GLASS_BROKEN} as emergency
     from runs r join plans p on p.id = r.plan_id
     where $1::boolean or not countersign_run_ended(r.status)
     order by r.queue_position desc limit $2`,
    [ended, limit],
  );
  return rows;
}

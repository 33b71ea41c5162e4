// The audit log as tests read it, straight from the table.

import type { Workspace } from "./workspace.ts";

export type AuditRow = {
  readonly kind: string;
  readonly actor: string;
  readonly conversationId: string | null;
  readonly planId: string | null;
  readonly runId: string | null;
  /** The event without its kind. */
  readonly data: Readonly<Record<string, unknown>>;
};

/** The rows of one plan and its run, or all, in order. */
export async function auditOf(
  { sql }: Workspace,
  planId: string | null = null,
): Promise<readonly AuditRow[]> {
  const rows = await sql<(Omit<AuditRow, "data"> & { data: string })[]>`
    SELECT kind, actor, conversation_id AS "conversationId", plan_id AS "planId", run_id AS "runId", data
    FROM audit_events
    WHERE ${planId}::text IS NULL OR plan_id = ${planId}
    ORDER BY team_id, seq`;
  return rows.map((row) => ({ ...row, data: JSON.parse(row.data) as Record<string, unknown> }));
}

/** What was refused to a person, newest last. */
export async function refusalsOf(workspace: Workspace, userId: string): Promise<readonly string[]> {
  const rows = await auditOf(workspace);
  return rows
    .filter(({ kind, actor }) => kind === "refused" && actor === `person:${userId}`)
    .map(({ data }) => String(data["code"]));
}

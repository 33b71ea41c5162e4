// A plan's rows of the log, for the commands that tell something from them alone.

import type { AuditRow } from "#engine/audit-event.ts";
import { rowsProblem } from "#adapters/audit-file/rows-problem.ts";
import type { Database } from "#adapters/postgres/database.ts";
import { reveal } from "#bot/messages/plain.ts";
import { selectedRows } from "./audit-export.ts";
import type { CommandOutput } from "./command-output.ts";

/** Null, after saying why: there are none, or one doesn't fit its own hash and nothing told from it could be trusted. */
export async function rowsOfPlan(
  database: Database,
  planId: string,
  { complain }: CommandOutput,
): Promise<readonly AuditRow[] | null> {
  const rows: AuditRow[] = [];
  for await (const row of selectedRows(database, { planId })) rows.push(row);
  const problem =
    rows.length === 0
      ? `The audit log holds nothing of plan ${reveal(planId)}. Those there are: countersign history`
      : rowsProblem(rows);
  if (problem === null) return rows;
  complain(problem);
  return null;
}

// A plan's rows of the log, for the commands that tell something from them alone, and what to say where older months
// were taken off the log.

import type { AuditRow } from "#engine/audit-event.ts";
import { rowsProblem } from "#adapters/audit-file/rows-problem.ts";
import type { Database } from "#adapters/postgres/database.ts";
import { monthsTakenOff } from "#adapters/postgres/months-of-plan.ts";
import type { MonthTakenOff } from "#adapters/postgres/months-of-plan.ts";
import { counted, reveal } from "#bot/messages/plain.ts";
import { selectedRows } from "./audit-export.ts";
import type { CommandOutput } from "./command-output.ts";

export type RowsOfPlan = {
  readonly rows: readonly AuditRow[];
  /** That its first events are not among them, and where they are; null: they are. */
  readonly missing: string | null;
};

const MOST_MONTHS = 6;

/** Null, after saying why: there are none, or one doesn't fit its own hash and nothing told from it could be trusted. */
export async function rowsOfPlan(
  database: Database,
  planId: string,
  { complain }: CommandOutput,
): Promise<RowsOfPlan | null> {
  const rows: AuditRow[] = [];
  for await (const row of selectedRows(database, { planId })) rows.push(row);
  const whole = rows.some(({ kind }) => kind === "plan.filed");
  const months = whole ? [] : await monthsTakenOff(database, planId);
  const missing = months.length === 0 ? null : missingText(planId, rows, months);
  const problem =
    rows.length === 0
      ? (missing ??
        `The audit log holds nothing of plan ${reveal(planId)}. Those there are: countersign history`)
      : rowsProblem(rows);
  if (problem === null) return { rows, missing };
  complain(problem);
  return null;
}

function missingText(
  planId: string,
  rows: readonly AuditRow[],
  months: readonly MonthTakenOff[],
): string {
  const [first] = rows;
  const what =
    first === undefined
      ? `The events of plan ${reveal(planId)}`
      : `The events of plan ${reveal(planId)} before row ${first.seq} (${new Date(first.at).toISOString()})`;
  const more = months.length - MOST_MONTHS;
  return [
    `${what} were taken off this log with its older months. As audit retain wrote them, they are in:`,
    ...months
      .slice(0, MOST_MONTHS)
      .map(({ month, file }) =>
        file === null
          ? `  ${month}: audit-${month}.ndjson by its usual name; its audit.detached, with folder and SHA-256, is in a later one`
          : `  ${month}: ${reveal(file.path)}, SHA-256 ${file.sha256}`,
      ),
    ...(more > 0
      ? [`  and, if it went on for so long, those of ${counted(more, "later month")}`]
      : []),
  ].join("\n");
}

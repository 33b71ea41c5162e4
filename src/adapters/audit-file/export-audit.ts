// The audit log as a file: one row a line, in the order of each workspace's chain, as NDJSON or CSV.
// Holds one row at a time.

import type { AuditRow } from "#engine/audit-event.ts";
import { csvLine } from "./csv-line.ts";

export const EXPORT_FORMATS = ["ndjson", "csv"] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** NDJSON: lines without their line ends. What `verifyAudit` reads. */
export async function* exportAudit(rows: AsyncIterable<AuditRow>): AsyncIterable<string> {
  for await (const row of rows) yield JSON.stringify(exportedRow(row));
}

/** The bytes of the export, line by line, line ends included. CSV begins with the names of its columns. */
export async function* exportLines(
  rows: AsyncIterable<AuditRow>,
  format: ExportFormat,
): AsyncIterable<string> {
  if (format === "csv") yield csvLine(COLUMNS);
  for await (const row of rows) {
    const exported = exportedRow(row);
    yield format === "csv"
      ? csvLine([new Date(row.at).toISOString(), ...Object.values(exported)])
      : `${JSON.stringify(exported)}\n`;
  }
}

function exportedRow(row: AuditRow): AuditRow {
  return {
    teamId: row.teamId,
    seq: row.seq,
    at: row.at,
    kind: row.kind,
    actor: row.actor,
    conversationId: row.conversationId,
    planId: row.planId,
    runId: row.runId,
    data: row.data,
    digest: row.digest,
    first: row.first,
    last: row.last,
    previousHash: row.previousHash,
    hash: row.hash,
  };
}

/** `time` is `at` as people read it; the others are the members of an NDJSON row, in their order. */
const COLUMNS = [
  "time",
  "teamId",
  "seq",
  "at",
  "kind",
  "actor",
  "conversationId",
  "planId",
  "runId",
  "data",
  "digest",
  "first",
  "last",
  "previousHash",
  "hash",
] as const satisfies readonly ("time" | keyof AuditRow)[];

// `countersign audit export|verify`: the log as a file, and the proof that nothing in it was changed.

import type { AuditRow } from "#engine/audit-event.ts";
import { exportAudit } from "#adapters/audit-file/export-audit.ts";
import { verifyAudit } from "#adapters/audit-file/verify-audit.ts";
import type { AuditCheck, AuditHead } from "#adapters/audit-file/verify-audit.ts";
import { auditTeams, createAuditLog } from "#adapters/postgres/audit-log.ts";
import type { Database } from "#adapters/postgres/database.ts";
import { openDatabase } from "#adapters/postgres/open-database.ts";
import { ConfigError, loadConfig } from "../config.ts";
import type { ConfigOverrides } from "../config.ts";
import { readNamedLines } from "./read-named-file.ts";
import type { Print } from "./run-processes.ts";

export type AuditSelection = {
  readonly planId: string | null;
  readonly runId: string | null;
  readonly since: number | null;
  readonly until: number | null;
};

const EVERYTHING: AuditSelection = { planId: null, runId: null, since: null, until: null };

/** Writes NDJSON. Only an export without a selection can be verified: the chain has no gaps. */
export async function auditExport(
  selection: AuditSelection,
  overrides: ConfigOverrides,
  write: (text: string) => boolean,
): Promise<number> {
  const database = await openDatabase(loadConfig(overrides));
  try {
    for await (const line of exportAudit(rowsOf(database, selection))) {
      if (!write(`${line}\n`))
        await new Promise((resolve) => process.stdout.once("drain", resolve));
    }
  } finally {
    await database.close();
  }
  return 0;
}

/**
 * Checks an export offline, or the database without a file.
 * @returns 0 when the chain holds, 1 when it does not, after saying where.
 */
export async function auditVerify(
  what: { readonly file: string | null; readonly head: string | null },
  overrides: ConfigOverrides,
  print: Print,
): Promise<number> {
  const heads = what.head === null ? [] : [headOf(what.head)];
  if (what.file !== null) {
    return report(await verifyAudit(await readNamedLines(what.file), heads), print);
  }
  const database = await openDatabase(loadConfig(overrides));
  try {
    return report(await verifyAudit(exportAudit(rowsOf(database, EVERYTHING)), heads), print);
  } finally {
    await database.close();
  }
}

/** The check of an open database, as one sentence. */
export async function verifyDatabase(
  database: Database,
): Promise<{ readonly ok: boolean; readonly sentence: string }> {
  const check = await verifyAudit(exportAudit(rowsOf(database, EVERYTHING)));
  return { ok: check.ok, sentence: sentenceOf(check) };
}

async function* rowsOf(database: Database, selection: AuditSelection): AsyncIterable<AuditRow> {
  const audit = createAuditLog(database);
  for (const teamId of await auditTeams(database)) {
    yield* audit.rows({
      teamId,
      limit: Number.MAX_SAFE_INTEGER,
      ...(selection.planId !== null && { planId: selection.planId }),
      ...(selection.runId !== null && { runId: selection.runId }),
      ...(selection.since !== null && { since: selection.since }),
      ...(selection.until !== null && { until: selection.until }),
    });
  }
}

function report(check: AuditCheck, print: Print): number {
  print(sentenceOf(check));
  if (!check.ok) return 1;
  for (const head of check.heads) print(`  head ${head.teamId}/${head.seq}/${head.hash}`);
  return 0;
}

function sentenceOf(check: AuditCheck): string {
  if (check.ok) return `The audit log is whole: ${check.rows} rows, each following the one before.`;
  const place = check.line === null ? "at the end" : `at line ${check.line}`;
  return `The audit log is NOT whole, ${place}${check.seq === null ? "" : ` (row ${check.seq} of ${check.teamId})`}: ${check.reason}`;
}

function headOf(text: string): AuditHead {
  const match = /^([A-Z0-9]+)\/(\d+)\/([0-9a-f]{64})$/.exec(text);
  if (match?.[1] === undefined || match[2] === undefined || match[3] === undefined) {
    throw new ConfigError("The command line", [
      {
        path: "--head",
        found: text,
        expected: "a head as `audit verify` prints it: TEAM/NUMBER/HASH",
      },
    ]);
  }
  return { teamId: match[1], seq: Number(match[2]), hash: match[3] };
}

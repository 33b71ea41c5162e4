// `countersign audit verify`: the proof that nothing in the log was changed.

import { exportAudit } from "#adapters/audit-file/export-audit.ts";
import { verifyAudit } from "#adapters/audit-file/verify-audit.ts";
import type { AuditCheck } from "#adapters/audit-file/verify-audit.ts";
import type { AuditHead } from "#engine/audit-event.ts";
import { auditAnchors } from "#adapters/postgres/audit-retention.ts";
import type { Database } from "#adapters/postgres/database.ts";
import { openDatabase } from "#adapters/postgres/open-database.ts";
import { counted } from "#bot/messages/plain.ts";
import { loadConfig } from "../config.ts";
import type { ConfigOverrides } from "../config.ts";
import { selectedRows } from "./audit-export.ts";
import { verifySignature } from "./audit-signature.ts";
import { anchorsOf, notedHeads } from "./noted-heads.ts";
import { readNamedLines } from "./read-named-file.ts";
import type { Print } from "./run-processes.ts";

/**
 * Checks an export offline, or the database without a file.
 * @returns 0 when the chain holds, 1 when it does not, after saying where.
 */
export async function auditVerify(
  what: {
    readonly file: string | null;
    readonly head: string | null;
    /** File of heads, one a line. */
    readonly heads: string | null;
    /** Of a file whose chains do not begin at their first row. */
    readonly anchors: readonly string[];
    /** File of the public key; the signature is beside the export. */
    readonly publicKey: string | null;
  },
  overrides: ConfigOverrides,
  print: Print,
): Promise<number> {
  const heads = await notedHeads(what);
  const anchors = anchorsOf(what.anchors);
  if (what.file !== null)
    return verifyFile(what.file, { publicKey: what.publicKey, heads, anchors }, print);
  const database = await openDatabase(loadConfig(overrides));
  try {
    return report(await checkDatabase(database, heads), print);
  } finally {
    await database.close();
  }
}

async function verifyFile(
  file: string,
  {
    publicKey,
    heads,
    anchors,
  }: {
    readonly publicKey: string | null;
    readonly heads: readonly AuditHead[];
    readonly anchors: readonly AuditHead[];
  },
  print: Print,
): Promise<number> {
  if (publicKey !== null) {
    const signed = await verifySignature(file, publicKey);
    print(signed.sentence);
    // Neither a selection nor a spreadsheet's rows are a chain: the signature is all there is to check.
    if (!signed.ok || !signed.chain) return signed.ok ? 0 : 1;
  }
  return report(await verifyAudit(await readNamedLines(file), heads, { anchors }), print);
}

/** The check of an open database, as one sentence. */
export async function verifyDatabase(
  database: Database,
): Promise<{ readonly ok: boolean; readonly sentence: string }> {
  const check = await checkDatabase(database, []);
  return { ok: check.ok, sentence: sentenceOf(check) };
}

/** Checked again where a month was taken off meanwhile: the rows are not those of the anchors then. */
async function checkDatabase(database: Database, heads: readonly AuditHead[]): Promise<AuditCheck> {
  const anchors = await auditAnchors(database);
  const rows = exportAudit(selectedRows(database, {}));
  const check = await verifyAudit(rows, heads, { anchors, attested: true });
  const after = await auditAnchors(database);
  return JSON.stringify(after) === JSON.stringify(anchors) ? check : checkDatabase(database, heads);
}

function report(check: AuditCheck, print: Print): number {
  print(sentenceOf(check));
  if (!check.ok) return 1;
  for (const { teamId, seq, hash } of check.anchors)
    print(`  begins after the anchor ${teamId}/${seq}/${hash}: what is older was taken off`);
  if (check.takenOff > 0)
    print(
      `  ${counted(check.takenOff, "noted head")} of what was taken off: check the files of those months`,
    );
  for (const head of check.heads) print(`  head ${head.teamId}/${head.seq}/${head.hash}`);
  return 0;
}

function sentenceOf(check: AuditCheck): string {
  if (check.ok) return `The audit log is whole: ${check.rows} rows, each following the one before.`;
  const place = check.line === null ? "at the end" : `at line ${check.line}`;
  return `The audit log is NOT whole, ${place}${check.seq === null ? "" : ` (row ${check.seq} of ${check.teamId})`}: ${check.reason}`;
}

// Verifies an exported audit log from the file alone: every row's hash, that each follows the one before, and,
// against a head noted earlier, that none is missing at the end. Needs no database and trusts none.

import { z } from "zod";
import type { AuditRow } from "#engine/audit-event.ts";
import { auditHash, GENESIS_HASH } from "./audit-hash.ts";

/** The last row of a workspace's chain. Note it elsewhere: `hash` proves later that nothing before it changed. */
export type AuditHead = { readonly teamId: string; readonly seq: number; readonly hash: string };

export type AuditCheck =
  | { readonly ok: true; readonly rows: number; readonly heads: readonly AuditHead[] }
  | {
      readonly ok: false;
      /** 1-based line of the first bad row; null when no line is bad and a noted row is missing. */
      readonly line: number | null;
      readonly teamId: string | null;
      readonly seq: number | null;
      /** What is wrong, in one sentence. */
      readonly reason: string;
    };

const digest = z.string().regex(/^[0-9a-f]{64}$/, "64 lower-case hexadecimal digits");
const rowSchema: z.ZodType<AuditRow> = z.strictObject({
  teamId: z.string(),
  seq: z.number().int().positive(),
  at: z.number().int(),
  kind: z.string(),
  actor: z.string(),
  conversationId: z.string().nullable(),
  planId: z.string().nullable(),
  runId: z.string().nullable(),
  data: z.string(),
  previousHash: digest,
  hash: digest,
});

/**
 * Reads the lines once, holding one row of each workspace. Stops at the first bad row.
 * @param noted hashes of rows that were noted elsewhere: each must still be in a chain. A chain that was cut
 * off at its end, or written anew as a whole, is a good chain by itself.
 */
export async function verifyAudit(
  lines: AsyncIterable<string> | Iterable<string>,
  noted: readonly string[] = [],
): Promise<AuditCheck> {
  const heads = new Map<string, AuditHead>();
  const unseen = new Set(noted);
  let line = 0;
  let rows = 0;
  for await (const text of lines) {
    line += 1;
    if (text.trim() === "") continue;
    const row = parseRow(text);
    if (row === null) {
      return { ok: false, line, teamId: null, seq: null, reason: "The line is not an audit row." };
    }
    const reason = faultOf(row, heads.get(row.teamId));
    if (reason !== null) return { ok: false, line, teamId: row.teamId, seq: row.seq, reason };
    heads.set(row.teamId, { teamId: row.teamId, seq: row.seq, hash: row.hash });
    unseen.delete(row.hash);
    rows += 1;
  }
  const [missing] = unseen;
  if (missing === undefined) return { ok: true, rows, heads: [...heads.values()] };
  const reason = `No row has the noted hash ${missing}: rows are missing at the end, or the chain was written anew.`;
  return { ok: false, line: null, teamId: null, seq: null, reason };
}

function parseRow(text: string): AuditRow | null {
  try {
    return rowSchema.parse(JSON.parse(text));
  } catch {
    // Whatever is wrong with the line, it is not a row: the caller says where.
    return null;
  }
}

/** What is wrong with the row after `before`, or null. */
function faultOf(row: AuditRow, before: AuditHead | undefined): string | null {
  const expectedSeq = (before?.seq ?? 0) + 1;
  if (row.seq !== expectedSeq) {
    return `Expected row ${expectedSeq} of ${row.teamId}, found ${row.seq}: rows were removed, added or moved.`;
  }
  if (row.previousHash !== (before?.hash ?? GENESIS_HASH)) {
    return "The row does not follow the one before it: one of them was changed or exchanged.";
  }
  if (row.hash !== auditHash(row))
    return "The row was changed: its hash is not the hash of what it says.";
  return null;
}

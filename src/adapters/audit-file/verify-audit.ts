// Verifies an exported audit log from the file alone: every row's hash, that each follows the one before, and,
// against a head noted earlier, that none is missing at the end. Needs no database and trusts none.

import { z } from "zod";
import type { AuditRow } from "#engine/audit-event.ts";
import { auditHash, GENESIS_HASH } from "./audit-hash.ts";

/** The last row of a workspace's chain as somebody noted it elsewhere. */
export type AuditHead = { readonly teamId: string; readonly seq: number; readonly hash: string };

export type AuditCheck =
  | { readonly ok: true; readonly rows: number; readonly heads: readonly AuditHead[] }
  | {
      readonly ok: false;
      /** 1-based line of the first bad row; null when rows are missing after the last line. */
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
 * @param expected heads noted earlier: the chain must still pass through each of them.
 */
export async function verifyAudit(
  lines: AsyncIterable<string> | Iterable<string>,
  expected: readonly AuditHead[] = [],
): Promise<AuditCheck> {
  const heads = new Map<string, AuditHead>();
  const open = new Map(expected.map((head) => [`${head.teamId}/${head.seq}`, head]));
  let line = 0;
  let rows = 0;
  for await (const text of lines) {
    line += 1;
    if (text.trim() === "") continue;
    const row = parseRow(text);
    if (row === null) {
      return { ok: false, line, teamId: null, seq: null, reason: "The line is not an audit row." };
    }
    const reason = faultOf(row, heads.get(row.teamId), open.get(`${row.teamId}/${row.seq}`));
    if (reason !== null) return { ok: false, line, teamId: row.teamId, seq: row.seq, reason };
    heads.set(row.teamId, { teamId: row.teamId, seq: row.seq, hash: row.hash });
    open.delete(`${row.teamId}/${row.seq}`);
    rows += 1;
  }
  const [missing] = open.values();
  if (missing === undefined) return { ok: true, rows, heads: [...heads.values()] };
  const { teamId, seq } = missing;
  const last = heads.get(teamId)?.seq ?? 0;
  const reason = `The chain of ${teamId} ends at ${last}, before the noted head ${seq}: rows are missing at the end.`;
  return { ok: false, line: null, teamId, seq, reason };
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
function faultOf(
  row: AuditRow,
  before: AuditHead | undefined,
  noted: AuditHead | undefined,
): string | null {
  const expectedSeq = (before?.seq ?? 0) + 1;
  if (row.seq !== expectedSeq) {
    return `Expected row ${expectedSeq} of ${row.teamId}, found ${row.seq}: rows were removed, added or moved.`;
  }
  if (row.previousHash !== (before?.hash ?? GENESIS_HASH)) {
    return "The row does not follow the one before it: one of them was changed or exchanged.";
  }
  if (row.hash !== auditHash(row))
    return "The row was changed: its hash is not the hash of what it says.";
  if (noted !== undefined && noted.hash !== row.hash) {
    return "The row is not the noted head: the chain was written anew from here or before.";
  }
  return null;
}

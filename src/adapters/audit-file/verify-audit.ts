// Verifies an exported audit log from the file alone: every row's digest, that each row and each link follows the
// one before, and, against a head noted earlier, that none is missing at the end. Needs no database and trusts none.

import { hash } from "node:crypto";
import { z } from "zod";
import { auditDigest } from "#engine/audit-digest.ts";
import type { AuditHead, AuditRow } from "#engine/audit-event.ts";
import { GENESIS_HASH, linkHash } from "./audit-hash.ts";

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
  digest,
  first: z.number().int().positive(),
  last: z.number().int().positive(),
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
  const before = new Map<string, AuditRow>();
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
    const reason = faultOf(row, before.get(row.teamId), open.get(`${row.teamId}/${row.seq}`));
    if (reason !== null) return { ok: false, line, teamId: row.teamId, seq: row.seq, reason };
    before.set(row.teamId, row);
    open.delete(`${row.teamId}/${row.seq}`);
    rows += 1;
  }
  const newest = [...before.values()];
  const missing = missingAtTheEnd(newest, [...open.values()]);
  if (missing !== null) return { ok: false, line: null, ...missing };
  return {
    ok: true,
    rows,
    heads: newest.map(({ teamId, seq, hash: head }) => ({ teamId, seq, hash: head })),
  };
}

/** The chain must end with a whole link, and not before a head that was noted. */
function missingAtTheEnd(newest: readonly AuditRow[], heads: readonly AuditHead[]) {
  for (const { teamId, seq, last } of newest) {
    if (seq === last) continue;
    const reason = `The chain of ${teamId} ends at ${seq}, inside of a link that ends at ${last}: rows are missing at the end.`;
    return { teamId, seq, reason };
  }
  const [head] = heads;
  if (head === undefined) return null;
  const { teamId, seq } = head;
  const end = newest.find((row) => row.teamId === teamId)?.seq ?? 0;
  const reason = `The chain of ${teamId} ends at ${end}, before the noted head ${seq}: rows are missing at the end.`;
  return { teamId, seq, reason };
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
  before: AuditRow | undefined,
  noted: AuditHead | undefined,
): string | null {
  const expectedSeq = (before?.seq ?? 0) + 1;
  if (row.seq !== expectedSeq) {
    return `Expected row ${expectedSeq} of ${row.teamId}, found ${row.seq}: rows were removed, added or moved.`;
  }
  const within = before !== undefined && before.seq < before.last ? before : null;
  if (!follows(row, before, within)) {
    return "The row does not follow the one before it: one of them was changed or exchanged.";
  }
  if (row.digest !== auditDigest(row, within?.digest ?? null, sha256))
    return "The row was changed: its digest is not the digest of what it says and of what comes before it.";
  if (row.seq === row.last && row.hash !== linkHash(row.previousHash, row.digest)) {
    return "The hash is not that of the rows it stands for: one of them was changed, or the chain before them.";
  }
  if (noted !== undefined && (noted.hash !== row.hash || row.seq !== row.last)) {
    return "The row is not the noted head: the chain was written anew from here or before.";
  }
  return null;
}

/** Rows of one link agree on it; the first of a link names the hash of the link before. */
function follows(row: AuditRow, before: AuditRow | undefined, within: AuditRow | null): boolean {
  if (within === null) {
    const begins = row.first === row.seq && row.last >= row.seq;
    return begins && row.previousHash === (before?.hash ?? GENESIS_HASH);
  }
  return (
    row.first === within.first &&
    row.last === within.last &&
    row.previousHash === within.previousHash &&
    row.hash === within.hash
  );
}

function sha256(text: string): string {
  return hash("sha256", text, "hex");
}

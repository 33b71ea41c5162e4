// Verifies an exported audit log from the file alone: every row's digest, that each row and each link follows the
// one before, and, against a head noted earlier, that none is missing at the end. Needs no database and trusts none.

import { hash } from "node:crypto";
import { z } from "zod";
import { auditDigest } from "#engine/audit-digest.ts";
import type { AuditHead, AuditRow } from "#engine/audit-event.ts";
import { GENESIS_HASH, linkHash } from "./audit-hash.ts";

export type AuditCheck =
  | {
      readonly ok: true;
      readonly rows: number;
      readonly heads: readonly AuditHead[];
      /** Rows after which the chains begin, where that is not the first. */
      readonly anchors: readonly AuditHead[];
      /** Noted heads of rows that were taken off: only the files of their months can tell about them. */
      readonly takenOff: number;
    }
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

/** Where chains begin whose older months were taken off: after their anchors. */
export type ChainStart = {
  /** The last row that is not there any more, at most one of each chain. */
  readonly anchors: readonly AuditHead[];
  /** The chain itself must say that it was taken off up to its anchor: only a whole log does. */
  readonly attested?: boolean;
};

/** What of a row the next one is compared with. */
type Before = Pick<
  AuditRow,
  "teamId" | "seq" | "first" | "last" | "digest" | "previousHash" | "hash"
>;

/**
 * Reads the lines once, holding one row of each workspace. Stops at the first bad row.
 * @param expected heads noted earlier: the chain must still pass through each of them that is not of what was taken off.
 */
export async function verifyAudit(
  lines: AsyncIterable<string> | Iterable<string>,
  expected: readonly AuditHead[] = [],
  { anchors, attested = false }: ChainStart = { anchors: [] },
): Promise<AuditCheck> {
  const before = new Map<string, Before>(anchors.map((anchor) => [anchor.teamId, startAt(anchor)]));
  const unsaid = new Map((attested ? anchors : []).map((anchor) => [anchor.teamId, anchor]));
  const bad = expected.find(
    (head) =>
      before.get(head.teamId)?.seq === head.seq && before.get(head.teamId)?.hash !== head.hash,
  );
  if (bad !== undefined) {
    const reason =
      "The anchor is not the noted head: what was taken off, or what is left, was written anew.";
    return { ok: false, line: null, teamId: bad.teamId, seq: bad.seq, reason };
  }
  const there = expected.filter(({ teamId, seq }) => seq > (before.get(teamId)?.seq ?? 0));
  const open = new Map(there.map((head) => [`${head.teamId}/${head.seq}`, head]));
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
    if (saysDetached(row, unsaid.get(row.teamId))) unsaid.delete(row.teamId);
    rows += 1;
  }
  const newest = [...before.values()];
  const missing = missingAtTheEnd(newest, [...open.values()]);
  if (missing !== null) return { ok: false, line: null, ...missing };
  for (const { teamId, seq } of unsaid.values()) {
    const reason = `The chain of ${teamId} begins after row ${seq}, and nothing in it says that the rows up to there were taken off.`;
    return { ok: false, line: null, teamId, seq, reason };
  }
  return {
    ok: true,
    rows,
    heads: newest.map(({ teamId, seq, hash: head }) => ({ teamId, seq, hash: head })),
    anchors,
    takenOff: expected.length - there.length,
  };
}

/** The chain must end with a whole link, and not before a head that was noted. */
function missingAtTheEnd(newest: readonly Before[], heads: readonly AuditHead[]) {
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

function startAt({ teamId, seq, hash: last }: AuditHead): Before {
  return { teamId, seq, first: seq, last: seq, digest: "", previousHash: "", hash: last };
}

const detachedSchema = z.object({ last: z.number(), hash: z.string() });

function saysDetached({ kind, data }: AuditRow, anchor: AuditHead | undefined): boolean {
  if (anchor === undefined || kind !== "audit.detached") return false;
  const said = detachedSchema.safeParse(JSON.parse(data));
  return said.success && said.data.last === anchor.seq && said.data.hash === anchor.hash;
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
  before: Before | undefined,
  noted: AuditHead | undefined,
): string | null {
  const expectedSeq = (before?.seq ?? 0) + 1;
  if (row.seq !== expectedSeq) {
    const begins =
      before === undefined ? " Where months were taken off, it takes their anchor to tell." : "";
    return `Expected row ${expectedSeq} of ${row.teamId}, found ${row.seq}: rows were removed, added or moved.${begins}`;
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
function follows(row: AuditRow, before: Before | undefined, within: Before | null): boolean {
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

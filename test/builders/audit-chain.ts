// Chains as the database makes them, and their export, for tests that tamper with one.

import { hash } from "node:crypto";
import { auditDigest } from "#engine/audit-digest.ts";
import type { AuditRow } from "#engine/audit-event.ts";
import { GENESIS_HASH, linkHash } from "#adapters/audit-file/audit-hash.ts";
import { exportAudit } from "#adapters/audit-file/export-audit.ts";

export function auditRow(parts: Partial<AuditRow>): AuditRow {
  return {
    teamId: "T1",
    seq: 1,
    at: 1000,
    kind: "run.started",
    actor: "system:worker",
    conversationId: null,
    planId: "pl-1",
    runId: "run-1",
    data: "{}",
    digest: "",
    first: 1,
    last: 1,
    previousHash: GENESIS_HASH,
    hash: "",
    ...parts,
  };
}

/** @param links how many rows each link has; a number: so many links of one row. */
export function auditChain(
  links: number | readonly number[],
  teamId = "T1",
  actor = "system:worker",
): readonly AuditRow[] {
  const rows: AuditRow[] = [];
  for (const size of typeof links === "number" ? Array<number>(links).fill(1) : links) {
    const first = rows.length + 1;
    const last = first + size - 1;
    const previousHash = rows.at(-1)?.hash ?? GENESIS_HASH;
    const link: AuditRow[] = [];
    for (let seq = first; seq <= last; seq += 1) {
      const one = auditRow({ teamId, seq, actor, first, last, previousHash });
      link.push({ ...one, digest: auditDigest(one, link.at(-1)?.digest ?? null, sha256) });
    }
    const linked = linkHash(previousHash, link.at(-1)?.digest ?? "");
    rows.push(...link.map((one) => ({ ...one, hash: linked })));
  }
  return rows;
}

export function sha256(text: string): string {
  return hash("sha256", text, "hex");
}

export async function exportedLines(rows: readonly AuditRow[]): Promise<readonly string[]> {
  const all: string[] = [];
  for await (const line of exportAudit(asyncRows(rows))) all.push(line);
  return all;
}

async function* asyncRows(rows: readonly AuditRow[]): AsyncIterable<AuditRow> {
  for (const one of rows) yield await Promise.resolve(one);
}

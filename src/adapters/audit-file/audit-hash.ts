// The hash of one audit row, the same formula as the database's `countersign_chain_step`: docs/audit-format.md.

import { createHash } from "node:crypto";
import type { AuditRow } from "#engine/audit-event.ts";

/** The hash before a workspace's first row. */
export const GENESIS_HASH = "0".repeat(64);

/** SHA-256 over length-prefixed fields, so that no two rows share a preimage. */
export function auditHash(row: Omit<AuditRow, "hash">): string {
  const fields = [
    "countersign-audit-v1",
    row.previousHash,
    row.teamId,
    String(row.seq),
    String(row.at),
    row.kind,
    row.actor,
    row.conversationId,
    row.planId,
    row.runId,
    row.data,
  ];
  const hash = createHash("sha256");
  for (const field of fields) hash.update(lengthPrefixed(field), "utf8");
  return hash.digest("hex");
}

function lengthPrefixed(field: string | null): string {
  return field === null ? "-" : `${Buffer.byteLength(field, "utf8")}:${field}`;
}

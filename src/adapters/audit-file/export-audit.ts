// The audit log as a file: one row a line, JSON, in the order of each workspace's chain.

import type { AuditRow } from "#engine/audit-event.ts";

/** Lines without their line ends. Holds one row at a time. */
export async function* exportAudit(rows: AsyncIterable<AuditRow>): AsyncIterable<string> {
  for await (const row of rows) {
    yield JSON.stringify({
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
    });
  }
}

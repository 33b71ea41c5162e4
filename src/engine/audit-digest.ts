// The hash of one event of the audit log, apart from its place in the chain: made by the process that writes it,
// outside of any lock. docs/audit-format.md has the format.

import type { AuditRow } from "./audit-event.ts";
import type { Sha256 } from "./time.ts";

export type DigestedFields = Pick<
  AuditRow,
  "teamId" | "at" | "kind" | "actor" | "conversationId" | "planId" | "runId" | "data"
>;

/**
 * SHA-256 of a JSON array, in hexadecimal: quoted strings can't run into each other, so no two events share one.
 * @param before the digest of the event before in the same link; null: it is the link's first.
 */
export function auditDigest(event: DigestedFields, before: string | null, sha256: Sha256): string {
  return sha256(
    JSON.stringify([
      "countersign-audit-v2",
      before,
      event.teamId,
      event.at,
      event.kind,
      event.actor,
      event.conversationId,
      event.planId,
      event.runId,
      event.data,
    ]),
  );
}

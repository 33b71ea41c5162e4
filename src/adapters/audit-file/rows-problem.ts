// Whether rows that were picked out of the log still fit their own digests and hashes. What lies between them is not
// looked at: that is what verifying the whole log is for.

import { hash } from "node:crypto";
import { auditDigest } from "#engine/audit-digest.ts";
import type { AuditRow } from "#engine/audit-event.ts";
import { linkHash } from "./audit-hash.ts";

/** Null: they fit. Else a sentence that names the first that doesn't. @param rows in the order of their chain. */
export function rowsProblem(rows: readonly AuditRow[]): string | null {
  let before: AuditRow | null = null;
  for (const row of rows) {
    const follows: boolean = before !== null && before.last === row.last;
    const whole = row.seq === row.first || (follows && before?.seq === row.seq - 1);
    if (whole) {
      const digest = auditDigest(row, follows ? (before?.digest ?? null) : null, sha256);
      if (digest !== row.digest)
        return `Row ${row.seq} has the digest ${row.digest}, but what it says has ${digest}.`;
    }
    if (row.seq === row.last && linkHash(row.previousHash, row.digest) !== row.hash)
      return `Row ${row.seq} ends a link whose hash does not follow from it.`;
    before = row;
  }
  return null;
}

function sha256(text: string): string {
  return hash("sha256", text, "hex");
}

// The rows of one plan as the log has them: filed by rita, approved by ann, run. Their hashes are not those of a chain.

import type { AuditEvent, AuditRow } from "#engine/audit-event.ts";
import { canonicalJson } from "#engine/canonical-json.ts";
import { auditRow } from "./audit-chain.ts";
import { NOON } from "./plan-records.ts";

export type Said = {
  readonly by: string;
  readonly event: AuditEvent;
  readonly runId?: string;
};

/** A minute apart, each a link of its own. */
export function rowsOf(said: readonly Said[]): readonly AuditRow[] {
  return said.map(({ by, event, runId = null }, index) => {
    const { kind, ...data } = event;
    const seq = 10 + index;
    return auditRow({
      seq,
      first: seq,
      last: seq,
      at: NOON + index * 60_000,
      kind,
      actor: by,
      runId,
      data: canonicalJson(data),
      digest: `d${seq}`,
      hash: `h${seq}`,
    });
  });
}

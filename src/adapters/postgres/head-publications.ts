// When heads of the log were published last. One row, locked by whoever publishes, so that all others wait and then
// find the interval taken.

import { noticeDocuments, entryDocument } from "./audit-entry-row.ts";
import type { AuditHead } from "#engine/audit-event.ts";
import type { HeadPublications } from "#engine/publish-heads.ts";
import type { Ring } from "./after-commit.ts";
import type { Database } from "./database.ts";

type HeadRow = { readonly team_id: string; readonly seq: number; readonly hash: string };

/** `ring` is told after the commit that notices wait. */
export function createHeadPublications(database: Database, ring: Ring): HeadPublications {
  return {
    async oncePer(interval, now, publish) {
      const answer = await database.transaction(async (queries) => {
        const mine = await queries.query(
          `insert into audit_publications as p (id, published_at)
           select 1, $1::bigint where exists (select from audit_heads h where h.seq > 0)
           on conflict (id) do update set published_at = excluded.published_at
           where p.published_at < $2
           returning p.id`,
          [now, interval.number * interval.ms],
        );
        if (mine.length === 0) return "not-due";
        const rows = await queries.query<HeadRow>(
          "select team_id, seq, encode(hash, 'hex') as hash from audit_heads where seq > 0 order by team_id",
        );
        const heads = rows.map(({ team_id: teamId, seq, hash }): AuditHead => ({
          teamId,
          seq,
          hash,
        }));
        const { entries, notices } = await publish(heads);
        await queries.query("select countersign_note($1::text::jsonb)", [
          JSON.stringify(noticeDocuments(notices, now)),
        ]);
        // Last, because it locks the heads of the chains.
        await queries.query("select countersign_append_entries($1::text::jsonb)", [
          JSON.stringify(entries.map(entryDocument)),
        ]);
        return "published";
      });
      if (answer === "published") ring("outbox", "due");
      return answer;
    },
  };
}

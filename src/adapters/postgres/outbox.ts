// Notices waiting to be sent, one per key, and where messages were posted.

import type { Outbox } from "#engine/message-store.ts";
import type { Notice, OutboxItem } from "#engine/notice.ts";
import type { Ring } from "./after-commit.ts";
import { ringNobody } from "./after-commit.ts";
import { noticeDocuments } from "./audit-entry-row.ts";
import type { Database } from "./database.ts";
import { readNotice } from "./notice-row.ts";
import { storableText } from "./stored-json.ts";

type OutboxRow = {
  readonly id: number;
  readonly key: string;
  readonly version: number;
  readonly notice: unknown;
  readonly tries: number;
  readonly due_at: number;
};

/** `ring` is told of noted notices after the commit. */
export function createOutbox(database: Database, ring: Ring = ringNobody): Outbox {
  return {
    async note(notices: readonly Notice[], at) {
      if (notices.length === 0) return;
      await database.query("select countersign_note($1::text::jsonb)", [
        JSON.stringify(noticeDocuments(notices, at)),
      ]);
      ring("outbox", "due");
    },

    async take(owner, limit, lockMs, now) {
      const rows = await database.query<OutboxRow>(
        `update outbox set taken_by = $1, taken_until = $4::bigint + $3::bigint, tries = tries + 1
         where id in (
           select id from outbox
           where not abandoned and due_at <= $4 and (taken_until is null or taken_until <= $4)
           order by due_at, id limit $2 for update skip locked)
         returning id, key, version, notice, tries, due_at`,
        [owner, limit, lockMs, now],
      );
      return rows.map(readItem).toSorted((a, b) => a.dueAt - b.dueAt || a.id - b.id);
    },

    async sent(item, nextDueAt) {
      const removed = await database.query(
        "delete from outbox where id = $1 and version = $2 returning id",
        [item.id, item.version],
      );
      if (removed.length > 0) return;
      // Noted again meanwhile. A statement of its own, because one that also deletes would look for the new version
      // in a snapshot from before it, and leave the row locked.
      await database.query(
        `update outbox set taken_by = null, taken_until = null, tries = 0, due_at = $3
         where id = $1 and version <> $2`,
        [item.id, item.version, nextDueAt],
      );
    },

    async postpone(item, dueAt, reason) {
      await database.query(
        `update outbox set taken_by = null, taken_until = null, due_at = $2, last_error = $3 where id = $1`,
        [item.id, dueAt, storableText(reason)],
      );
    },

    async abandon(item, reason) {
      // Noted again meanwhile: what is new may be sendable, so only what was tried is given up.
      await database.query(
        `update outbox set taken_by = null, taken_until = null, last_error = $3, abandoned = (version = $2)
         where id = $1`,
        [item.id, item.version, storableText(reason)],
      );
    },

    async pending() {
      const [row] = await database.query<{ count: number }>(
        "select count(*) as count from outbox where not abandoned",
      );
      return row?.count ?? 0;
    },

    async messageRef(subject) {
      const [row] = await database.query<{ channel_id: string; ts: string }>(
        "select channel_id, ts from message_refs where subject = $1",
        [subject],
      );
      return row === undefined ? null : { channelId: row.channel_id, ts: row.ts };
    },

    async saveMessageRef(subject, ref) {
      await database.query(
        `insert into message_refs (subject, channel_id, ts) values ($1, $2, $3)
         on conflict (subject) do update set channel_id = excluded.channel_id, ts = excluded.ts`,
        [subject, ref.channelId, ref.ts],
      );
    },
  };
}

function readItem(row: OutboxRow): OutboxItem {
  return {
    id: row.id,
    key: row.key,
    version: row.version,
    notice: readNotice(row.notice, row.key),
    tries: row.tries,
    dueAt: row.due_at,
  };
}

// Requests from Slack, recorded once under Slack's own ids before they are acknowledged.

import { z } from "zod";
import type { InboundRequest, Inbox } from "#engine/message-store.ts";
import { jsonObjectSchema } from "#engine/json-schema.ts";
import type { Ring } from "./after-commit.ts";
import { ringNobody } from "./after-commit.ts";
import type { Database } from "./database.ts";
import { readAs } from "./stored-json.ts";

type InboxRow = {
  readonly id: string;
  readonly kind: string;
  readonly team_id: string;
  readonly user_id: string | null;
  readonly payload: unknown;
  readonly received_at: number;
};

const requestSchema: z.ZodType<InboundRequest> = z.object({
  id: z.string(),
  kind: z.enum(["event", "command", "action", "view", "shortcut"]),
  teamId: z.string(),
  userId: z.string().nullable(),
  payload: jsonObjectSchema,
  receivedAt: z.number(),
});

/** `ring` is told of each new request after its commit. */
export function createInbox(database: Database, ring: Ring = ringNobody): Inbox {
  return {
    async record(request) {
      const rows = await database.query(
        `insert into inbox (id, kind, team_id, user_id, payload, received_at, taken_at)
         values ($1, $2, $3, $4, $5::text::json, $6, $6)
         on conflict (id) do nothing returning id`,
        [
          request.id,
          request.kind,
          request.teamId,
          request.userId,
          JSON.stringify(request.payload),
          request.receivedAt,
        ],
      );
      if (rows.length === 0) return "seen";
      ring("inbox", request.id);
      return "new";
    },

    async unfinished(now, olderThanMs, limit) {
      const rows = await database.query<InboxRow>(
        `update inbox set taken_at = $1
         where id in (
           select id from inbox where outcome is null and taken_at <= $2
           order by taken_at, id limit $3 for update skip locked)
         returning id, kind, team_id, user_id, payload, received_at`,
        [now, now - olderThanMs, limit],
      );
      return rows.map(readRequest).toSorted((a, b) => a.receivedAt - b.receivedAt);
    },

    async finish(id, outcome, detail, at) {
      // A payload holds live response URLs: it is kept only where somebody may have to look into a failure.
      await database.query(
        `update inbox set outcome = $2, detail = $3, finished_at = $4,
           payload = case when $2 = 'failed' then payload else '{}' end
         where id = $1`,
        [id, outcome, detail, at],
      );
    },
  };
}

function readRequest(row: InboxRow): InboundRequest {
  return readAs(
    requestSchema,
    {
      id: row.id,
      kind: row.kind,
      teamId: row.team_id,
      userId: row.user_id,
      payload: row.payload,
      receivedAt: row.received_at,
    },
    `inbound request ${row.id}`,
  );
}

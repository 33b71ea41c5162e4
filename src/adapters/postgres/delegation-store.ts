// Delegations in Postgres, a row each. Whoever gives one away has a line of their own: two of one person's at the
// same time wait for each other, so that one delegate is theirs and never two.

import type { Delegation, DelegationStore } from "#engine/delegation.ts";
import { conversationDocuments, entryDocument } from "./audit-entry-row.ts";
import type { AuditEntry } from "#engine/audit-event.ts";
import type { Database, Queries } from "./database.ts";

type DelegationRow = {
  readonly id: string;
  readonly team_id: string;
  readonly from_user_id: string;
  readonly to_user_id: string;
  readonly until: number;
  readonly created_at: number;
  readonly revoked_at: number | null;
  readonly request_id: string;
};

const columns =
  "id, team_id, from_user_id, to_user_id, until, created_at, revoked_at, request_id" as const;

export function createDelegationStore(database: Database): DelegationStore {
  return {
    add: (delegation, entryFor) =>
      database.transaction(async (queries) => {
        const { id, teamId, fromUserId, toUserId, until, createdAt, requestId } = delegation;
        await waitInLine(queries, teamId, fromUserId);
        const [earlier] = await queries.query<DelegationRow>(
          `select ${columns} from delegations where team_id = $1 and request_id = $2`,
          [teamId, requestId],
        );
        if (earlier !== undefined)
          return { kind: "already-added", delegation: readDelegation(earlier) };
        const replaced = await end(queries, { teamId, userId: fromUserId, at: createdAt });
        await queries.query(
          `insert into delegations (${columns}) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
          [id, teamId, fromUserId, toUserId, until, createdAt, delegation.revokedAt, requestId],
        );
        await write(queries, entryFor(replaced));
        return { kind: "added", replaced };
      }),

    revoke: (from, entryFor) =>
      database.transaction(async (queries) => {
        await waitInLine(queries, from.teamId, from.userId);
        const revoked = await end(queries, from);
        if (revoked !== null) await write(queries, entryFor(revoked));
        return revoked;
      }),

    async active(teamId, now) {
      const rows = await database.query<DelegationRow>(
        `select ${columns} from delegations
         where team_id = $1 and created_at <= $2 and until > $2
           and (revoked_at is null or revoked_at > $2)
         order by created_at, id`,
        [teamId, now],
      );
      return rows.map(readDelegation);
    },
  };
}

/** Until the transaction ends. Nothing else takes this lock, so nobody who waits here can hold what another needs. */
async function waitInLine(queries: Queries, teamId: string, userId: string): Promise<void> {
  await queries.query(
    "select pg_advisory_xact_lock(hashtextextended('delegation ' || $1::text || ' ' || $2::text, 0))",
    [teamId, userId],
  );
}

async function end(
  queries: Queries,
  { teamId, userId, at }: { readonly teamId: string; readonly userId: string; readonly at: number },
): Promise<Delegation | null> {
  const [row] = await queries.query<DelegationRow>(
    `update delegations set revoked_at = $3
     where team_id = $1 and from_user_id = $2 and created_at <= $3 and until > $3
       and (revoked_at is null or revoked_at > $3)
     returning ${columns}`,
    [teamId, userId, at],
  );
  return row === undefined ? null : readDelegation(row);
}

/** The chain's head is locked by this, so it comes last. */
async function write(queries: Queries, entry: AuditEntry): Promise<void> {
  await queries.query("select countersign_meet($1::text::jsonb)", [
    JSON.stringify(conversationDocuments([entry.conversation])),
  ]);
  await queries.query("select countersign_append_entries($1::text::jsonb)", [
    JSON.stringify([entryDocument(entry)]),
  ]);
}

function readDelegation(row: DelegationRow): Delegation {
  return {
    id: row.id,
    teamId: row.team_id,
    fromUserId: row.from_user_id,
    toUserId: row.to_user_id,
    until: row.until,
    createdAt: row.created_at,
    revokedAt: row.revoked_at,
    requestId: row.request_id,
  };
}

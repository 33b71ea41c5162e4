// Step-ups and passkeys in Postgres: a row each.

import { z } from "zod";
import type { Passkey, StepUpStore, Told } from "#engine/passkey.ts";
import { overAt } from "#engine/step-up.ts";
import type { Ring } from "./after-commit.ts";
import { ringNobody } from "./after-commit.ts";
import { conversationDocuments, entryDocument, noticeDocuments } from "./audit-entry-row.ts";
import type { Database, Queries } from "./database.ts";
import { readStepUp, writeStepUp } from "./step-up-row.ts";
import { readAs } from "./stored-json.ts";

type PasskeyRow = {
  readonly team_id: string;
  readonly digest: string;
  readonly user_id: string;
  readonly credential_id: string;
  readonly public_key: string;
  readonly counter: number;
  readonly transports: unknown;
  readonly synced: boolean;
  readonly registered_at: number;
  readonly used_at: number | null;
};

/** `ring` is told of noted notices after the commit. */
export function createStepUpStore(database: Database, ring: Ring = ringNobody): StepUpStore {
  return {
    async issue(stepUp) {
      await database.query(
        `insert into step_ups (link, team_id, user_id, plan_id, session, proof_id, over_at, state)
         values ($1, $2, $3, $4, null, null, $5, $6::text::json)
         on conflict (team_id, user_id, plan_id) do update set link = excluded.link, session = null,
           proof_id = null, over_at = excluded.over_at, state = excluded.state`,
        [
          stepUp.link,
          stepUp.teamId,
          stepUp.userId,
          stepUp.planId,
          overAt(stepUp),
          JSON.stringify(stepUp),
        ],
      );
    },

    find: (key) => readStepUp(database, key, ""),

    change: (key, decide) =>
      database.transaction(async (queries) => {
        const before = await readStepUp(queries, key, "for update");
        if (before === null) return null;
        const { stepUp, answer } = decide(before);
        if (stepUp !== null) await writeStepUp(queries, stepUp);
        return answer;
      }),

    async tell(told) {
      await database.transaction((queries) => write(queries, told));
      if (told.notices.length > 0) ring("outbox", "due");
    },

    async removeOver(before) {
      const rows = await database.query("delete from step_ups where over_at < $1 returning link", [
        before,
      ]);
      return rows.length;
    },

    async passkeys(teamId, userId) {
      const rows = await database.query<PasskeyRow>(
        `${selectPasskeys} where team_id = $1 and user_id = $2 order by registered_at, digest`,
        [teamId, userId],
      );
      return rows.map(readPasskey);
    },

    async addPasskey(passkey, told) {
      const added = await database.transaction(async (queries) => {
        // Of two first passkeys at once, whoever took over a session may have made the one.
        await queries.query("select pg_advisory_xact_lock(hashtextextended($1, 0))", [
          `passkey/${passkey.teamId}/${passkey.userId}`,
        ]);
        const rows = await queries.query(
          `insert into passkeys (team_id, digest, user_id, credential_id, public_key, counter, transports,
             synced, registered_at, used_at)
           select $1, $2, $3, $4, $5, $6::bigint, $7::text::json, $8::boolean, $9::bigint, $10::bigint
           where not exists (select 1 from passkeys where team_id = $1 and user_id = $3)
           on conflict (team_id, digest) do nothing returning digest`,
          [
            passkey.teamId,
            passkey.digest,
            passkey.userId,
            passkey.credentialId,
            passkey.publicKey,
            passkey.counter,
            JSON.stringify(passkey.transports),
            passkey.synced,
            passkey.registeredAt,
            passkey.usedAt,
          ],
        );
        if (rows.length === 0) return false;
        await write(queries, told);
        return true;
      });
      if (added && told.notices.length > 0) ring("outbox", "due");
      return added ? "added" : "exists";
    },

    async usePasskey(teamId, digest, counter, at) {
      const [row] = await database.query<{ readonly moved: boolean }>(
        `with before as (select counter from passkeys where team_id = $1 and digest = $2 for update),
           moved as (update passkeys p set counter = $3, used_at = $4 from before
             where p.team_id = $1 and p.digest = $2
               and ($3::bigint > before.counter or ($3::bigint = 0 and before.counter = 0))
             returning p.digest)
         select exists (select 1 from moved) as moved from before`,
        [teamId, digest, counter, at],
      );
      if (row === undefined) return "unknown";
      return row.moved ? "used" : "behind";
    },

    removePasskey: (teamId, digest, { events }) =>
      database.transaction(async (queries) => {
        const rows = await queries.query(
          "delete from passkeys where team_id = $1 and digest = $2 returning digest",
          [teamId, digest],
        );
        if (rows.length === 0) return "unknown";
        await write(queries, { events, notices: [] });
        return "removed";
      }),
  };
}

const selectPasskeys = `select team_id, digest, user_id, credential_id, public_key, counter, transports, synced,
  registered_at, used_at from passkeys`;

/** Passkeys of all workspaces, oldest first, for an operator at the database. */
export async function listPasskeys(database: Database): Promise<readonly Passkey[]> {
  const rows = await database.query<PasskeyRow>(
    `${selectPasskeys} order by team_id, user_id, registered_at, digest`,
  );
  return rows.map(readPasskey);
}

function readPasskey(row: PasskeyRow): Passkey {
  return {
    teamId: row.team_id,
    userId: row.user_id,
    digest: row.digest,
    credentialId: row.credential_id,
    publicKey: row.public_key,
    counter: row.counter,
    transports: readAs(z.array(z.string()), row.transports, `passkey ${row.digest}`),
    synced: row.synced,
    registeredAt: row.registered_at,
    usedAt: row.used_at,
  };
}

/** The chain's head is locked by the entries, so they come last. */
async function write(queries: Queries, { events, notices }: Told): Promise<void> {
  const at = Math.max(0, ...events.map((entry) => entry.at));
  if (notices.length > 0)
    await queries.query("select countersign_note($1::text::jsonb)", [
      JSON.stringify(noticeDocuments(notices, at)),
    ]);
  if (events.length === 0) return;
  await queries.query("select countersign_meet($1::text::jsonb)", [
    JSON.stringify(conversationDocuments(events.map(({ conversation }) => conversation))),
  ]);
  await queries.query("select countersign_append_entries($1::text::jsonb)", [
    JSON.stringify(events.map(entryDocument)),
  ]);
}

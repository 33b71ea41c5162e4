// Checkpoints in Postgres: a row each, written once together with its audit entry.

import { z } from "zod";
import type { CheckpointEntry, CheckpointStore, CheckpointSummary } from "#engine/checkpoint.ts";
import { summaryOf } from "#engine/checkpoint.ts";
import type { Actor } from "#engine/identity.ts";
import { jsonObjectSchema } from "#engine/json-schema.ts";
import { actorText, conversationDocuments, entryDocument } from "./audit-entry-row.ts";
import type { Database } from "./database.ts";
import { readAs, storableJson } from "./stored-json.ts";

type SummaryRow = {
  readonly team_id: string;
  readonly name: string;
  readonly taken_at: number;
  readonly taken_by: string;
  readonly plan_id: string;
  readonly run_id: string | null;
  readonly environment: string;
  readonly request_id: string;
  readonly captured: number;
  readonly unread: number;
  readonly permalink: string | null;
};

/** Append a where clause over `k`. */
const selectSummaries = `
  select k.team_id, k.name, k.taken_at, k.taken_by, k.plan_id, k.run_id, k.environment, k.request_id,
    k.captured, k.unread, c.permalink
  from checkpoints k
  join plans p on p.id = k.plan_id
  join conversations c on c.id = p.conversation_id`;

const why = z.string();
const entriesSchema: z.ZodType<readonly CheckpointEntry[]> = z.array(
  z.object({
    stepId: z.string(),
    uses: z.string(),
    input: jsonObjectSchema,
    profile: z.string().nullable(),
    state: z.discriminatedUnion("kind", [
      z.object({ kind: z.literal("captured"), captured: jsonObjectSchema }),
      z.object({ kind: z.literal("unread"), why }),
      z.object({ kind: z.literal("unreadable"), why }),
    ]),
  }),
);

export function createCheckpointStore(database: Database): CheckpointStore {
  const summaries = async (clause: string, parameters: readonly (string | number)[]) =>
    (await database.query<SummaryRow>(`${selectSummaries} ${clause}`, parameters)).map(readSummary);

  return {
    async save(checkpoint, entry) {
      const { teamId, name, entries } = checkpoint;
      const { captured, unread } = summaryOf(checkpoint, null);
      const saved = await database.transaction(async (queries) => {
        await queries.query("select countersign_meet($1::text::jsonb)", [
          JSON.stringify(conversationDocuments([entry.conversation])),
        ]);
        const rows = await queries.query<{ readonly name: string }>(
          `insert into checkpoints (team_id, name, taken_at, taken_by, plan_id, run_id, environment,
             request_id, captured, unread, entries)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::text::json)
           on conflict (team_id, name) do nothing returning name`,
          [
            teamId,
            name,
            checkpoint.takenAt,
            actorText(checkpoint.takenBy),
            checkpoint.planId,
            checkpoint.runId,
            checkpoint.environment,
            checkpoint.requestId,
            captured,
            unread,
            storableJson(entries),
          ],
        );
        if (rows.length === 0) return false;
        // The chain's head is locked by this, so it comes last.
        await queries.query("select countersign_append_entries($1::text::jsonb)", [
          JSON.stringify([entryDocument(entry)]),
        ]);
        return true;
      });
      if (saved) return { kind: "saved" };
      const [earlier] = await summaries("where k.team_id = $1 and k.name = $2", [teamId, name]);
      if (earlier === undefined) throw new Error(`checkpoint ${name} is there and is not there`);
      return { kind: "exists", earlier };
    },

    async get(teamId, name) {
      const [row] = await database.query<SummaryRow & { readonly entries: unknown }>(
        `${selectSummaries.replace("c.permalink", "c.permalink, k.entries")}
         where k.team_id = $1 and k.name = $2`,
        [teamId, name],
      );
      if (row === undefined) return null;
      const { captured: _captured, unread: _unread, permalink: _link, ...rest } = readSummary(row);
      return { ...rest, entries: readAs(entriesSchema, row.entries, `checkpoint ${name}`) };
    },

    list: (teamId, limit) =>
      summaries("where k.team_id = $1 order by k.taken_at desc, k.name limit $2", [teamId, limit]),

    ofRun: (runId) => summaries("where k.run_id = $1 order by k.taken_at, k.name", [runId]),
  };
}

/** Checkpoints of all workspaces, newest first, for an operator at the database. @param name null: of any name. */
export async function listCheckpoints(
  database: Database,
  { name, limit }: { readonly name: string | null; readonly limit: number },
): Promise<readonly CheckpointSummary[]> {
  const rows = await database.query<SummaryRow>(
    `${selectSummaries} where $1::text is null or k.name = $1
     order by k.taken_at desc, k.name limit $2`,
    [name, limit],
  );
  return rows.map(readSummary);
}

function readSummary(row: SummaryRow): CheckpointSummary {
  return {
    name: row.name,
    teamId: row.team_id,
    takenAt: row.taken_at,
    takenBy: readActor(row),
    planId: row.plan_id,
    runId: row.run_id,
    environment: row.environment,
    requestId: row.request_id,
    captured: row.captured,
    unread: row.unread,
    permalink: row.permalink,
  };
}

const systemSchema: z.ZodType<Actor> = z.object({
  kind: z.literal("system"),
  part: z.enum(["engine", "sweeper", "worker", "command-line"]),
});

function readActor({ taken_by, team_id: teamId, name }: SummaryRow): Actor {
  const [kind, ...rest] = taken_by.split(":");
  const id = rest.join(":");
  if (kind === "person") return { kind, teamId, userId: id };
  return readAs(systemSchema, { kind, part: id }, `who took checkpoint ${name}`);
}

// All that the program has left anywhere, as text, by place: what a search for secrets searches.

import { Redis } from "ioredis";
import { exportLines } from "#adapters/audit-file/export-audit.ts";
import { auditTeams, createAuditLog } from "#adapters/postgres/audit-log.ts";
import { openServerDatabase } from "#adapters/postgres/postgres-js-database.ts";
import type { RunningProcess } from "./program.ts";
import type { Workspace } from "./workspace.ts";

const CHANNEL = "#ops-production";
const BOT = "U0COUNTERSIGN";

/** Every command that reaches Redis from now on, with its arguments. */
export async function watchRedis(workspace: Workspace): Promise<() => string> {
  const client = new Redis(workspace.redis.url);
  const watcher = await client.monitor();
  workspace.onClose(async () => {
    watcher.disconnect();
    client.disconnect();
  });
  const seen: string[] = [];
  watcher.on("monitor", (_time: string, words: readonly string[]) => seen.push(words.join("\n")));
  return () => seen.join("\n");
}

/** Keeps every row that is written to tables whose rows go when they are done with. */
export async function watchTables({ sql }: Workspace): Promise<void> {
  await sql.unsafe(`
    CREATE TABLE ever_written (place text, row text);
    CREATE FUNCTION note_written() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN INSERT INTO ever_written VALUES (TG_TABLE_NAME, NEW::text); RETURN NULL; END $$;`);
  for (const table of ["inbox", "outbox", "sealed_answers", "reminders"])
    await sql`CREATE TRIGGER noted AFTER INSERT OR UPDATE ON ${sql(table)}
      FOR EACH ROW EXECUTE FUNCTION note_written()`;
}

/** @param said what was sent to Redis meanwhile. */
export async function everythingKept(
  workspace: Workspace,
  process: RunningProcess,
  said: () => string,
): Promise<Readonly<Record<string, string>>> {
  const { slack, sql, redis } = workspace;
  const [tables, keys, files, exported, metrics] = await Promise.all([
    everyTable(sql),
    everyKey(redis.url),
    everyFile(workspace),
    everyExport(workspace.environment["DATABASE_URL"] ?? ""),
    fetch(`${process.url}/metrics`).then((answer) => answer.text()),
  ]);
  return {
    ...tables,
    "keys of Redis": keys,
    "commands to Redis": said(),
    "calls to Slack": JSON.stringify(slack.calls()),
    "files in Slack": files,
    "audit export": exported,
    metrics,
    log: process.output(),
  };
}

async function everyTable(sql: Workspace["sql"]): Promise<Readonly<Record<string, string>>> {
  const tables = await sql<{ schema: string; name: string }[]>`
    SELECT table_schema AS schema, table_name AS name FROM information_schema.tables
    WHERE table_schema NOT IN ('pg_catalog', 'information_schema') AND table_type = 'BASE TABLE'`;
  const found: Record<string, string> = {};
  for (const { schema, name } of tables) {
    const rows = await sql<{ row: string }[]>`
      SELECT one::text AS row FROM ${sql(schema)}.${sql(name)} AS one`;
    found[`table ${name}`] = rows.map(({ row }) => row).join("\n");
  }
  return found;
}

/** Read by kind, because a dump of a key is compressed. */
async function everyKey(url: string): Promise<string> {
  const client = new Redis(url);
  const read: Readonly<Record<string, (key: string) => Promise<unknown>>> = {
    string: (key) => client.get(key),
    hash: (key) => client.hgetall(key),
    list: (key) => client.lrange(key, 0, -1),
    set: (key) => client.smembers(key),
    zset: (key) => client.zrange(key, "0", "-1"),
    stream: (key) => client.xrange(key, "-", "+"),
  };
  try {
    const found: unknown[] = [];
    for (const key of await client.keys("*")) {
      const kind = await client.type(key);
      const reader = read[kind];
      if (reader === undefined && kind !== "none") throw new Error(`${key} is a ${kind}`);
      found.push([key, await reader?.(key)]);
    }
    return JSON.stringify(found);
  } finally {
    client.disconnect();
  }
}

/** What the bot attached; a person's own attachment is where the person put it. */
async function everyFile({ slack }: Workspace): Promise<string> {
  const parents = slack.messages(CHANNEL);
  const files = parents
    .flatMap(({ ts }) => slack.messages(CHANNEL, ts))
    .flatMap((message) => message.files ?? [])
    .filter(({ user }) => user === BOT);
  const headers = { authorization: `Bearer ${slack.credentials.botToken}` };
  const texts = await Promise.all(
    files.map(async (file) => (await fetch(file.url_private, { headers })).text()),
  );
  return texts.join("\n");
}

async function everyExport(url: string): Promise<string> {
  const database = await openServerDatabase(url);
  try {
    const lines: string[] = [];
    for (const teamId of await auditTeams(database)) {
      const rows = createAuditLog(database).rows({ teamId, limit: Number.MAX_SAFE_INTEGER });
      for (const format of ["ndjson", "csv"] as const)
        for await (const line of exportLines(rows, format)) lines.push(line);
    }
    return lines.join("\n");
  } finally {
    await database.close();
  }
}

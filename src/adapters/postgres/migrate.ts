// Brings a database to the newest schema. Several processes may start at once: one migrates, the others wait
// and find nothing left to do. One whose role may not change the schema starts where there is nothing to change.

import { fileURLToPath } from "node:url";
import { readMigrationFiles } from "drizzle-orm/migrator";
import { migrate } from "drizzle-orm/pg-proxy/migrator";
import { appRoles, denialIn, renewAppRoles } from "./app-role.ts";
import type { Database, Queries } from "./database.ts";
import { openServerDatabase } from "./postgres-js-database.ts";
import { SchemaOutOfReach } from "./schema-out-of-reach.ts";
import { typedQueries } from "./typed-queries.ts";

const migrationsFolder = fileURLToPath(new URL("../../../drizzle", import.meta.url));

/** The advisory lock all Countersign processes migrate under: the letters `csgn`. */
const MIGRATION_LOCK = 0x63_73_67_6e;

/**
 * @throws {Error} when the database's encoding is not UTF8: hashes of the audit log are over UTF-8 bytes.
 * @throws {SchemaOutOfReach}
 */
export async function migrateDatabase(urlOrDatabase: string | Database): Promise<void> {
  if (typeof urlOrDatabase !== "string") return migrateOpen(urlOrDatabase);
  const database = await openServerDatabase(urlOrDatabase, { connections: 1 });
  try {
    await migrateOpen(database);
  } finally {
    await database.close();
  }
}

async function migrateOpen(database: Database): Promise<void> {
  try {
    if (await isUpToDate(database)) return;
    await database.transaction(bringUpToDate);
  } catch (error) {
    const denied = denialIn(error);
    if (denied === null) throw error;
    const [now] = await database.query<{ me: string }>("select current_user as me");
    throw new SchemaOutOfReach(
      `The schema of the database is older than this program, or not there, and the role "${now?.me ?? ""}" may not change it (${denied}). Run \`countersign migrate\` as the tables' owner first.`,
      { cause: error },
    );
  }
}

async function isUpToDate(queries: Queries): Promise<boolean> {
  const [there] = await queries.query<{ there: boolean }>(
    "select to_regclass('drizzle.__drizzle_migrations') is not null as there",
  );
  if (there?.there !== true) return false;
  const [newest] = await queries.query<{ at: string | null }>(
    "select max(created_at)::text as at from drizzle.__drizzle_migrations",
  );
  const known = readMigrationFiles({ migrationsFolder }).at(-1);
  return Number(newest?.at ?? 0) >= (known?.folderMillis ?? 0);
}

async function bringUpToDate(queries: Queries): Promise<void> {
  await queries.query("select pg_advisory_xact_lock($1)", [MIGRATION_LOCK]);
  const [encoding] = await queries.query<{ server_encoding: string }>("show server_encoding");
  if (encoding?.server_encoding !== "UTF8") {
    throw new Error(
      `The database's encoding is ${encoding?.server_encoding ?? "unknown"}, expected UTF8: create it with ENCODING 'UTF8'.`,
    );
  }
  // Before: a function that is made anew forgets who may call it.
  const roles = await appRoles(queries);
  const apply = async (statements: string[]) => {
    for (const statement of statements) await queries.query(statement);
  };
  await migrate(typedQueries(queries), apply, { migrationsFolder });
  await renewAppRoles(queries, roles);
}

// Brings a database to the newest schema. Several processes may start at once: one migrates, the others wait
// and find nothing left to do.

import { fileURLToPath } from "node:url";
import { migrate } from "drizzle-orm/pg-proxy/migrator";
import type { Database } from "./database.ts";
import { openServerDatabase } from "./postgres-js-database.ts";
import { typedQueries } from "./typed-queries.ts";

const migrationsFolder = fileURLToPath(new URL("../../../drizzle", import.meta.url));

/** The advisory lock all Countersign processes migrate under: the letters `csgn`. */
const MIGRATION_LOCK = 0x63_73_67_6e;

/** @throws {Error} when the database's encoding is not UTF8: hashes of the audit log are over UTF-8 bytes. */
export async function migrateDatabase(urlOrDatabase: string | Database): Promise<void> {
  if (typeof urlOrDatabase !== "string") return migrateOpen(urlOrDatabase);
  const database = await openServerDatabase(urlOrDatabase, { connections: 1 });
  try {
    await migrateOpen(database);
  } finally {
    await database.close();
  }
}

function migrateOpen(database: Database): Promise<void> {
  return database.transaction(async (queries) => {
    await queries.query("select pg_advisory_xact_lock($1)", [MIGRATION_LOCK]);
    const [encoding] = await queries.query<{ server_encoding: string }>("show server_encoding");
    if (encoding?.server_encoding !== "UTF8") {
      throw new Error(
        `The database's encoding is ${encoding?.server_encoding ?? "unknown"}, expected UTF8: create it with ENCODING 'UTF8'.`,
      );
    }
    const apply = async (statements: string[]) => {
      for (const statement of statements) await queries.query(statement);
    };
    await migrate(typedQueries(queries), apply, { migrationsFolder });
  });
}

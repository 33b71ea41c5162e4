// Opens the database that the configuration names, brought to the newest schema.

import { join } from "node:path";
import type { Database } from "./database.ts";
import { migrateDatabase } from "./migrate.ts";
import { openEmbeddedDatabase } from "./pglite-database.ts";
import { openServerDatabase } from "./postgres-js-database.ts";

export type DatabaseConfig = {
  /** Null: the embedded database under `dataDirectory`. */
  readonly databaseUrl: string | null;
  readonly dataDirectory: string;
};

export async function openDatabase(config: DatabaseConfig): Promise<Database> {
  const database =
    config.databaseUrl === null
      ? await openEmbeddedDatabase(join(config.dataDirectory, "postgres"))
      : await openServerDatabase(config.databaseUrl);
  try {
    await migrateDatabase(database);
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}

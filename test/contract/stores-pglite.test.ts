// The stores' contracts on the embedded Postgres.

import { afterAll, beforeAll, describe } from "vitest";
import type { Database } from "#adapters/postgres/database.ts";
import { migrateDatabase } from "#adapters/postgres/migrate.ts";
import { openEmbeddedDatabase } from "#adapters/postgres/pglite-database.ts";
import { storesSuite } from "./stores.suite.ts";

let database: Database;

beforeAll(async () => {
  database = await openEmbeddedDatabase(null);
  await migrateDatabase(database);
});

afterAll(() => database.close());

describe("on PGlite", () => {
  storesSuite(
    () => database,
    () => database,
  );
});

// The stores' contracts on a Postgres server.

import { afterAll, beforeAll, describe } from "vitest";
import type { Database } from "#adapters/postgres/database.ts";
import { openServerDatabase } from "#adapters/postgres/postgres-js-database.ts";
import type { TestDatabase } from "#test/servers/postgres.ts";
import { createTestDatabase } from "#test/servers/postgres.ts";
import { storesSuite } from "./stores.suite.ts";

let clone: TestDatabase;
let database: Database;

beforeAll(async () => {
  clone = await createTestDatabase();
  database = await openServerDatabase(clone.url);
});

afterAll(async () => {
  await database.close();
  await clone.drop();
});

describe("on a Postgres server", () => {
  storesSuite(() => database);
});

// The stores' contracts on a Postgres server, under the role that the program is to run under.

import { afterAll, beforeAll, describe } from "vitest";
import type { Database } from "#adapters/postgres/database.ts";
import { openServerDatabase } from "#adapters/postgres/postgres-js-database.ts";
import type { TestRole } from "#test/servers/app-role.ts";
import { createAppRole } from "#test/servers/app-role.ts";
import type { TestDatabase } from "#test/servers/postgres.ts";
import { createTestDatabase } from "#test/servers/postgres.ts";
import { storesSuite } from "./stores.suite.ts";

let clone: TestDatabase;
let role: TestRole;
let owner: Database;
let database: Database;

beforeAll(async () => {
  clone = await createTestDatabase();
  owner = await openServerDatabase(clone.url, { connections: 1 });
  role = await createAppRole(clone, owner);
  database = await openServerDatabase(role.url);
});

afterAll(async () => {
  await database.close();
  await owner.close();
  await clone.drop();
  await role.drop();
});

describe("on a Postgres server", () => {
  storesSuite(
    () => database,
    () => owner,
  );
});

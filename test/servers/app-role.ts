// A role as `countersign migrate --app-role` makes it, on a test's own database, with a password to log in with.
import { randomBytes } from "node:crypto";
import postgres from "postgres";
import { inject } from "vitest";
import { makeAppRole } from "#adapters/postgres/app-role.ts";
import type { Database } from "#adapters/postgres/database.ts";
import type { TestDatabase } from "./postgres.ts";

export type TestRole = {
  readonly name: string;
  /** Of the test's database, as this role. */
  readonly url: string;
  /** After the database was dropped: a role with rights anywhere stays. */
  drop(): Promise<void>;
};

/** @param owner the same database as the owner of its tables. */
export async function createAppRole(clone: TestDatabase, owner: Database): Promise<TestRole> {
  const name = `countersign_app_${randomBytes(6).toString("hex")}`;
  const made = await makeAppRole(owner, name);
  if (made.status !== "made") throw new Error(`the role is ${JSON.stringify(made)}`);
  const password = randomBytes(12).toString("hex");
  await owner.query(`alter role ${name} password '${password}'`);
  const url = new URL(clone.url);
  url.username = name;
  url.password = password;
  return { name, url: url.href, drop: () => dropRole(name) };
}

export async function dropRole(name: string): Promise<void> {
  const sql = postgres(inject("postgres").url, { max: 1, onnotice: () => undefined });
  try {
    await sql`DROP ROLE IF EXISTS ${sql(name)}`;
  } finally {
    await sql.end();
  }
}

// Starts the servers that a test run needs, once, says which they are, migrates the template database
// that every test clones, and ends everything afterwards. A run of unit tests alone starts nothing.
import { randomBytes } from "node:crypto";
import postgres from "postgres";
import type { TestProject } from "vitest/node";
import { databaseUrl } from "./database-url.ts";
import { openPostgres } from "./postgres-server.ts";
import { openRedis, type RedisProgram } from "./redis-server.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Where databases are created, and the migrated one that is cloned. */
    postgres: { readonly url: string; readonly template: string };
    /** The Redis that all test files share, and what a dedicated one is started with. */
    redis: { readonly url: string; readonly program: RedisProgram };
  }
}

type Ending = () => Promise<void>;

export default async function setup(project: TestProject): Promise<Ending | undefined> {
  if (project.vitest.projects.every(({ name }) => name === "unit")) return undefined;
  const endings: Ending[] = [];
  try {
    const server = await openPostgres(process.env["DATABASE_URL"]);
    endings.unshift(() => server.stop());
    const template = await createTemplate(server.url);
    endings.unshift(() => dropDatabase(server.url, template));
    const redis = await openRedis(process.env["REDIS_URL"]);
    endings.unshift(() => redis.stop());
    project.provide("postgres", { url: server.url, template });
    project.provide("redis", { url: redis.url, program: redis.program });
    project.vitest.logger.log(
      ` Postgres: ${server.description}\n Redis:    ${redis.description}\n`,
    );
  } catch (error) {
    await endAll(endings);
    throw error;
  }
  return () => endAll(endings);
}

/** Ends what was started, latest first; one that fails to end doesn't spare the others. */
async function endAll(endings: readonly Ending[]): Promise<void> {
  const errors: unknown[] = [];
  for (const end of endings) await end().catch((error: unknown) => errors.push(error));
  if (errors.length > 0) throw new AggregateError(errors, "a test server could not be ended");
}

async function createTemplate(serverUrl: string): Promise<string> {
  const name = `countersign_template_${randomBytes(4).toString("hex")}`;
  const sql = postgres(serverUrl, { max: 1 });
  try {
    await sql`CREATE DATABASE ${sql(name)}`;
    // Loaded here, so that a run of unit tests loads no adapter.
    const { migrateDatabase } = await import("#adapters/postgres/migrate.ts");
    await migrateDatabase(databaseUrl(serverUrl, name));
    // Nobody may connect to a database while it is being cloned.
    await sql`ALTER DATABASE ${sql(name)} ALLOW_CONNECTIONS false`;
  } finally {
    await sql.end();
  }
  return name;
}

async function dropDatabase(serverUrl: string, name: string): Promise<void> {
  const sql = postgres(serverUrl, { max: 1 });
  try {
    await sql`DROP DATABASE ${sql(name)}`;
  } finally {
    await sql.end();
  }
}

// `countersign migrate`: the schema, and the role that the program is to run under.

import type { Database } from "#adapters/postgres/database.ts";
import { makeAppRole } from "#adapters/postgres/app-role.ts";
import { openDatabase } from "#adapters/postgres/open-database.ts";
import { ConfigError } from "../config/config-error.ts";
import { loadConfig } from "../config.ts";
import type { ConfigOverrides } from "../config.ts";
import { UsageError } from "./command-line.ts";
import type { CommandOutput } from "./command-output.ts";

/** @throws {UsageError} for a name that no role can have. @throws {ConfigError} without a server to make it on. */
export async function migrate(
  { appRole }: { readonly appRole: string | null },
  overrides: ConfigOverrides,
  output: CommandOutput,
): Promise<number> {
  const config = loadConfig(overrides);
  if (appRole !== null) {
    if (!/^(?!pg_|public$|none$)[a-z_][a-z0-9_]{0,62}$/.test(appRole))
      throw new UsageError(
        `--app-role: found ${JSON.stringify(appRole)}, expected a name of lower-case letters, digits and _`,
        "migrate",
      );
    if (config.databaseUrl === null)
      throw new ConfigError("The environment", [
        {
          path: "DATABASE_URL",
          found: "nothing",
          expected: "a Postgres server: the embedded database has one role, for this process",
        },
      ]);
  }
  const database = await openDatabase(config);
  try {
    output.print("The database's schema is up to date.");
    return appRole === null ? 0 : await appRoleMade(database, appRole, output);
  } finally {
    await database.close();
  }
}

async function appRoleMade(
  database: Database,
  role: string,
  { print, complain }: CommandOutput,
): Promise<number> {
  const made = await makeAppRole(database, role);
  switch (made.status) {
    case "made":
      return print(
        `The role ${role} is made and can only append to the audit log. It has no password: set one (psql: \\password ${role}), then name it in DATABASE_URL of start, bot and worker.`,
      );
    case "updated":
      return print(`The role ${role} has its rights and can only append to the audit log.`);
    case "refused":
      complain(`The role ${role} is not ready: ${made.reason}`);
      if (made.statements.length > 0) {
        complain("Whoever may is to run this in the same database, as the tables' owner:");
        print(made.statements.map((statement) => `${statement};`).join("\n"));
      }
      return 1;
  }
}

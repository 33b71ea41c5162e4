// The role that the program runs under, made and kept up to date by whoever owns the tables: it works with them, and
// can't change what the log says.

import { APP_ROLES, quoted, rightsStatements, TABLE_RIGHTS } from "./app-role-rights.ts";
import type { Database, Queries } from "./database.ts";
import { waysToRewrite } from "./log-rewriters.ts";

export type AppRoleMade =
  | { readonly status: "made" | "updated" }
  | {
      readonly status: "refused";
      /** In one sentence. */
      readonly reason: string;
      /** What somebody with more rights is to run; none when it would not help. */
      readonly statements: readonly string[];
    };

/** What Postgres says when a right is missing. */
const INSUFFICIENT_PRIVILEGE = "42501";

/** Makes the role, or takes from and gives to one that is there. Changes all of it or nothing. */
export async function makeAppRole(database: Database, role: string): Promise<AppRoleMade> {
  const [now] = await database.query<{ me: string; name: string; there: boolean; open: boolean }>(
    `select current_user as me, current_database() as name,
      exists (select from pg_roles where rolname = $1) as there,
      has_schema_privilege('public', 'public', 'CREATE') as open`,
    [role],
  );
  if (now === undefined) throw new Error("A query without a table answered no row.");
  const statements = [
    ...(now.there ? [] : [`create role ${quoted(role)} login`]),
    // Before Postgres 15 everybody could make functions there, for the owner's to call by mistake.
    ...(now.open ? ["revoke create on schema public from public"] : []),
    ...rightsStatements(role, now.name),
  ];
  const refused = (reason: string, helps: boolean): AppRoleMade => ({
    status: "refused",
    reason,
    statements: helps ? statements : [],
  });
  try {
    return await database.transaction(async (queries): Promise<AppRoleMade> => {
      for (const statement of statements) await queries.query(statement);
      const missing = await missingRights(queries, role);
      if (missing.length > 0)
        throw new Unmade(refused(`${now.me} may not give ${role} rights on ${missing[0]}.`, true));
      const { ways } = await waysToRewrite(queries, role);
      if (ways.length > 0)
        throw new Unmade(
          refused(`${role} could rewrite the audit log: it ${ways.join(", ")}.`, false),
        );
      return { status: now.there ? "updated" : "made" };
    });
  } catch (error) {
    if (error instanceof Unmade) return error.answer;
    const denied = denialIn(error);
    if (denied === null) throw error;
    return refused(`${now.me} may not: ${denied}.`, true);
  }
}

/** Thrown to take back what was done. */
class Unmade extends Error {
  readonly answer: AppRoleMade;
  constructor(answer: AppRoleMade) {
    super("the role was not made");
    this.answer = answer;
  }
}

/** What Postgres denied for want of a right, in its words; null: something else happened. */
export function denialIn(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  if ("code" in error && error.code === INSUFFICIENT_PRIVILEGE) return error.message;
  return denialIn(error.cause);
}

/** Postgres only warns where a right can't be given. */
async function missingRights(queries: Queries, role: string): Promise<readonly string[]> {
  const missing: string[] = [];
  for (const { table, rights } of TABLE_RIGHTS) {
    const [row] = await queries.query<{ there: boolean }>(
      `select bool_and(has_table_privilege($1, $2, right_wanted)) as there
       from unnest(string_to_array($3, ',')) as r(right_wanted)`,
      [role, table, rights.join(",")],
    );
    if (row?.there !== true) missing.push(table);
  }
  return missing;
}

/** The roles made before, by name. */
export async function appRoles(queries: Queries): Promise<readonly string[]> {
  return (await queries.query<{ role: string }>(APP_ROLES)).map(({ role }) => role);
}

/** After a migration: gives them their rights on what is new. */
export async function renewAppRoles(queries: Queries, roles: readonly string[]): Promise<void> {
  if (roles.length === 0) return;
  const [now] = await queries.query<{ name: string }>("select current_database() as name");
  for (const role of roles)
    for (const statement of rightsStatements(role, now?.name ?? "")) await queries.query(statement);
}

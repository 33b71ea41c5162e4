// What the role that the program runs under may do with each table, and nothing more. Total: a table of the schema
// without a line here does not compile.

import type { PgTable } from "drizzle-orm/pg-core";
import type * as schema from "./schema.ts";

type Right = "select" | "insert" | "update" | "delete";
type Schema = typeof schema;
type TableName = {
  [Key in keyof Schema]: Schema[Key] extends PgTable ? Schema[Key]["_"]["name"] : never;
}[keyof Schema];

/** Whatever is only ever added to has no `update`, and the log not even `insert`: `countersign_append` writes it. */
const RIGHTS: { readonly [Name in TableName]: readonly Right[] } = {
  audit_anchors: ["select"],
  audit_heads: ["select"],
  audit_links: ["select"],
  audit_publications: ["select", "insert", "update"],
  breakers: ["select", "insert", "update"],
  checkpoints: ["select", "insert"],
  conversations: ["select", "insert", "update"],
  delegations: ["select", "insert", "update"],
  inbox: ["select", "insert", "update"],
  message_refs: ["select", "insert", "update"],
  operation_timings: ["select", "insert", "update"],
  outbox: ["select", "insert", "update", "delete"],
  passkeys: ["select", "insert", "update", "delete"],
  plan_history: ["select", "insert", "update"],
  plan_people: ["select", "insert"],
  plan_versions: ["select", "insert"],
  plans: ["select", "insert", "update"],
  reminders: ["select", "insert", "delete"],
  run_controls: ["select", "insert"],
  run_locks: ["select", "insert", "delete"],
  run_output: ["select", "insert"],
  runs: ["select", "insert", "update"],
  sealed_answers: ["select", "insert", "delete"],
  step_ups: ["select", "insert", "update", "delete"],
  votes: ["select", "insert", "update"],
};

/** Functions that run with the rights of their owner; nobody else may call them. */
const OWNERS_FUNCTIONS = ["countersign_append", "countersign_open_months"] as const;

export type TableRights = { readonly table: string; readonly rights: readonly Right[] };

export const TABLE_RIGHTS: readonly TableRights[] = [
  ...Object.entries(RIGHTS).map(([table, rights]) => ({ table, rights })),
  { table: "audit_events", rights: ["select"] },
];

/** Takes from the role whatever it was given on our tables, then gives it its rights. For the tables' owner to run. */
export function rightsStatements(role: string, database: string): readonly string[] {
  const to = quoted(role);
  return [
    `grant connect on database ${quoted(database)} to ${to}`,
    `revoke all on schema public from ${to}`,
    `revoke all on ${TABLE_RIGHTS.map(({ table }) => table).join(", ")} from ${to}`,
    `grant usage on schema public, drizzle to ${to}`,
    `grant select on drizzle.__drizzle_migrations to ${to}`,
    ...TABLE_RIGHTS.map(({ table, rights }) => `grant ${rights.join(", ")} on ${table} to ${to}`),
    `grant execute on function ${OWNERS_FUNCTIONS.join(", ")} to ${to}`,
  ];
}

/** The roles that may append to the log, its owner aside: those that the program runs under. */
export const APP_ROLES = `select distinct r.rolname as role
  from pg_proc p cross join lateral aclexplode(p.proacl) a join pg_roles r on r.oid = a.grantee
  where p.proname in (${OWNERS_FUNCTIONS.map((name) => `'${name}'`).join(", ")})
    and a.privilege_type = 'EXECUTE' and a.grantee <> p.proowner
  order by 1`;

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

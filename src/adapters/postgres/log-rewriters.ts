// In what ways a role of the database could change what the audit log says, by itself or as another role it may
// become. The program asks when it starts: a log that its own writer can rewrite proves less.

import type { Queries } from "./database.ts";

const WAYS = `
with reached as (
  select r.oid, r.rolname, r.rolsuper, r.rolcreaterole,
    case when r.rolname = $1 then '' else format(' (as %s)', r.rolname) end as via
  from pg_roles r where pg_has_role($1::name, r.oid, 'MEMBER')
), log as (
  select c.oid, c.relname, c.relowner from pg_class c
  where c.oid in ('audit_links'::regclass, 'audit_heads'::regclass, 'audit_anchors'::regclass)
    or c.oid in (select i.inhrelid from pg_inherits i where i.inhparent = 'audit_links'::regclass)
), way as (
  select 1 as place, 'is a superuser' || via as text from reached where rolsuper
  union all
  select 2, 'owns ' || string_agg(l.relname, ', ' order by l.relname) || r.via
  from reached r join log l on l.relowner = r.oid group by r.rolname, r.via
  union all
  select 3, 'owns the function ' || p.proname || r.via
  from reached r join pg_proc p on p.proowner = r.oid
  where p.proname in ('countersign_append', 'countersign_append_only', 'countersign_head_forward')
    and p.pronamespace = 'public'::regnamespace
  union all
  select 4, 'owns the schema public' || r.via
  from reached r join pg_namespace n on n.nspowner = r.oid where n.nspname = 'public'
  union all
  select 5, 'may create in the schema public' || r.via
  from reached r where has_schema_privilege(r.oid, 'public', 'CREATE')
  union all
  select 6, 'may ' || v.verb || ' ' || string_agg(l.relname, ', ' order by l.relname) || r.via
  from reached r
  cross join (values ('INSERT'), ('UPDATE'), ('DELETE'), ('TRUNCATE'), ('TRIGGER')) as v(verb)
  join log l on has_table_privilege(r.oid, l.oid, v.verb)
    or (v.verb in ('INSERT', 'UPDATE') and has_any_column_privilege(r.oid, l.oid, v.verb))
  group by r.rolname, r.via, v.verb
  union all
  select 7, 'may write files of the server' || via
  from reached where rolname in ('pg_write_server_files', 'pg_execute_server_program')
  union all
  select 8, 'may give itself the rights of others (CREATEROLE)' || via
  from reached where rolcreaterole and current_setting('server_version_num')::integer < 160000
)
select text from way order by place, text`;

/**
 * @param role null: the one that asks.
 * @returns sentences without their subject ("owns audit_links"); none: it can only append.
 */
export async function waysToRewrite(
  queries: Queries,
  role: string | null = null,
): Promise<{ readonly role: string; readonly ways: readonly string[] }> {
  const [me] = await queries.query<{ role: string; super: boolean }>(
    `select r.rolname as role, r.rolsuper as super from pg_roles r
     where r.rolname = coalesce($1, current_user)`,
    [role],
  );
  if (me === undefined) throw new Error(`There is no role "${role ?? ""}" in this database.`);
  // It may become everybody and do everything: all of that says no more than this.
  if (me.super) return { role: me.role, ways: ["is a superuser"] };
  const ways = await queries.query<{ text: string }>(WAYS, [me.role]);
  return { role: me.role, ways: ways.map(({ text }) => text) };
}

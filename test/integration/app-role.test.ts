// The role that the program runs under: enough for its work (the stores' contracts run under it), too little to
// change what the log says, and told apart from one that could.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { exportAudit } from "#adapters/audit-file/export-audit.ts";
import { verifyAudit } from "#adapters/audit-file/verify-audit.ts";
import { appRoles, makeAppRole, renewAppRoles } from "#adapters/postgres/app-role.ts";
import { createAuditLog } from "#adapters/postgres/audit-log.ts";
import type { Database } from "#adapters/postgres/database.ts";
import { waysToRewrite } from "#adapters/postgres/log-rewriters.ts";
import { migrateDatabase } from "#adapters/postgres/migrate.ts";
import { openServerDatabase } from "#adapters/postgres/postgres-js-database.ts";
import { aWorkspace } from "#test/contract/store-world.ts";
import type { TestRole } from "#test/servers/app-role.ts";
import { createAppRole, dropRole } from "#test/servers/app-role.ts";
import type { TestDatabase } from "#test/servers/postgres.ts";
import { createTestDatabase } from "#test/servers/postgres.ts";

let clone: TestDatabase;
let role: TestRole;
/** A superuser, as whoever makes a database usually is. */
let owner: Database;
let program: Database;
const workspace = aWorkspace();
const others: string[] = [];

beforeAll(async () => {
  clone = await createTestDatabase();
  owner = await openServerDatabase(clone.url, { connections: 1 });
  role = await createAppRole(clone, owner);
  program = await openServerDatabase(role.url, { connections: 1 });
  await createAuditLog(program).append([workspace.entry(), workspace.entry()]);
});

afterAll(async () => {
  await program.close();
  await owner.close();
  await clone.drop();
  await role.drop();
  for (const name of others) await dropRole(name);
});

/** Another role of this database, gone with it. */
async function aRole(attributes: string): Promise<string> {
  const name = `${role.name}_${others.length}`;
  others.push(name);
  await owner.query(`create role ${name} ${attributes}`);
  return name;
}

const THIS_MONTH = `audit_links_${new Date().toISOString().slice(0, 7).replace("-", "_")}`;

describe("the application role", () => {
  test.for([
    "update audit_links set actor = 'person:U9'",
    "delete from audit_links",
    "truncate audit_links",
    "insert into audit_links select * from audit_links",
    `update ${THIS_MONTH} set actor = 'person:U9'`,
    `delete from ${THIS_MONTH}`,
    `truncate ${THIS_MONTH}`,
    "delete from audit_links_default",
    "update audit_heads set seq = seq + 1",
    "delete from audit_heads",
    "update audit_anchors set seq = 0",
    "insert into audit_anchors (team_id, month, seq, hash, detached_at) values ('T9', now(), 1, '', 0)",
    "insert into audit_heads (team_id, seq, hash) values ('T9', 1, '')",
    "update audit_events set actor = 'person:U9'",
    "update plan_versions set hash = 'x'",
    "delete from plan_versions",
    "alter table audit_links disable trigger audit_links_append_only",
    "drop trigger audit_heads_forward on audit_heads",
    "create trigger mine before insert on audit_links for each row execute function countersign_append_only()",
    "create rule mine as on insert to audit_links do instead nothing",
    `alter table audit_links detach partition ${THIS_MONTH}`,
    `drop table ${THIS_MONTH}`,
    "alter table audit_links rename to mine",
    "alter table audit_heads owner to current_user",
    "drop view audit_events",
    "create or replace function countersign_append_only() returns trigger language plpgsql as $$ begin return new; end $$",
    "create or replace function countersign_head_forward() returns trigger language plpgsql as $$ begin return new; end $$",
    "alter function countersign_append security invoker",
    "drop function countersign_append",
    "create function public.mine() returns integer language sql as 'select 1'",
    "select countersign_open_month('2019-01-01')",
    "set session_replication_role = replica",
    "set session authorization postgres",
    "set role pg_write_all_data",
    "copy audit_links from program 'true'",
    "delete from drizzle.__drizzle_migrations",
  ])("is refused: %s", async (statement) => {
    await expect(program.query(statement)).rejects.toThrow(
      /permission denied|must be owner|cannot update view|must be (able|superuser)/,
    );
  });

  test("leaves a whole log behind after all of that, and is not told that it could rewrite it", async () => {
    const rows = createAuditLog(program).rows({ teamId: workspace.teamId, limit: 10 });
    expect(await verifyAudit(exportAudit(rows))).toMatchObject({ ok: true, rows: 2 });
    expect(await waysToRewrite(program)).toEqual({ role: role.name, ways: [] });
  });

  test("starts on a database that is up to date, and is told whom to ask for on one that is not", async () => {
    await migrateDatabase(program);
    const applied = "drizzle.__drizzle_migrations";
    const changed = (by: string) =>
      owner.query(`update ${applied} set created_at = created_at ${by}`);
    await changed("- 1000000000000");
    await expect(migrateDatabase(program)).rejects.toThrow(
      new RegExp(`older than this program.*"${role.name}" may not change it.*as the tables' owner`),
    );
    await changed("+ 1000000000000");
  });

  test("gets its rights back when its owner migrates, and keeps none that it was given besides", async () => {
    await owner.query(`revoke select on plans from ${role.name}`);
    await owner.query(`grant update on audit_links, audit_heads to ${role.name}`);
    await expect(program.query("select 1 from plans")).rejects.toThrow("permission denied");
    expect((await waysToRewrite(owner, role.name)).ways).toEqual([
      "may UPDATE audit_heads, audit_links",
    ]);
    expect(await appRoles(owner)).toEqual([role.name]);
    await renewAppRoles(owner, await appRoles(owner));
    await program.query("select 1 from plans");
    expect((await waysToRewrite(owner, role.name)).ways).toEqual([]);
  });

  test("is the only one besides the owner who may call what runs with the owner's rights", async () => {
    const callers = await owner.query<{ name: string; callers: string }>(
      `select p.proname as name, string_agg(coalesce(r.rolname, 'everybody'), ', ' order by 1) as callers
       from pg_proc p cross join lateral aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
       left join pg_roles r on r.oid = a.grantee
       where p.prosecdef and p.pronamespace = 'public'::regnamespace and a.grantee <> p.proowner
       group by p.proname order by 1`,
    );
    expect(callers).toEqual([
      { name: "countersign_append", callers: role.name },
      { name: "countersign_open_months", callers: role.name },
    ]);
  });
});

describe("a role that could rewrite the log is told", () => {
  test("as a superuser", async () => {
    const name = await aRole("superuser");
    expect(await waysToRewrite(owner, name)).toEqual({ role: name, ways: ["is a superuser"] });
    expect(await makeAppRole(owner, name)).toMatchObject({
      status: "refused",
      reason: `${name} could rewrite the audit log: it is a superuser.`,
      statements: [],
    });
  });

  test("as somebody who may become the owner, or write everywhere", async () => {
    const [member, writer] = [await aRole("noinherit"), await aRole("")];
    const boss = await aRole("");
    await owner.query(`grant ${boss} to ${member}`);
    await owner.query(`alter table ${THIS_MONTH} owner to ${boss}`);
    await owner.query(`grant pg_write_all_data to ${writer}`);
    const { ways } = await waysToRewrite(owner, member);
    expect(ways).toContain(`owns ${THIS_MONTH} (as ${boss})`);
    expect((await waysToRewrite(owner, writer)).ways).toContainEqual(
      expect.stringMatching(/^may DELETE audit_anchors, audit_heads, audit_links/),
    );
    await owner.query(`alter table ${THIS_MONTH} owner to current_user`);
  });

  test("by what it may do to a month, a column or the schema", async () => {
    const name = await aRole("");
    await owner.query(`grant truncate on ${THIS_MONTH} to ${name}`);
    await owner.query(`grant update (actor) on audit_links to ${name}`);
    await owner.query(`grant create on schema public to ${name}`);
    expect((await waysToRewrite(owner, name)).ways).toEqual([
      "may create in the schema public",
      `may TRUNCATE ${THIS_MONTH}`,
      "may UPDATE audit_links",
    ]);
  });
});

describe("whoever may not make roles", () => {
  test("is told so, changes nothing, and gets the SQL that the owner can run", async () => {
    const wanted = `${role.name}_wanted`;
    others.push(wanted);
    const made = await makeAppRole(program, wanted);
    if (made.status !== "refused") throw new Error(`expected a refusal, got ${made.status}`);
    expect(made.reason).toMatch(new RegExp(`^${role.name} may not: permission denied`));
    expect(await owner.query("select 1 from pg_roles where rolname = $1", [wanted])).toEqual([]);
    for (const statement of made.statements) await owner.query(statement);
    expect(await makeAppRole(owner, wanted)).toEqual({ status: "updated" });
  });

  test("and finds the role there is told when it does not own the tables", async () => {
    const name = await aRole("");
    const made = await makeAppRole(program, name);
    expect(made).toMatchObject({ status: "refused", reason: expect.stringMatching("may not") });
    expect((await waysToRewrite(owner, name)).ways).toEqual([]);
  });
});

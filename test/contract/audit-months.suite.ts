// The rules of the log's months: a month is an unbroken piece of each chain, and nothing is refused or lost because
// its month is not there.

import { expect, test } from "vitest";
import { exportAudit } from "#adapters/audit-file/export-audit.ts";
import { verifyAudit } from "#adapters/audit-file/verify-audit.ts";
import type { Database } from "#adapters/postgres/database.ts";
import type { Stores } from "./store-world.ts";
import { aWorkspace, collect } from "./store-world.ts";

const JANUARY = Date.UTC(2021, 0, 31, 23);
const FEBRUARY = Date.UTC(2021, 1, 1, 1);
const MARCH = Date.UTC(2021, 2, 3);

export function auditMonthsSuite(open: () => Stores, owner: () => Database): void {
  const monthsOf = async (stores: Stores, teamId: string) => {
    const rows = await stores.database.query<{ seq: number; month: string; place: string }>(
      `select seq, month::text as month, tableoid::regclass::text as place from audit_links
       where team_id = $1 order by seq`,
      [teamId],
    );
    return rows.map(({ month, place }) => ({ month, place }));
  };
  const verified = async (stores: Stores, teamId: string) =>
    verifyAudit(
      await collect(exportAudit(stores.audit.rows({ teamId, limit: Number.MAX_SAFE_INTEGER }))),
    );
  const append = (
    stores: Stores,
    workspace: ReturnType<typeof aWorkspace>,
    ats: readonly number[],
  ) => stores.audit.append(ats.map((at) => workspace.entry({ at })));

  test("a link is kept in the month it was written in, never in one before that of the link before it", async () => {
    const stores = open();
    const workspace = aWorkspace();
    await append(stores, workspace, [JANUARY, FEBRUARY]);
    await append(stores, workspace, [JANUARY, MARCH, FEBRUARY]);
    expect(await monthsOf(stores, workspace.teamId)).toEqual([
      { month: "2021-01-01", place: "audit_links_2021_01" },
      { month: "2021-02-01", place: "audit_links_2021_02" },
      { month: "2021-02-01", place: "audit_links_2021_02" },
      { month: "2021-03-01", place: "audit_links_2021_03" },
      { month: "2021-03-01", place: "audit_links_2021_03" },
    ]);
    expect(await verified(stores, workspace.teamId)).toMatchObject({ ok: true, rows: 5 });
  });

  test("the month after is made ahead of time, and so are this one and the next", async () => {
    const stores = open();
    await append(stores, aWorkspace(), [MARCH]);
    const there = async (name: string) =>
      (await stores.database.query("select 1 from pg_class where relname = $1", [name])).length ===
      1;
    expect(await there("audit_links_2021_04")).toBe(true);
    await stores.database.query("select countersign_open_months()");
    const now = new Date();
    const next = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1));
    for (const month of [now, next]) {
      const name = `audit_links_${month.toISOString().slice(0, 7).replace("-", "_")}`;
      expect([name, await there(name)]).toEqual([name, true]);
    }
  });

  test("a clock that is ahead does not take a chain to a month that has not come", async () => {
    const stores = open();
    const workspace = aWorkspace();
    await append(stores, workspace, [Date.UTC(2400, 0, 1), Date.now()]);
    const thisMonth = `${new Date().toISOString().slice(0, 7)}-01`;
    expect((await monthsOf(stores, workspace.teamId)).map(({ month }) => month)).toEqual([
      thisMonth,
      thisMonth,
    ]);
  });

  test("what was written while its month was missing is in the default, and moves when the month is made", async () => {
    const stores = open();
    const workspace = aWorkspace();
    await append(stores, workspace, [Date.UTC(2019, 5, 1)]);
    // As if the month could not be made just then.
    await owner().query("alter table audit_links detach partition audit_links_2019_07");
    await owner().query("drop table audit_links_2019_07");
    await owner().query("alter table audit_heads disable trigger user");
    await owner().query("update audit_heads set month = '2019-07-01' where team_id = $1", [
      workspace.teamId,
    ]);
    await owner().query("alter table audit_heads enable trigger user");
    await append(stores, workspace, [Date.UTC(2019, 6, 2), Date.UTC(2019, 6, 3)]);
    const before = await collect(stores.audit.rows({ teamId: workspace.teamId, limit: 9 }));
    expect((await monthsOf(stores, workspace.teamId)).map(({ place }) => place)).toEqual([
      "audit_links_2019_06",
      "audit_links_default",
      "audit_links_default",
    ]);
    await stores.database.query("select countersign_open_months()");
    expect((await monthsOf(stores, workspace.teamId)).map(({ place }) => place)).toEqual([
      "audit_links_2019_06",
      "audit_links_2019_07",
      "audit_links_2019_07",
    ]);
    expect(await collect(stores.audit.rows({ teamId: workspace.teamId, limit: 9 }))).toEqual(
      before,
    );
    expect(await verified(stores, workspace.teamId)).toMatchObject({ ok: true, rows: 3 });
  });

  test("rows cannot be updated, deleted or truncated in a month of their own either", async () => {
    const stores = open();
    const workspace = aWorkspace();
    await append(stores, workspace, [JANUARY, MARCH]);
    for (const statement of [
      "update audit_links_2021_01 set actor = 'person:U9'",
      "delete from audit_links_2021_01",
      "truncate audit_links_2021_01",
      "truncate audit_links_default",
    ]) {
      await expect(owner().query(statement)).rejects.toThrow(/append-only/);
    }
  });
}

// What the history owes to plans that were filed before it was kept: the migration's own statements are run again over
// plans whose rows in the history were lost.

import { readFile, readdir } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Database } from "#adapters/postgres/database.ts";
import { openServerDatabase } from "#adapters/postgres/postgres-js-database.ts";
import { aPlan, aStep } from "#test/builders/plan-records.ts";
import { aWorkspace, openStores, voteOn } from "#test/contract/store-world.ts";
import type { TestDatabase } from "#test/servers/postgres.ts";
import { createTestDatabase } from "#test/servers/postgres.ts";

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

test("plans of before are found by what they do, who took part and what was said", async () => {
  const { plans, audit } = openStores(database);
  const workspace = aWorkspace();
  const { teamId } = workspace;
  const steps = [
    aStep({ id: "cut-over", uses: "ec2.park_instances", summary: "Park db7.corp \u0000" }),
  ];
  const record = workspace.awaiting({ plan: aPlan({ title: "Quiet night", steps }) });
  await plans.file(record, { events: [], notices: [] }, 9);
  const vote = { ...voteOn(record, "U0ANN"), choice: "reject", reason: "Not tonight" } as const;
  await plans.change(record.id, () => ({
    change: { events: [], notices: [], record: { ...record, votes: [vote] } },
    answer: null,
  }));
  const find = async (filter: object) => {
    const found = await audit.history({ teamId, limit: 9, ...filter });
    return found.map(({ planId }) => planId);
  };
  await database.query("delete from plan_history");
  await database.query("delete from plan_people");
  expect(await find({})).toEqual([]);
  for (const statement of await backFilling()) await database.query(statement);
  const filters = [
    { text: "restart" },
    { text: "park" },
    { text: "db7.corp" },
    { text: "cut-over" },
    { text: '"quiet night"' },
    { text: "tonight" },
    { person: "U0ANN" },
    { person: record.requester.userId },
    { operation: "ec2.park_instances" },
    { environment: record.plan.environment },
  ];
  for (const filter of filters) expect([filter, await find(filter)]).toEqual([filter, [record.id]]);
  expect(await find({ text: "reboot" })).toEqual([]);
});

async function backFilling(): Promise<readonly string[]> {
  const folder = new URL("../../drizzle/", import.meta.url);
  const file = (await readdir(folder)).find((name) => name.endsWith("_history-search.sql")) ?? "";
  const statements = (await readFile(new URL(file, folder), "utf8")).split(
    "--> statement-breakpoint",
  );
  const found = statements.filter((text) => /^insert into plan_(history|people)/mu.test(text));
  expect(found).toHaveLength(2);
  return found;
}

// Two statements of two processes that meet at one row of the outbox.

import { afterAll, beforeAll, expect, test } from "vitest";
import postgres from "postgres";
import type { Database } from "#adapters/postgres/database.ts";
import { createOutbox } from "#adapters/postgres/outbox.ts";
import { openServerDatabase } from "#adapters/postgres/postgres-js-database.ts";
import type { Notice } from "#engine/notice.ts";
import { createTestDatabase } from "#test/servers/postgres.ts";
import type { TestDatabase } from "#test/servers/postgres.ts";

let clone: TestDatabase;
let database: Database;
let other: postgres.Sql;

beforeAll(async () => {
  clone = await createTestDatabase();
  database = await openServerDatabase(clone.url);
  other = postgres(clone.url, { max: 1, onnotice: () => undefined });
});
afterAll(async () => {
  await other.end();
  await database.close();
  await clone.drop();
});

test("a notice noted again just while its message is marked as sent is due again, not locked", async () => {
  const outbox = createOutbox(database);
  const notice: Notice = { kind: "run-progress", runId: "run-1" };
  await outbox.note([notice], 1_000);
  const [item] = await outbox.take("sender", 1, 90_000, 1_000);
  if (item === undefined) throw new Error("the notice was due");

  let sent: Promise<void> = Promise.resolve();
  await other.begin(async (transaction) => {
    await transaction`UPDATE outbox SET version = version + 1 WHERE id = ${item.id}`;
    sent = outbox.sent(item, 4_000);
    await waitingForALock();
  });
  await sent;

  expect(await outbox.take("sender", 1, 90_000, 4_000)).toMatchObject([{ version: 2, tries: 1 }]);
});

async function waitingForALock(): Promise<void> {
  for (;;) {
    const [row] = await database.query<{ waiting: number }>(
      `select count(*)::int as waiting from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock'`,
    );
    if ((row?.waiting ?? 0) > 0) return;
  }
}

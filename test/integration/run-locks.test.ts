// Locks under load: runs that are queued, claimed and ended by many at once.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Database } from "#adapters/postgres/database.ts";
import { openServerDatabase } from "#adapters/postgres/postgres-js-database.ts";
import type { ClaimedRun } from "#engine/run-store.ts";
import { NOON } from "#test/builders/plan-records.ts";
import {
  aWorkspace,
  claimRuns,
  flushOf,
  LEASE_MS,
  openStores,
  queueRun,
  started,
} from "#test/contract/store-world.ts";
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

const done = (run: ClaimedRun) =>
  flushOf(run, [{ kind: "run.completed", failedSteps: [] }], {
    status: "completed",
    release: true,
    notices: [{ kind: "run-progress", runId: run.runId }],
  });

describe("locks on a Postgres server", () => {
  test("sixty runs over five keys, queued and driven by four processes at once, take turns and all end", async () => {
    const workspace = aWorkspace();
    const processes = Array.from({ length: 4 }, () => openStores(database));
    const keysOf = new Map<string, readonly string[]>();
    const inHand = new Map<string, string>();
    let ended = 0;
    const queueing = processes.map(async (stores, process) => {
      for (let number = 0; number < 15; number += 1) {
        const keys = [`k${number % 5}`, `k${(number + process) % 5}`];
        keysOf.set(await queueRun(stores, workspace, keys), keys);
      }
    });
    const driving = processes.map(async ({ runs }, process) => {
      while (ended < 60) {
        const claimed = await runs.claim(`process-${process}`, 5, LEASE_MS, NOON);
        const mine = claimed.filter(({ teamId }) => teamId === workspace.teamId);
        for (const { runId, plan } of mine) {
          for (const key of new Set(plan.steps.flatMap(({ locks }) => locks))) {
            expect(inHand.get(key)).toBeUndefined();
            inHand.set(key, runId);
          }
        }
        await Promise.all(mine.map((run) => runs.flush(flushOf(run, [started("drain")]))));
        for (const { runId } of mine)
          for (const [key, holder] of inHand) if (holder === runId) inHand.delete(key);
        await Promise.all(mine.map((run) => runs.flush(done(run))));
        ended += mine.length;
      }
    });
    await Promise.all([...queueing, ...driving]);
    expect(ended).toBe(60);
    const [left] = await database.query<{ rows: number }>("select count(*) as rows from run_locks");
    expect(left?.rows).toBe(0);
  });

  test("a run that waits for several is woken when the last two end at the same moment", async () => {
    const workspace = aWorkspace();
    const one = openStores(database);
    const other = openStores(database);
    for (let round = 0; round < 15; round += 1) {
      const holders = [
        await queueRun(one, workspace, ["left"]),
        await queueRun(one, workspace, ["right"]),
      ];
      const last = await queueRun(one, workspace, ["left", "right"]);
      const claimed = await one.runs.claim("a", 10, LEASE_MS, NOON);
      expect(claimed.map(({ runId }) => runId)).toEqual(holders);
      await Promise.all(
        claimed.map((run, index) => (index === 0 ? one : other).runs.flush(done(run))),
      );
      const [woken] = await other.runs.claim("b", 10, LEASE_MS, NOON);
      expect(woken?.runId).toBe(last);
      if (woken !== undefined) await other.runs.flush(done(woken));
    }
  });

  test("the process whose run ends rings for those that waited", async () => {
    const workspace = aWorkspace();
    const rung: string[] = [];
    const stores = openStores(database, (bell) => rung.push(bell));
    await queueRun(stores, workspace, ["a"]);
    await queueRun(stores, workspace, ["a"]);
    const [run] = await stores.runs.claim("a", 1, LEASE_MS, NOON);
    rung.length = 0;
    if (run !== undefined) await stores.runs.flush(done(run));
    expect(rung).toContain("runs");
    const [next] = await stores.runs.claim("a", 1, LEASE_MS, NOON);
    if (next !== undefined) await stores.runs.flush(done(next));
    const [free] = await claimRuns(stores, workspace);
    rung.length = 0;
    if (free !== undefined) await stores.runs.flush(done(free));
    expect(rung).not.toContain("runs");
  });
});

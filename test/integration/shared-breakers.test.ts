// One breaker for all workers, over the server that they share.

import { afterAll, beforeAll, expect, test } from "vitest";
import type { Database } from "#adapters/postgres/database.ts";
import { createBreakerStore } from "#adapters/postgres/breaker-store.ts";
import { openServerDatabase } from "#adapters/postgres/postgres-js-database.ts";
import { BreakerBoard } from "#engine/breaker-board.ts";
import { createManualClock } from "#test/fakes/manual-clock.ts";
import { createTestDatabase } from "#test/servers/postgres.ts";
import type { TestDatabase } from "#test/servers/postgres.ts";

const policy = { failureRate: 0.5, minimumCalls: 6, windowMs: 60_000, openMs: 10_000 };
const PROBE_MS = 5_000;
let clone: TestDatabase;
let databases: readonly Database[];

beforeAll(async () => {
  clone = await createTestDatabase();
  databases = await Promise.all([openServerDatabase(clone.url), openServerDatabase(clone.url)]);
});

afterAll(async () => {
  for (const database of databases) await database.close();
  await clone.drop();
});

test("failures seen by two workers open one breaker for both, one of them tries, and its answer frees both", async () => {
  const clock = createManualClock();
  const reports: unknown[] = [];
  const trips: string[] = [];
  const boards = databases.map(
    (database) =>
      new BreakerBoard({
        store: createBreakerStore(database),
        clock,
        policy,
        report: (error) => reports.push(error),
        onTrip: (target) => trips.push(target),
      }),
  );
  const both = <T>(act: (board: BreakerBoard) => Promise<T>) => Promise.all(boards.map(act));
  const asked = () => both(async (board) => board.admit("http:lb", PROBE_MS));
  await both(async (board) => {
    for (let failure = 0; failure < 3; failure += 1) {
      const admission = await board.admit("http:lb", PROBE_MS);
      if (admission.kind !== "open") board.settled("http:lb", admission, "down");
      await board.quiet();
    }
  });
  expect(trips).toEqual(["http:lb"]);
  clock.advance(1_000);
  expect((await asked()).map(({ kind }) => kind)).toEqual(["open", "open"]);

  clock.advance(10_000);
  const tried = await asked();
  expect(tried.map(({ kind }) => kind).toSorted()).toEqual(["open", "probe"]);
  for (const [index, admission] of tried.entries())
    if (admission.kind === "probe") boards[index]?.settled("http:lb", admission, "up");
  await both((board) => board.quiet());
  clock.advance(1_000);
  expect((await asked()).map(({ kind }) => kind)).toEqual(["go", "go"]);
  expect(reports).toEqual([]);
});

// P1 and P2: whatever is filed, edited, voted, changed, frozen, left, killed and delivered twice, in whatever order,
// the real use cases on Postgres do what a page of rules says, and nothing else ever acts.

import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Database } from "#adapters/postgres/database.ts";
import { openServerDatabase } from "#adapters/postgres/postgres-js-database.ts";
import { patience, scaled } from "#test/proof-scale.ts";
import type { TestDatabase } from "#test/servers/postgres.ts";
import { createTestDatabase } from "#test/servers/postgres.ts";
import { history, KNOWN, play } from "#test/simulation/approval-history.ts";

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

test(
  "P1, P2: a plan acts once, with a live quorum on exactly what acts, or not at all, whatever happened before",
  { timeout: patience(120_000) },
  async () => {
    const met = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(history, async (moves) => {
        for (const what of await play(database, moves)) met.set(what, (met.get(what) ?? 0) + 1);
      }),
      { numRuns: KNOWN.length + scaled(5), examples: KNOWN.map((moves) => [moves]) },
    );
    // Histories in which nothing ever acts would prove nothing.
    expect(met.get("work") ?? 0).toBeGreaterThan(0);
  },
);

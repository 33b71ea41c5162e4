// The rules of locks on the run store that the engine's tests use.

import { describe } from "vitest";
import { NOON } from "#test/builders/plan-records.ts";
import { queuedRun } from "#test/builders/run-plans.ts";
import { MemoryRunDatabase } from "#test/fakes/memory-run-store.ts";
import { runLocksSuite } from "./run-locks.suite.ts";
import { lockingPlan } from "./store-world.ts";

describe("locks of a run store in memory", () => {
  runLocksSuite(async () => {
    const database = new MemoryRunDatabase();
    let runs = 0;
    return {
      runs: database.connect(),
      elsewhere: database.connect(),
      queue: async (keys) => {
        runs += 1;
        database.queue(queuedRun(lockingPlan(keys), NOON, `run-${runs}`));
        return `run-${runs}`;
      },
      withdraw: async (runId) => database.withdrawPlan(runId),
      cancel: async (runId) => {
        const by = { kind: "person", teamId: "T1", userId: "U1" } as const;
        database.request(runId, { kind: "cancel", by, rollback: false }, NOON);
      },
      shown: async (runId) =>
        database.notices.filter(
          (notice) => notice.kind === "run-progress" && notice.runId === runId,
        ).length,
    };
  }, 300);
});

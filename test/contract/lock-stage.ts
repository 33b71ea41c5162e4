// The stage on which the rules of locks are tried with the stores of a database.

import type { LockStage } from "./run-locks.suite.ts";
import { aWorkspace, clearedStores, openStores, queueRun } from "./store-world.ts";
import type { Stores } from "./store-world.ts";
import { NOON } from "#test/builders/plan-records.ts";
import { withdraw } from "#engine/plan-life.ts";

export async function openLockStage(open: () => Stores): Promise<LockStage> {
  const stores = await clearedStores(open);
  const workspace = aWorkspace();
  const shownOf = async (key: string) => {
    const [row] = await stores.database.query<{ version: number }>(
      "select version from outbox where key = $1",
      [key],
    );
    return row?.version ?? 0;
  };
  return {
    runs: stores.runs,
    elsewhere: openStores(stores.database).runs,
    queue: (keys) => queueRun(stores, workspace, keys),
    async withdraw(runId) {
      const run = await stores.runs.view(runId);
      await stores.plans.change(run?.planId ?? "", (record) => {
        const moved = withdraw(record, { userId: "U0RITA", reason: null, at: NOON });
        if (!moved.ok) throw new Error(`plan ${record.id} could not be withdrawn`);
        return { change: { record: moved.value, events: [], notices: [] }, answer: true };
      });
    },
    async cancel(runId) {
      const by = workspace.person("U0RITA");
      await stores.runs.requestControl(
        runId,
        { kind: "cancel", by, rollback: false },
        workspace.entry({ runId }),
      );
    },
    shown: (runId) => shownOf(`run-progress:${runId}`),
  };
}

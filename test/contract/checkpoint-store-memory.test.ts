// The contract of checkpoints on the fake that the engine's tests use.

import { describe } from "vitest";
import { createMemoryAuditLog } from "#test/fakes/memory-audit-log.ts";
import { createMemoryCheckpoints } from "#test/fakes/memory-checkpoints.ts";
import { createMemoryPlanStore } from "#test/fakes/memory-plan-store.ts";
import { checkpointStoreSuite } from "./checkpoint-store.suite.ts";

describe("checkpoints in memory", () => {
  const audit = createMemoryAuditLog();
  const plans = createMemoryPlanStore(audit.write);
  const checkpoints = createMemoryCheckpoints(
    audit.write,
    async (planId) => (await plans.get(planId))?.conversation.permalink ?? null,
  );
  checkpointStoreSuite(() => ({
    checkpoints,
    plans,
    eventsOf: (teamId, planId) =>
      Promise.resolve(
        audit.entries
          .filter((entry) => entry.teamId === teamId && entry.planId === planId)
          .map(({ event }) => event.kind),
      ),
  }));
});

// The plan store's contract on the fake that the engine's tests use.

import { describe } from "vitest";
import { createMemoryAuditLog } from "#test/fakes/memory-audit-log.ts";
import { createMemoryPlanStore } from "#test/fakes/memory-plan-store.ts";
import { createMemoryStepUps } from "#test/fakes/memory-step-ups.ts";
import { planStoreSuite } from "./plan-store.suite.ts";

describe("a plan store in memory", () => {
  const audit = createMemoryAuditLog();
  const stepUps = createMemoryStepUps(audit.write);
  const plans = createMemoryPlanStore(audit.write, null, stepUps);
  planStoreSuite(() => ({
    plans,
    stepUps,
    eventsOf: (teamId, planId) =>
      Promise.resolve(
        audit.entries
          .filter((entry) => entry.teamId === teamId && entry.planId === planId)
          .map(({ event }) => event.kind),
      ),
  }));
});

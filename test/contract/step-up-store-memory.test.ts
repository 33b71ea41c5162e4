// The rules of step-ups and passkeys on the fake that the engine's tests use.

import { describe } from "vitest";
import { createMemoryAuditLog } from "#test/fakes/memory-audit-log.ts";
import { createMemoryStepUps } from "#test/fakes/memory-step-ups.ts";
import { stepUpStoreSuite } from "./step-up-store.suite.ts";

describe("step-ups and passkeys in memory", () => {
  const audit = createMemoryAuditLog();
  const store = createMemoryStepUps(audit.write);
  stepUpStoreSuite(() => ({
    stores: [store, store],
    eventsOf: (teamId) =>
      Promise.resolve(
        audit.entries.filter((entry) => entry.teamId === teamId).map(({ event }) => event.kind),
      ),
    waitingNotices: () => Promise.resolve(store.notices),
  }));
});

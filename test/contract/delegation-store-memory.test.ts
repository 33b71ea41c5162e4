// The contract of delegations on the fake that the engine's tests use.

import { describe } from "vitest";
import { createMemoryAuditLog } from "#test/fakes/memory-audit-log.ts";
import { createMemoryDelegations } from "#test/fakes/memory-delegations.ts";
import { delegationStoreSuite } from "./delegation-store.suite.ts";

describe("delegations in memory", () => {
  const audit = createMemoryAuditLog();
  const delegations = createMemoryDelegations(audit.write);
  delegationStoreSuite(() => ({
    delegations,
    kindsIn: (teamId) =>
      Promise.resolve(
        audit.entries.filter((entry) => entry.teamId === teamId).map(({ event }) => event.kind),
      ),
  }));
});

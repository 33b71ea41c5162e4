// All contracts of the stores over one database.

import { describe } from "vitest";
import type { Database } from "#adapters/postgres/database.ts";
import { auditLogSuite } from "./audit-log.suite.ts";
import { auditMonthsSuite } from "./audit-months.suite.ts";
import { checkpointStoreSuite } from "./checkpoint-store.suite.ts";
import { delegationStoreSuite } from "./delegation-store.suite.ts";
import { createReminderStore } from "#adapters/postgres/reminder-store.ts";
import { reminderStoreSuite } from "./reminder-store.suite.ts";
import { messageStoreSuite } from "./message-store.suite.ts";
import { planStoreSuite } from "./plan-store.suite.ts";
import { createBreakerStore } from "#adapters/postgres/breaker-store.ts";
import { breakerStoreSuite } from "./breaker-store.suite.ts";
import { createStepUpStore } from "#adapters/postgres/step-up-store.ts";
import { stepUpStoreSuite } from "./step-up-store.suite.ts";
import { createTimingStore } from "#adapters/postgres/timing-store.ts";
import { timingStoreSuite } from "./timing-store.suite.ts";
import { openLockStage } from "./lock-stage.ts";
import { runLocksSuite } from "./run-locks.suite.ts";
import { runStoreSuite } from "./run-store.suite.ts";
import { collect, openStores } from "./store-world.ts";
import { supersedingSuite } from "./superseding.suite.ts";

/** @param owner the same database as the owner of its tables, who may do more than the program. */
export function storesSuite(database: () => Database, owner: () => Database): void {
  const open = () => openStores(database());
  const withEvents = () => {
    const stores = open();
    return {
      ...stores,
      stepUps: createStepUpStore(database()),
      async eventsOf(teamId: string, planId: string) {
        const rows = await collect(stores.audit.rows({ teamId, planId, limit: 1_000 }));
        return rows.map(({ kind }) => kind);
      },
    };
  };
  describe("a plan store", () => {
    planStoreSuite(withEvents);
  });
  describe("a plan in the place of another", () => {
    supersedingSuite(open);
  });
  describe("checkpoints", () => {
    checkpointStoreSuite(withEvents);
  });
  describe("delegations", () => {
    delegationStoreSuite(() => {
      const { delegations, audit } = open();
      const kindsIn = async (teamId: string) =>
        (await collect(audit.rows({ teamId, limit: 1_000 }))).map(({ kind }) => kind);
      return { delegations, kindsIn };
    });
  });
  describe("reminders", () => {
    reminderStoreSuite(() => createReminderStore(database()));
  });
  describe("a run store", () => {
    runStoreSuite(open, owner);
  });
  describe("locks of a run store", () => {
    runLocksSuite(() => openLockStage(open), 6);
  });
  describe("breakers", () => {
    breakerStoreSuite(() => [createBreakerStore(database()), createBreakerStore(database())]);
  });
  describe("durations of operations", () => {
    timingStoreSuite(() => [createTimingStore(database()), createTimingStore(database())]);
  });
  describe("step-ups and passkeys", () => {
    stepUpStoreSuite(() => {
      const { audit, outbox } = open();
      return {
        stores: [createStepUpStore(database()), createStepUpStore(database())],
        eventsOf: async (teamId) =>
          (await collect(audit.rows({ teamId, limit: 1_000 }))).map(({ kind }) => kind),
        waitingNotices: async () =>
          (await outbox.take("suite", 1_000, 1, Number.MAX_SAFE_INTEGER - 1)).map(
            ({ notice }) => notice,
          ),
      };
    });
  });
  describe("an audit log", () => {
    auditLogSuite(open, owner);
  });
  describe("the months of an audit log", () => {
    auditMonthsSuite(open, owner);
  });
  describe("inbox and outbox", () => {
    messageStoreSuite(open);
  });
}

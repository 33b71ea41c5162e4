// Opens the database and the queue that the configuration names, or the embedded ones, and the stores on them.

import type { BreakerStore } from "#engine/breaker-store.ts";
import type { DelegationStore } from "#engine/delegation.ts";
import type { Bell, Dispatcher } from "#engine/dispatcher.ts";
import type { CheckpointStore } from "#engine/checkpoint.ts";
import type { AuditLog, Inbox, Outbox } from "#engine/message-store.ts";
import type { StepUpStore } from "#engine/passkey.ts";
import type { PlanStore } from "#engine/plan-store.ts";
import type { HeadPublications } from "#engine/publish-heads.ts";
import type { ReminderStore } from "#engine/reminder-store.ts";
import type { RunStore } from "#engine/run-store.ts";
import type { TimingStore } from "#engine/timings.ts";
import type { SealedStore } from "#engine/secret-box.ts";
import { createBullmqDispatcher } from "#adapters/bullmq/bullmq-dispatcher.ts";
import { createInProcessDispatcher } from "#adapters/in-process/in-process-dispatcher.ts";
import { createAuditLog } from "#adapters/postgres/audit-log.ts";
import { createBreakerStore } from "#adapters/postgres/breaker-store.ts";
import { createCheckpointStore } from "#adapters/postgres/checkpoint-store.ts";
import type { Database } from "#adapters/postgres/database.ts";
import { createDelegationStore } from "#adapters/postgres/delegation-store.ts";
import { createHeadPublications } from "#adapters/postgres/head-publications.ts";
import { createInbox } from "#adapters/postgres/inbox.ts";
import { openDatabase } from "#adapters/postgres/open-database.ts";
import { createOutbox } from "#adapters/postgres/outbox.ts";
import { createPlanStore } from "#adapters/postgres/plan-store.ts";
import { createReminderStore } from "#adapters/postgres/reminder-store.ts";
import { createRunStore } from "#adapters/postgres/run-store.ts";
import { createSealedStore } from "#adapters/postgres/sealed-answers.ts";
import { createStepUpStore } from "#adapters/postgres/step-up-store.ts";
import { createTimingStore } from "#adapters/postgres/timing-store.ts";
import type { Config } from "../config.ts";
import { ConfigError } from "../config/config-error.ts";

export type Storage = {
  readonly database: Database;
  readonly dispatcher: Dispatcher;
  readonly plans: PlanStore;
  readonly runs: RunStore;
  readonly checkpoints: CheckpointStore;
  readonly delegations: DelegationStore;
  readonly reminders: ReminderStore;
  readonly stepUps: StepUpStore;
  readonly inbox: Inbox;
  readonly outbox: Outbox;
  readonly audit: AuditLog;
  readonly publications: HeadPublications;
  readonly breakers: BreakerStore;
  readonly timings: TimingStore;
  readonly sealed: SealedStore;
  readonly close: () => Promise<void>;
};

/** @throws {ConfigError} when a part that several processes need is missing. */
export function requireShared(config: Config, command: string): void {
  const missing = [
    ...(config.databaseUrl === null ? ["DATABASE_URL"] : []),
    ...(config.redisUrl === null ? ["REDIS_URL"] : []),
    ...(config.slack === null ? ["SLACK_BOT_TOKEN"] : []),
  ];
  if (missing.length === 0) return;
  throw new ConfigError(
    "The environment",
    missing.map((path) => ({
      path,
      found: "nothing",
      expected: `a value, because \`${command}\` shares its work with other processes (\`start\` needs none)`,
    })),
  );
}

/** @throws when the database can't be opened or migrated; nothing stays open then. */
export async function openStorage(
  config: Config,
  onError: (error: unknown) => void,
  clocks: { readonly trustsClocks: boolean } = { trustsClocks: false },
): Promise<Storage> {
  const database = await openDatabase(config);
  const dispatcher =
    config.redisUrl === null
      ? createInProcessDispatcher({ onError })
      : createBullmqDispatcher({ redisUrl: config.redisUrl, onError });
  const ring = (bell: Bell, id: string): void => {
    // A lost ring is made up for by the sweepers, and `ring` never rejects.
    dispatcher.ring(bell, id).catch(onError);
  };
  return {
    database,
    dispatcher,
    plans: createPlanStore(database, ring),
    runs: createRunStore(database, ring, { ...clocks, report: onError }),
    checkpoints: createCheckpointStore(database),
    delegations: createDelegationStore(database),
    reminders: createReminderStore(database),
    stepUps: createStepUpStore(database, ring),
    inbox: createInbox(database),
    outbox: createOutbox(database, ring),
    audit: createAuditLog(database),
    publications: createHeadPublications(database, ring),
    breakers: createBreakerStore(database),
    timings: createTimingStore(database),
    sealed: createSealedStore(database),
    close: async () => {
      await dispatcher.close();
      await database.close();
    },
  };
}

// The real engine on the real stores, with a worker that is told of runs by BullMQ or in this process. Steps
// are written down before and after they run, in the hash-chained log, with a progress notice each time; only
// Slack is left out, because its own limits would be what is measured.

import { cronCalendar } from "../src/adapters/calendar/cron-calendar.ts";
import { Timings } from "../src/engine/timings.ts";
import { BreakerBoard } from "../src/engine/breaker-board.ts";
import type { Bell, Dispatcher } from "../src/engine/dispatcher.ts";
import type { PlanRequest } from "../src/engine/compile-plan.ts";
import { controlRun } from "../src/engine/control-run.ts";
import { filePlan } from "../src/engine/file-plan.ts";
import type { RunStore } from "../src/engine/run-store.ts";
import { createRunWorker, DEFAULT_WORKER } from "../src/engine/run-worker.ts";
import { checkStart } from "../src/engine/start-check.ts";
import { keepState } from "../src/engine/keep-state.ts";
import { createBullmqDispatcher } from "../src/adapters/bullmq/bullmq-dispatcher.ts";
import { createInProcessDispatcher } from "../src/adapters/in-process/in-process-dispatcher.ts";
import { createAuditLog } from "../src/adapters/postgres/audit-log.ts";
import { createBreakerStore } from "../src/adapters/postgres/breaker-store.ts";
import { createCheckpointStore } from "../src/adapters/postgres/checkpoint-store.ts";
import { createDelegationStore } from "../src/adapters/postgres/delegation-store.ts";
import { createReminderStore } from "../src/adapters/postgres/reminder-store.ts";
import type { Database } from "../src/adapters/postgres/database.ts";
import { openServerDatabase } from "../src/adapters/postgres/postgres-js-database.ts";
import { createPlanStore } from "../src/adapters/postgres/plan-store.ts";
import { createStepUpStore } from "../src/adapters/postgres/step-up-store.ts";
import { createTimingStore } from "../src/adapters/postgres/timing-store.ts";
import { createRunStore } from "../src/adapters/postgres/run-store.ts";
import { createSealedStore } from "../src/adapters/postgres/sealed-answers.ts";
import { createSecretRedactor } from "../src/adapters/redaction/secret-redactor.ts";
import { createSecretBox } from "../src/adapters/sealed-answers/secret-box.ts";
import { randomIds } from "../src/adapters/system/random-ids.ts";
import { sha256 } from "../src/adapters/system/sha256.ts";
import { systemClock } from "../src/adapters/system/system-clock.ts";
import { immediateDirectory, newAsker, policy, registry, STEPS } from "./plans.ts";
import type { Servers } from "./servers.ts";

/** A run that takes longer than this has been lost: a defect, not a figure. */
const PATIENCE_MS = 120_000;

export type Dispatch = "bullmq" | "in-process";

export type EngineUnderTest = {
  /** Asks for runs and keeps them from being claimed. Not part of what is measured. */
  readonly prepare: (count: number, request: PlanRequest) => Promise<readonly string[]>;
  readonly start: () => Promise<void>;
  /** Makes prepared runs claimable; nobody is rung yet. */
  readonly unpark: (runIds: readonly string[]) => Promise<void>;
  /** Rings for the runs and resolves when the last has completed. @throws when they don't complete. */
  readonly run: (runIds: readonly string[]) => Promise<void>;
  /** Rings for the runs and resolves when that has been heard. */
  readonly ringAll: (runIds: readonly string[]) => Promise<void>;
  /** Asks for one run and resolves when it is queued, with its id. */
  readonly ask: (request: PlanRequest) => Promise<string>;
  /** Asks for the run to be canceled, as a person in Slack does. @throws when that is refused. */
  readonly cancel: (runId: string) => Promise<void>;
  /** Resolves when the run has completed. */
  readonly completed: (runId: string) => Promise<void>;
  /** @throws when a run is not completed with each step done once, or the audit chain has a gap. */
  readonly verify: (runIds: readonly string[]) => Promise<void>;
  readonly close: () => Promise<void>;
};

export type EngineOptions = {
  readonly concurrency: number;
  /** Keeps the rings of engines on one Redis apart; the same for processes that share their runs. */
  readonly prefix?: string;
  /** The worker's slot; the same after a restart. */
  readonly owner?: string;
  /** Told of the runs a worker took, in the order it was given them. */
  readonly onClaim?: (runIds: readonly string[]) => void;
};

export async function openEngine(
  servers: Pick<Servers, "databaseUrl" | "redisUrl">,
  dispatch: Dispatch,
  options: EngineOptions,
): Promise<EngineUnderTest> {
  const fail = (error: unknown): never => {
    throw error;
  };
  const database = await openServerDatabase(servers.databaseUrl);
  const { concurrency, onClaim = () => undefined } = options;
  const prefix = options.prefix ?? `bench-${process.pid}-${randomIds.next("key")}`;
  const dispatcher: Dispatcher =
    dispatch === "bullmq"
      ? createBullmqDispatcher({ redisUrl: servers.redisUrl, prefix, onError: fail })
      : createInProcessDispatcher({ onError: fail });
  let ringing = false;
  const ring = (bell: Bell, id: string): void => {
    if (ringing) dispatcher.ring(bell, id).catch(fail);
  };
  const completions = new Completions(onClaim);
  const plans = createPlanStore(database, ring);
  const ports = {
    plans,
    runs: completions.watching(createRunStore(database, ring)),
    checkpoints: createCheckpointStore(database),
    delegations: createDelegationStore(database),
    reminders: createReminderStore(database),
    stepUps: createStepUpStore(database),
    audit: createAuditLog(database),
    directory: immediateDirectory(),
    registry,
    policy,
    playbooks: [],
    redactor: createSecretRedactor([]),
    secrets: createSecretBox(
      { kind: "missing", sentence: "No plan here asks for a secret." },
      createSealedStore(database),
    ),
    clock: systemClock,
    calendar: cronCalendar,
    ids: randomIds,
    sha256,
  };
  // Filed beforehand and not measured: they needn't wait for the disk.
  let preparing: Promise<Database> | null = null;
  const prepareIn = (): Promise<Database> =>
    (preparing ??= openServerDatabase(`${servers.databaseUrl}?synchronous_commit=off`));
  const worker = createRunWorker(
    {
      ...ports,
      dispatcher,
      random: Math.random,
      checkStart: (header, when) => checkStart(ports, header, when),
      keepState: (header, about) => keepState(ports, header, about),
      breakerBoard: new BreakerBoard({
        store: createBreakerStore(database),
        clock: ports.clock,
        policy: ports.policy.breaker,
        report: fail,
      }),
      timings: new Timings({
        store: createTimingStore(database),
        clock: ports.clock,
        report: fail,
      }),
      decideApproval: () => Promise.resolve(null),
      report: fail,
    },
    { ...DEFAULT_WORKER, concurrency, owner: options.owner ?? prefix },
  );
  let started = false;

  async function ask(request: PlanRequest, through = plans): Promise<string> {
    const filed = await filePlan({ ...ports, plans: through }, newAsker(), request);
    if (!filed.ok) throw new Error(`a plan was refused: ${JSON.stringify(filed.refusal)}`);
    if (filed.value.runId === null) throw new Error("a plan that needs no approval waits for one");
    return filed.value.runId;
  }

  async function ringAll(runIds: readonly string[]): Promise<void> {
    await Promise.all(runIds.map((runId) => dispatcher.ring("runs", runId)));
  }

  return {
    ask: (request) => ask(request),
    async cancel(runId) {
      const asked = await controlRun(ports, newAsker(), { runId, request: "cancel" });
      if (!asked.ok) throw new Error(`a cancel was refused: ${JSON.stringify(asked.refusal)}`);
    },
    completed: (runId) => inTime(completions.of(runId), `${runId} to complete`),
    async prepare(count, request) {
      const unhurried = await prepareIn();
      const through = createPlanStore(unhurried);
      const runIds: string[] = [];
      while (runIds.length < count) {
        const group = Array.from({ length: Math.min(20, count - runIds.length) }, () =>
          ask(request, through),
        );
        runIds.push(...(await Promise.all(group)));
      }
      await unhurried.query("update runs set claimable_at = null where status = 'queued'");
      return runIds;
    },
    async start() {
      started = true;
      await worker.start();
      ringing = true;
    },
    async unpark(runIds) {
      await database.query(
        "update runs set claimable_at = queued_at where id in (select jsonb_array_elements_text($1::text::jsonb))",
        [JSON.stringify(runIds)],
      );
    },
    ringAll,
    async run(runIds) {
      const all = runIds.map((runId) => completions.of(runId));
      await ringAll(runIds);
      await inTime(Promise.all(all), `${runIds.length} runs to complete`);
    },
    async verify(runIds) {
      const [found] = await database.query<{
        completed: number;
        started: number;
        succeeded: number;
      }>(
        `select
           (select count(*) from runs where id = any(ids) and status = 'completed') as completed,
           (select count(*) from audit_events where run_id = any(ids) and kind = 'attempt.started') as started,
           (select count(*) from audit_events where run_id = any(ids) and kind = 'attempt.succeeded') as succeeded
         from (select array(select jsonb_array_elements_text($1::text::jsonb)) as ids) given`,
        [JSON.stringify(runIds)],
      );
      const [chain] = await database.query<{ broken: number }>(
        `select count(*) as broken from (
           select previous_hash, lag(hash) over (partition by team_id order by seq) as before from audit_links
         ) rows where before is not null and before <> previous_hash`,
      );
      const expected = {
        completed: runIds.length,
        started: runIds.length * STEPS,
        succeeded: runIds.length * STEPS,
      };
      if (JSON.stringify(found) !== JSON.stringify(expected) || chain?.broken !== 0) {
        throw new Error(
          `found ${JSON.stringify({ ...found, ...chain })}, expected ${JSON.stringify(expected)} and nothing broken`,
        );
      }
    },
    async close() {
      if (started) await worker.stop(3_000);
      await dispatcher.close();
      await (await preparing)?.close();
      await database.close();
    },
  };
}

async function inTime(work: Promise<unknown>, what: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new Error(`waited ${PATIENCE_MS} ms for ${what} in vain`)),
      PATIENCE_MS,
    );
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Sees which runs have completed: once the commit that says so has been answered. */
class Completions {
  readonly #onClaim: (runIds: readonly string[]) => void;
  readonly #known = new Map<string, PromiseWithResolvers<void>>();

  constructor(onClaim: (runIds: readonly string[]) => void) {
    this.#onClaim = onClaim;
  }

  of(runId: string): Promise<void> {
    return this.#entry(runId).promise;
  }

  watching(runs: RunStore): RunStore {
    return {
      ...runs,
      claim: async (...asked) => {
        const claimed = await runs.claim(...asked);
        this.#onClaim(claimed.map(({ runId }) => runId));
        return claimed;
      },
      flush: async (flush) => {
        const answer = await runs.flush(flush);
        if (answer.kind === "written" && flush.status === "completed")
          this.#entry(flush.runId).resolve();
        return answer;
      },
    };
  }

  #entry(runId: string): PromiseWithResolvers<void> {
    const entry = this.#known.get(runId) ?? Promise.withResolvers<void>();
    this.#known.set(runId, entry);
    return entry;
  }
}

// Everything a run needs to be driven in memory: a store, a world of switches, a clock that is moved, and
// workers that can be killed.

import { BreakerBoard } from "#engine/breaker-board.ts";
import type { BreakerStore } from "#engine/breaker-store.ts";
import { keepState } from "#engine/keep-state.ts";
import { createRegistry } from "#engine/operation.ts";
import type { NamedSecrets } from "#engine/named-secret.ts";
import { SecretUnavailable } from "#engine/secret-box.ts";
import { revealedOperation } from "#engine/revealed-operation.ts";
import type { BreakerPolicy } from "#engine/policy.ts";
import { Timings } from "#engine/timings.ts";
import { createRunWorker } from "#engine/run-worker.ts";
import type { RunWorker, RunWorkerPorts, RunWorkerSettings } from "#engine/run-worker.ts";
import { FINAL_RUN_STATUSES } from "#engine/run.ts";
import type { ControlRequest, RunEvent } from "#engine/run.ts";
import type { Plan } from "#engine/plan.ts";
import { accept } from "#engine/result.ts";
import type { Registry } from "#engine/operation.ts";
import { reportRun } from "#engine/run-report.ts";
import type { RunReport } from "#engine/run-report.ts";
import type { RunStore } from "#engine/run-store.ts";
import { sha256 } from "#adapters/system/sha256.ts";
import { queuedRun } from "#test/builders/run-plans.ts";
import { createMemoryBreakerStore } from "#test/fakes/memory-breaker-store.ts";
import { createMemoryTimingStore } from "#test/fakes/memory-timing-store.ts";
import { createMemoryCheckpoints } from "#test/fakes/memory-checkpoints.ts";
import { MemoryDispatcher } from "#test/fakes/memory-dispatcher.ts";
import { MemoryRunDatabase } from "#test/fakes/memory-run-store.ts";
import { createMemorySecretBox } from "#test/fakes/memory-secret-box.ts";
import { World } from "#test/fakes/recording-operations.ts";
import { SteppingClock } from "#test/fakes/stepping-clock.ts";
import { WorldWatch } from "./watch-world.ts";
import { MortalProcess } from "./mortal-process.ts";
import type { MortalSettings } from "./mortal-process.ts";

export const LEASE_MS = 30_000;

/** Worlds that fail on purpose are not spared by a breaker unless a test is about that. */
const NO_NAMED_SECRETS: NamedSecrets = {
  resolve: async (name) => {
    throw new SecretUnavailable(`nothing here names a secret, and no ${name}`);
  },
};

const NEVER_OPENS: BreakerPolicy = {
  failureRate: 1,
  minimumCalls: Number.MAX_SAFE_INTEGER,
  windowMs: 60_000,
  openMs: 30_000,
};

export class RunBench {
  readonly clock = new SteppingClock();
  readonly database = new MemoryRunDatabase(this.clock);
  readonly breakers = createMemoryBreakerStore();
  readonly timings = createMemoryTimingStore();
  readonly dispatcher = new MemoryDispatcher(this.clock);
  /** What workers reported: defects and failures of the store. */
  readonly reports: unknown[] = [];
  /** What must never happen and did, as it happened. */
  readonly violations: string[] = [];
  readonly watch = new WorldWatch(this.database, this.violations);
  readonly world = new World(this.clock, this.watch);
  readonly secrets = createMemorySecretBox();
  readonly checkpoints = createMemoryCheckpoints(
    (entries) => {
      for (const { event } of entries)
        if (event.kind === "checkpoint.taken") this.watch.kept(event.name, event.captured);
    },
    () => Promise.resolve(null),
  );
  /** A clock was set back: the times in a log say nothing of its order any more. */
  wentBack = false;
  readonly #workers: RunWorker[] = [];

  queue(plan: Plan, runId = "run-1"): string {
    this.database.queue(queuedRun(plan, this.clock.now(), runId));
    return runId;
  }

  /** A worker in a process of its own. */
  async worker(
    given: {
      readonly owner?: string;
      readonly process?: Partial<MortalSettings>;
      readonly checkStart?: RunWorkerPorts["checkStart"];
      readonly keepState?: RunWorkerPorts["keepState"];
      /** Takes checkpoints as the program does. */
      readonly keepsCheckpoints?: boolean;
      readonly breakers?: (store: BreakerStore) => BreakerStore;
      readonly decideApproval?: RunWorkerPorts["decideApproval"];
      readonly breaker?: BreakerPolicy;
      /** Other operations than those of its world. */
      readonly registry?: Registry;
      readonly random?: () => number;
      readonly sha256?: RunWorkerPorts["sha256"];
      readonly settings?: Partial<RunWorkerSettings>;
      readonly store?: (store: RunStore) => RunStore;
    } = {},
  ): Promise<{ readonly process: MortalProcess; readonly worker: RunWorker }> {
    const process = new MortalProcess(given.process);
    const runs = process.runs((given.store ?? ((same) => same))(this.database.connect()));
    const breakers = (given.breakers ?? ((same) => same))(this.breakers);
    const registry = given.registry ?? this.#registry(process);
    const clock = process.clock(this.clock);
    const checkpoints = process.checkpoints(this.checkpoints);
    const keeping: RunWorkerPorts["keepState"] = (header, about) =>
      keepState({ checkpoints, runs, registry, clock, sha256 }, header, about);
    if (given.keepsCheckpoints === true) this.watch.expectCheckpoints();
    const worker = createRunWorker(
      {
        runs,
        dispatcher: this.dispatcher,
        registry,
        clock,
        sha256: given.sha256 ?? sha256,
        random: given.random ?? (() => 0.5),
        checkStart: given.checkStart ?? (() => Promise.resolve(accept(null))),
        keepState:
          given.keepState ??
          (given.keepsCheckpoints === true ? keeping : () => Promise.resolve(accept(null))),
        breakerBoard: new BreakerBoard({
          store: process.breakers(breakers),
          clock,
          policy: given.breaker ?? NEVER_OPENS,
          report: (error) => this.reports.push(error),
        }),
        timings: new Timings({
          store: this.timings,
          clock,
          report: (error) => this.reports.push(error),
        }),
        decideApproval: given.decideApproval ?? (() => Promise.resolve(null)),
        report: (error) => this.reports.push(error),
      },
      {
        owner: given.owner ?? "worker-1",
        concurrency: 10,
        leaseMs: LEASE_MS,
        sweepMs: 5_000,
        operationGraceMs: 2_000,
        ...given.settings,
      },
    );
    await worker.start();
    this.#workers.push(worker);
    return { process, worker };
  }

  /** The clock of the machine is set. */
  jump(ms: number): void {
    if (ms < 0) this.wentBack = true;
    this.clock.jump(ms);
  }

  ask(request: ControlRequest, runId = "run-1"): void {
    this.database.request(runId, request, this.clock.now());
  }

  status(runId = "run-1"): string {
    return this.database.status(runId);
  }

  events(runId = "run-1"): readonly RunEvent[] {
    return this.database.view(runId).events.map(({ event }) => event);
  }

  kinds(runId = "run-1"): readonly string[] {
    return this.events(runId).map(({ kind }) => kind);
  }

  report(runId = "run-1"): RunReport {
    return reportRun(this.database.view(runId), this.clock.now());
  }

  /** Lets time pass until the run has ended. */
  async untilEnded(runId = "run-1"): Promise<void> {
    await this.until(() => FINAL_RUN_STATUSES.some((status) => status === this.status(runId)));
  }

  async untilStatus(status: string, runId = "run-1"): Promise<void> {
    await this.until(() => this.status(runId) === status);
  }

  async until(done: () => boolean): Promise<void> {
    try {
      await this.clock.until(done, 7 * 86_400_000);
    } catch (error) {
      const log = this.database
        .runIds()
        .flatMap((runId) => this.events(runId).map((event) => JSON.stringify(event)));
      throw new Error(
        `${String(error)}\n${this.reports.map(String).join("\n")}\n${log.join("\n")}`,
        { cause: error },
      );
    }
  }

  /** The world's operations as the program gives them to its workers: secrets are put in at the last moment. */
  #registry(process: MortalProcess): Registry {
    const ports = { secrets: this.secrets, named: NO_NAMED_SECRETS, learn: () => undefined };
    const operations = this.world.registry(process).list();
    return createRegistry(operations.map((operation) => revealedOperation(operation, ports)));
  }
}

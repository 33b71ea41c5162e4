// Everything a run needs to be driven in memory: a store, a world of switches, a clock that is moved, and
// workers that can be killed.

import { BreakerBoard } from "#engine/breaker-board.ts";
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
import { MemoryDispatcher } from "#test/fakes/memory-dispatcher.ts";
import { MemoryRunDatabase } from "#test/fakes/memory-run-store.ts";
import { World } from "#test/fakes/recording-operations.ts";
import { SteppingClock } from "#test/fakes/stepping-clock.ts";
import { MortalProcess } from "./mortal-process.ts";
import type { MortalSettings } from "./mortal-process.ts";

export const LEASE_MS = 30_000;

/** Worlds that fail on purpose are not spared by a breaker unless a test is about that. */
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
  readonly world = new World(this.clock, {
    begins: (key, times) => this.#mustBeRecorded(key, times),
    acts: (key) => this.#mustBeRecorded(key, 0),
  });
  /** What workers reported: defects and failures of the store. */
  readonly reports: unknown[] = [];
  /** What must never happen and did, as it happened. */
  readonly violations: string[] = [];
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
    const store = (given.store ?? ((same) => same))(this.database.connect());
    const worker = createRunWorker(
      {
        runs: process.runs(store),
        dispatcher: this.dispatcher,
        registry: given.registry ?? this.world.registry(process),
        clock: process.clock(this.clock),
        sha256: given.sha256 ?? sha256,
        random: given.random ?? (() => 0.5),
        checkStart: given.checkStart ?? (() => Promise.resolve(accept(null))),
        keepState: given.keepState ?? (() => Promise.resolve(accept(null))),
        breakerBoard: new BreakerBoard({
          store: this.breakers,
          clock: process.clock(this.clock),
          policy: given.breaker ?? NEVER_OPENS,
          report: (error) => this.reports.push(error),
        }),
        timings: new Timings({
          store: this.timings,
          clock: process.clock(this.clock),
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
      const log = this.database.view("run-1").events.map(({ event }) => JSON.stringify(event));
      throw new Error(
        `${String(error)}\n${this.reports.map(String).join("\n")}\n${log.join("\n")}`,
        { cause: error },
      );
    }
  }

  /** Invariant 4: whatever may change the world was written down before, once for each time that it is begun. */
  #mustBeRecorded(idempotencyKey: string, timesBefore: number): void {
    let recorded = 0;
    for (const event of this.database.recorded()) {
      if (event.kind === "attempt.started" && event.idempotencyKey === idempotencyKey)
        recorded += 1;
    }
    if (recorded > timesBefore) return;
    const found = `${timesBefore + 1} calls and ${recorded} intents`;
    this.violations.push(`the key ${idempotencyKey} has ${found} before it begins or acts`);
  }
}

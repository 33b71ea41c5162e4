// The worker: claims runs when it is rung and when it sweeps, drives a bounded number of them, keeps their leases,
// hears what people ask, and stops within a bound. Trusts no clock and no queue with the truth: that is the store's.

import { Alarm } from "./alarm.ts";
import type { BreakerBoard } from "./breaker-board.ts";
import type { Dispatcher } from "./dispatcher.ts";
import { RunDrive } from "./drive-run.ts";
import type { DriveEnd, DrivePorts, Lease } from "./drive-run.ts";
import { recordFailedDrive } from "./failed-drive.ts";
import type { Registry } from "./operation.ts";
import type { Plan } from "./plan.ts";
import { RunOutput } from "./run-output.ts";
import type { ClaimedRun, RunStore } from "./run-store.ts";
import type { StartGatePorts } from "./start-gate.ts";
import type { DecideApproval } from "./step-approvals.ts";
import type { Clock, Instant, Sha256 } from "./time.ts";
import type { Timings } from "./timings.ts";

export type RunWorkerPorts = {
  readonly runs: RunStore;
  readonly dispatcher: Dispatcher;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly sha256: Sha256;
  /** In [0, 1), for the spread of retries. */
  readonly random: () => number;
  readonly checkStart: StartGatePorts["checkStart"];
  readonly keepState: StartGatePorts["keepState"];
  readonly breakerBoard: BreakerBoard;
  readonly timings: Timings;
  readonly decideApproval: DecideApproval;
  /** Told of defects and of failures of the store; the worker goes on. */
  readonly report: (error: unknown) => void;
};

export type RunWorkerSettings = {
  /** The same after a restart of the same process slot, so that its own runs are taken up at once. */
  readonly owner: string;
  /** Runs driven at the same time. */
  readonly concurrency: number;
  /** How long a lease lasts without being renewed, in milliseconds; also how long a lost worker's runs wait. */
  readonly leaseMs: number;
  /** How often it looks for work without being rung, in milliseconds. */
  readonly sweepMs: number;
  /** How long an operation may take to stop once it was told to, in milliseconds. */
  readonly operationGraceMs: number;
};

export const DEFAULT_WORKER = {
  concurrency: 50,
  leaseMs: 30_000,
  sweepMs: 5_000,
  operationGraceMs: 5_000,
} as const satisfies Omit<RunWorkerSettings, "owner">;

export type RunWorker = {
  start(): Promise<void>;
  /** Starts nothing new, lets what runs finish, stops it after `graceMs` milliseconds, and gives every run back. */
  stop(graceMs: number): Promise<void>;
};

export function createRunWorker(ports: RunWorkerPorts, settings: RunWorkerSettings): RunWorker {
  return new Worker(ports, settings);
}

/** A look is not repeated sooner, whatever timers are due: they may be in another worker's hands. */
const MIN_LOOK_MS = 50;
/** How often the runs in hand are asked about, should a notification be lost. */
const CONTROL_POLL_MS = 1_000;

type Hold = {
  readonly drive: RunDrive;
  readonly lost: AbortController;
  /** When the lease was last known to be ours: taken before the store was asked. */
  renewedAt: Instant;
  done: Promise<void>;
};

class Worker implements RunWorker {
  readonly #ports: RunWorkerPorts;
  readonly #settings: RunWorkerSettings;
  readonly #drivePorts: DrivePorts;
  readonly #holds = new Map<string, Hold>();
  readonly #stopping = new AbortController();
  readonly #abandon = new AbortController();
  readonly #over = new AbortController();
  readonly #sweep: Alarm;
  #stopListening: readonly (() => Promise<void>)[] = [];
  #loops: readonly Promise<void>[] = [];
  /** The last look ended for want of places: there may be more. */
  #wantsPlaces = false;

  constructor(ports: RunWorkerPorts, settings: RunWorkerSettings) {
    this.#ports = ports;
    this.#settings = settings;
    this.#sweep = new Alarm(ports.clock);
    this.#drivePorts = {
      ...ports,
      output: new RunOutput(ports, ports.report, this.#over.signal),
      limits: { graceMs: settings.operationGraceMs },
    };
  }

  async start(): Promise<void> {
    const { dispatcher, runs } = this.#ports;
    this.#stopListening = [
      await dispatcher.listen("runs", 1, () => this.#ring()),
      await runs.onControl((runId) => this.#holds.get(runId)?.drive.hear()),
    ];
    this.#loops = [
      this.#every(this.#settings.leaseMs / 3, async () => this.#renew()),
      this.#every(CONTROL_POLL_MS, () => this.#poll()),
      this.#sweepLoop(),
    ];
  }

  async stop(graceMs: number): Promise<void> {
    const { clock } = this.#ports;
    this.#stopping.abort();
    this.#sweep.ring();
    await Promise.all(this.#stopListening.map((stop) => stop()));
    const drives = Promise.all([...this.#holds.values()].map((hold) => hold.done));
    const settled = new AbortController();
    const finished = drives.then(() => settled.abort());
    // Two thirds for what runs to finish, the rest for what must be stopped to stop.
    await clock.sleep((graceMs * 2) / 3, settled.signal);
    this.#abandon.abort();
    await clock.sleep(graceMs / 3, settled.signal);
    const left = [...this.#holds.keys()];
    for (const hold of this.#holds.values()) hold.lost.abort();
    this.#over.abort();
    try {
      if (left.length > 0) await this.#ports.runs.release(this.#settings.owner, left);
    } catch (error) {
      // Their leases run out by themselves.
      this.#ports.report(error);
    }
    if (settled.signal.aborted) await finished;
    await this.#ports.breakerBoard.quiet();
    await this.#ports.timings.quiet();
    await Promise.all(this.#loops);
  }

  /** A ring says "look in the store", whatever id it carries. */
  #ring(): Promise<void> {
    this.#sweep.ring();
    return Promise.resolve();
  }

  /** Looks for work when rung, when a place is free again, and every few seconds. */
  async #sweepLoop(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      try {
        await this.#claim();
        // Under load the next ring comes before anybody has to be asked about timers.
        if (await this.#sweep.wait(MIN_LOOK_MS)) continue;
        if (this.#stopping.signal.aborted) return;
        await this.#sweep.wait(await this.#untilNextLook());
      } catch (error) {
        this.#ports.report(error);
        await this.#sweep.wait(this.#settings.sweepMs);
      }
    }
  }

  async #claim(): Promise<void> {
    const { runs, clock } = this.#ports;
    const { owner, concurrency, leaseMs } = this.#settings;
    for (;;) {
      const places = concurrency - this.#holds.size;
      this.#wantsPlaces = places <= 0;
      if (places <= 0 || this.#stopping.signal.aborted) return;
      const now = clock.now();
      const claimed = await runs.claim(owner, places, leaseMs, now);
      for (const run of claimed) this.#take(run, now);
      if (claimed.length < places) return;
    }
  }

  async #untilNextLook(): Promise<number> {
    const { runs, clock } = this.#ports;
    // With every place taken, the next free one rings.
    if (this.#holds.size >= this.#settings.concurrency) return this.#settings.sweepMs;
    const wakeAt = await runs.nextWake();
    const delay = wakeAt === null ? this.#settings.sweepMs : wakeAt - clock.now();
    return Math.min(this.#settings.sweepMs, Math.max(delay, 0));
  }

  #take(run: ClaimedRun, now: Instant): void {
    const before = this.#holds.get(run.runId);
    // The store gave it out again: whoever drove it here has lost it.
    before?.lost.abort();
    const lost = new AbortController();
    let drive: RunDrive;
    try {
      drive = new RunDrive(this.#drivePorts, run, this.#lease(run.runId, lost.signal));
    } catch (error) {
      this.#ports.report(error);
      return;
    }
    const hold: Hold = { drive, lost, renewedAt: now, done: Promise.resolve() };
    this.#holds.set(run.runId, hold);
    hold.done = this.#drive(run, hold);
  }

  #lease(runId: string, lost: AbortSignal): Lease {
    return {
      lost,
      stopping: this.#stopping.signal,
      abandon: this.#abandon.signal,
      mayStart: () => {
        const hold = this.#holds.get(runId);
        if (hold === undefined || lost.aborted) return false;
        const age = this.#age(hold);
        // A clock that was set back says nothing of how old the lease is; the next renewal does.
        return age >= 0 && age < (this.#settings.leaseMs * 2) / 3;
      },
    };
  }

  async #drive(run: ClaimedRun, hold: Hold): Promise<void> {
    let end: DriveEnd | null = null;
    try {
      end = await hold.drive.drive();
    } catch (error) {
      this.#ports.report(error);
      await this.#failed(run, hold, error);
    }
    if (this.#holds.get(run.runId) === hold) this.#holds.delete(run.runId);
    // An end leaves nothing new to look for, unless there were no places or others wait for its locks.
    if (end?.kind !== "ended" || this.#wantsPlaces || mayHaveLocks(run.plan)) this.#sweep.ring();
  }

  /** Looking again at once would only meet the defect again. */
  async #failed(run: ClaimedRun, { drive, lost }: Hold, error: unknown): Promise<void> {
    if (lost.signal.aborted) return;
    try {
      await recordFailedDrive(this.#ports, { run, ...drive.progress, error });
    } catch (failure) {
      // The lease runs out by itself.
      this.#ports.report(failure);
    }
  }

  async #renew(): Promise<void> {
    const holds = new Map(this.#holds);
    if (holds.size === 0) return;
    const asked = this.#ports.clock.now();
    const { owner, leaseMs } = this.#settings;
    const kept = new Set(await this.#ports.runs.renew(owner, [...holds.keys()], leaseMs, asked));
    for (const [runId, hold] of holds) {
      if (!kept.has(runId)) hold.lost.abort();
      hold.renewedAt = asked;
      hold.drive.nudge();
    }
  }

  /** Asks about requests whose notification was lost, and lets go of leases that ran out. */
  #poll(): void {
    for (const hold of this.#holds.values()) {
      if (this.#age(hold) >= this.#settings.leaseMs) hold.lost.abort();
      else hold.drive.hear();
    }
  }

  #age(hold: Hold): number {
    return this.#ports.clock.now() - hold.renewedAt;
  }

  /** Until the worker is over: leases are kept while what runs is finishing. */
  async #every(periodMs: number, act: () => Promise<void> | void): Promise<void> {
    let pauseMs = periodMs;
    for (;;) {
      await this.#ports.clock.sleep(pauseMs, this.#over.signal);
      if (this.#over.signal.aborted) return;
      try {
        await act();
        pauseMs = periodMs;
      } catch (error) {
        this.#ports.report(error);
        // A lease has no time to miss a whole turn.
        pauseMs = periodMs / 3;
      }
    }
  }
}

function mayHaveLocks({ steps }: Plan): boolean {
  return steps.some(({ locks, deferred }) => deferred || locks.length > 0);
}

// How long calls took, by operation, for estimates: collected in memory and kept in the background, because no run
// waits for it and nothing is decided by it.

import type { Clock, Instant } from "./time.ts";

/** Durations of an operation's last successful calls, in milliseconds, oldest first. */
export type Samples = readonly number[];

/** The newest samples of each operation that are kept. */
export const KEPT_SAMPLES = 100;

export type TimingStore = {
  /** Adds samples to those there are and keeps the newest {@link KEPT_SAMPLES} of each operation. */
  add(samples: ReadonlyMap<string, Samples>): Promise<void>;
  /** By operation; one that was never timed is absent. */
  samples(operations: readonly string[]): Promise<ReadonlyMap<string, Samples>>;
};

export type TimingPorts = {
  readonly store: TimingStore;
  readonly clock: Clock;
  readonly report: (error: unknown) => void;
};

/** How long samples are collected before they are kept, in milliseconds. Those of a process that dies are lost. */
const KEEP_EVERY_MS = 5_000;

export class Timings {
  readonly #ports: TimingPorts;
  #collected = new Map<string, number[]>();
  #keptAt: Instant;
  #keeping: Promise<void> | null = null;

  constructor(ports: TimingPorts) {
    this.#ports = ports;
    this.#keptAt = ports.clock.now();
  }

  /** Never fails and is not waited for. */
  note(operation: string, durationMs: number): void {
    const samples = this.#collected.get(operation);
    if (samples === undefined) this.#collected.set(operation, [durationMs]);
    else {
      samples.push(durationMs);
      if (samples.length > KEPT_SAMPLES) samples.shift();
    }
    if (this.#keeping === null && this.#ports.clock.now() - this.#keptAt >= KEEP_EVERY_MS)
      this.#keep();
  }

  /** Resolves when what was collected is kept, or could not be. */
  async quiet(): Promise<void> {
    await this.#keeping;
    this.#keep();
    await this.#keeping;
  }

  #keep(): void {
    this.#keptAt = this.#ports.clock.now();
    if (this.#collected.size === 0) return;
    const samples = this.#collected;
    this.#collected = new Map();
    this.#keeping = this.#ports.store
      .add(samples)
      .catch(this.#ports.report)
      .finally(() => {
        this.#keeping = null;
      });
  }
}

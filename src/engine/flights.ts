// The calls of one run that are under way in this process: what is being made ready, runs or is asked about,
// how to stop them, and what has come of those that settled.

import { AttemptStopped } from "./attempt.ts";
import type { Outcome } from "./attempt.ts";
import type { Captured } from "./operation.ts";
import type { Prepared, ReadyAttempt } from "./prepare-attempt.ts";
import type { CallRef } from "./run.ts";

/** What came of a call. */
export type Landing =
  | {
      readonly kind: "prepared";
      readonly call: CallRef;
      readonly attempt: number;
      readonly prepared: Prepared;
    }
  | {
      readonly kind: "outcome";
      readonly ready: ReadyAttempt;
      readonly outcome: Outcome;
      readonly durationMs: number;
      /** The state after, where it was read. */
      readonly after: Captured | null;
      /** The end of what it wrote. */
      readonly output: string;
    }
  /** What a probe said of an attempt that a lost worker had started. */
  | { readonly kind: "probed"; readonly ready: ReadyAttempt; readonly outcome: Outcome };

type Flight = {
  readonly kind: Landing["kind"];
  readonly controller: AbortController;
  readonly settled: Promise<void>;
};

export class Flights {
  readonly #flights = new Map<string, Flight>();
  readonly #onLanding: () => void;
  #landed: (readonly [key: string, landing: Landing])[] = [];
  #failed: { readonly error: unknown } | null = null;

  /** @param onLanding called when {@link landings} has something new. */
  constructor(onLanding: () => void) {
    this.#onLanding = onLanding;
  }

  get size(): number {
    return this.#flights.size;
  }

  has(key: string): boolean {
    return this.#flights.has(key);
  }

  /** Keys of the calls that are still being made ready. */
  preparing(): readonly string[] {
    return [...this.#flights].flatMap(([key, { kind }]) => (kind === "prepared" ? [key] : []));
  }

  launch(
    key: string,
    kind: Landing["kind"],
    controller: AbortController,
    fly: () => Promise<Landing>,
  ): void {
    const settled = this.#fly(key, fly);
    this.#flights.set(key, { kind, controller, settled });
  }

  async #fly(key: string, fly: () => Promise<Landing>): Promise<void> {
    try {
      const landing = await fly();
      this.#landed.push([key, landing]);
    } catch (error) {
      this.#failed ??= { error };
    }
    this.#onLanding();
  }

  /** What has settled since the last call; until then it counts as under way. @throws a defect of a flight. */
  landings(): readonly Landing[] {
    if (this.#failed !== null) throw this.#failed.error;
    const landed = this.#landed;
    this.#landed = [];
    for (const [key] of landed) this.#flights.delete(key);
    return landed.map(([, landing]) => landing);
  }

  stopAll(why: AttemptStopped["why"], message: string): void {
    for (const { controller } of this.#flights.values()) {
      if (!controller.signal.aborted) controller.abort(new AttemptStopped(why, message));
    }
  }

  /** Resolves when nothing is under way any more, whatever came of it. */
  async settled(): Promise<void> {
    await Promise.all([...this.#flights.values()].map((flight) => flight.settled));
  }
}

// A process that can be killed between any two things it does: after that, nothing it still awaits ever comes
// back to it. It can also stand still for a while, as a machine that is suspended does. What it had begun outside of
// itself stands.

import type { BreakerStore } from "#engine/breaker-store.ts";
import type { CheckpointStore } from "#engine/checkpoint.ts";
import type { RunFlush, RunStore } from "#engine/run-store.ts";
import type { Clock } from "#engine/time.ts";
import type { Gate } from "#test/fakes/recording-operations.ts";

export type MortalSettings = {
  /** The number of the step that kills it, 1-based; Infinity: none. */
  readonly diesAt: number;
  readonly onDeath: () => void;
  /** How far its clock is from the others', in milliseconds. */
  readonly skewMs: number;
  /** Whether a notification of a control request gets lost on its way here. */
  readonly losesNotification: () => boolean;
  /** Whether it stands still now that the store has answered, before it sees the answer: that it may act, or another. */
  readonly standsStill: (before: "an act" | "anything") => boolean;
};

const IMMORTAL: MortalSettings = {
  diesAt: Infinity,
  onDeath: () => {},
  skewMs: 0,
  losesNotification: () => false,
  standsStill: () => false,
};

export class MortalProcess implements Gate {
  #steps = 0;
  #alive = true;
  #frozen: PromiseWithResolvers<void> | null = null;
  readonly #settings: MortalSettings;
  #skewMs: number;

  constructor(settings: Partial<MortalSettings> = {}) {
    this.#settings = { ...IMMORTAL, ...settings };
    this.#skewMs = this.#settings.skewMs;
  }

  get alive(): boolean {
    return this.#alive;
  }

  get frozen(): boolean {
    return this.#frozen !== null;
  }

  /** Steps done so far: places where it could have died. */
  get steps(): number {
    return this.#steps;
  }

  kill(): void {
    if (!this.#alive) return;
    this.#alive = false;
    this.#settings.onDeath();
  }

  /** Its clock is set: so far from the others'. Who sleeps sleeps as long as before. */
  setClock(skewMs: number): void {
    this.#skewMs = skewMs;
  }

  /** Nothing comes back to it until it is thawed. */
  freeze(): void {
    this.#frozen ??= Promise.withResolvers();
  }

  thaw(): void {
    this.#frozen?.resolve();
    this.#frozen = null;
  }

  /** A place where the process may die, also while it stands still: the world goes on without it. */
  readonly reached = async (): Promise<void> => {
    if (!this.#alive) return never();
    this.#steps += 1;
    if (this.#steps >= this.#settings.diesAt) {
      this.kill();
      await never();
    }
  };

  /** A place where the process may die, and where it waits while it stands still. */
  readonly step = async (): Promise<void> => {
    await this.reached();
    await this.#goesOn();
  };

  async #goesOn(): Promise<void> {
    while (this.#frozen !== null) await this.#frozen.promise;
    if (!this.#alive) await never();
  }

  clock(clock: Clock): Clock {
    return {
      now: () => clock.now() + this.#skewMs,
      sleep: async (delayMs, signal) => {
        await clock.sleep(delayMs, signal);
        await this.#goesOn();
      },
    };
  }

  /** A call may die before it leaves and before its answer arrives, and stand still for as long as it likes. */
  readonly #mortal = async <T>(
    act: () => Promise<T>,
    before: "an act" | "anything" = "anything",
  ): Promise<T> => {
    await this.step();
    const answer = await act();
    if (this.#settings.standsStill(before)) this.freeze();
    await this.step();
    return answer;
  };

  breakers(store: BreakerStore): BreakerStore {
    return {
      list: () => this.#mortal(() => store.list()),
      get: (target) => this.#mortal(() => store.get(target)),
      put: (...args) => this.#mortal(() => store.put(...args)),
    };
  }

  checkpoints(store: CheckpointStore): CheckpointStore {
    return {
      ...store,
      get: (...args) => this.#mortal(() => store.get(...args)),
      save: (...args) => this.#mortal(() => store.save(...args)),
    };
  }

  runs(store: RunStore): RunStore {
    const mortal = this.#mortal;
    return {
      ...store,
      claim: (...args) => mortal(() => store.claim(...args)),
      flush: (flush) => mortal(() => store.flush(flush), isIntent(flush) ? "an act" : "anything"),
      renew: (...args) => mortal(() => store.renew(...args)),
      lockWait: (...args) => mortal(() => store.lockWait(...args)),
      takeLocks: (...args) => mortal(() => store.takeLocks(...args)),
      release: (...args) => mortal(() => store.release(...args)),
      controls: (...args) => mortal(() => store.controls(...args)),
      appendOutput: (chunks) => mortal(() => store.appendOutput(chunks)),
      onControl: (listener) => store.onControl((runId) => this.#hear(runId, listener)),
    };
  }

  #hear(runId: string, listener: (runId: string) => void): void {
    if (this.#alive && !this.#settings.losesNotification()) listener(runId);
  }
}

function isIntent({ events }: RunFlush): boolean {
  return events.some(({ event }) => event.kind === "attempt.started");
}

async function never(): Promise<never> {
  return new Promise<never>(() => {});
}

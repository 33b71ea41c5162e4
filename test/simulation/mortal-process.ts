// A process that can be killed between any two things it does: after that, nothing it still awaits ever comes
// back to it. What it had begun outside of itself stands.

import type { RunStore } from "#engine/run-store.ts";
import type { Clock } from "#engine/time.ts";

export class MortalProcess {
  #steps = 0;
  #alive = true;
  readonly #diesAt: number;
  readonly #onDeath: () => void;

  /** @param diesAt the number of the step that kills it, 1-based; Infinity: none. */
  constructor(diesAt: number, onDeath: () => void) {
    this.#diesAt = diesAt;
    this.#onDeath = onDeath;
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** Steps done so far: places where it could have died. */
  get steps(): number {
    return this.#steps;
  }

  kill(): void {
    if (!this.#alive) return;
    this.#alive = false;
    this.#onDeath();
  }

  /** A place where the process may die. */
  readonly step = async (): Promise<void> => {
    if (!this.#alive) return never();
    this.#steps += 1;
    if (this.#steps >= this.#diesAt) {
      this.kill();
      await never();
    }
  };

  clock(clock: Clock): Clock {
    return {
      now: () => clock.now(),
      sleep: async (delayMs, signal) => {
        await clock.sleep(delayMs, signal);
        if (!this.#alive) await never();
      },
    };
  }

  /** Every call may die before it leaves and before its answer arrives. */
  runs(store: RunStore): RunStore {
    const mortal = async <T>(act: () => Promise<T>): Promise<T> => {
      await this.step();
      const answer = await act();
      await this.step();
      return answer;
    };
    return {
      ...store,
      claim: (...args) => mortal(() => store.claim(...args)),
      flush: (flush) => mortal(() => store.flush(flush)),
      renew: (...args) => mortal(() => store.renew(...args)),
      lockWait: (...args) => mortal(() => store.lockWait(...args)),
      takeLocks: (...args) => mortal(() => store.takeLocks(...args)),
      release: (...args) => mortal(() => store.release(...args)),
      controls: (...args) => mortal(() => store.controls(...args)),
      appendOutput: (chunks) => mortal(() => store.appendOutput(chunks)),
      onControl: (listener) => store.onControl((runId) => this.#alive && listener(runId)),
    };
  }
}

async function never(): Promise<never> {
  return new Promise<never>(() => {});
}

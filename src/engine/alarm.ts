// Waiting for "something happened, or it is time", without losing a ring that comes while nobody waits.

import type { Clock } from "./time.ts";

/** A reason of our own: without one every ring would make an error with a stack trace. */
const RUNG = "rung";

export class Alarm {
  readonly #clock: Clock;
  #waiting: AbortController | null = null;
  #rung = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  ring(): void {
    this.#rung = true;
    this.#waiting?.abort(RUNG);
  }

  /**
   * Resolves after a ring since the last wait, or after `delayMs` milliseconds. One waiter at a time. Answers
   * whether it was rung.
   */
  async wait(delayMs: number): Promise<boolean> {
    if (!this.#rung) {
      this.#waiting = new AbortController();
      await this.#clock.sleep(delayMs, this.#waiting.signal);
      this.#waiting = null;
    }
    const rung = this.#rung;
    this.#rung = false;
    return rung;
  }
}

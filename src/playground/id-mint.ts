// Makes the ids and timestamps of the workspace. Two playgrounds started at different times never make the same id,
// because an app remembers ids in its own database for longer than a playground lives.

import type { Clock } from "./clock.ts";

export class IdMint {
  readonly #clock: Clock;
  readonly #prefix: string;
  #count = 0;
  #lastMicros: number;

  /** `lastTs` is the newest message timestamp of an earlier life, which the next one must exceed. */
  constructor(clock: Clock, lastTs: string | undefined) {
    this.#clock = clock;
    this.#prefix = clock.now().toString(36).toUpperCase();
    this.#lastMicros = lastTs === undefined ? 0 : Number(lastTs.replace(".", ""));
  }

  /** A message timestamp, unique and rising: "1763690000.000100". */
  ts(): string {
    this.#lastMicros = Math.max(this.#clock.now() * 1000, this.#lastMicros + 1);
    const digits = String(this.#lastMicros).padStart(16, "0");
    return `${digits.slice(0, -6)}.${digits.slice(-6)}`;
  }

  /** An id such as "Ev0MABC1D1". */
  id(kind: string): string {
    this.#count += 1;
    return `${kind}0${this.#prefix}${this.#count.toString(36).toUpperCase()}`;
  }
}

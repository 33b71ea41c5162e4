// Works on acknowledged requests, so many at once, in the order they came. Holds nothing that Postgres does
// not: what is not taken up, or dies with the process, the sweeper finds again.

/** More waiting than this stay in Postgres for the sweeper, so that a flood costs no memory. */
const MOST_WAITING = 2_000;

export class WorkQueue {
  readonly #concurrency: number;
  readonly #waiting: (() => Promise<void>)[] = [];
  readonly #running = new Set<Promise<void>>();
  #closed = false;

  constructor(concurrency: number) {
    this.#concurrency = concurrency;
  }

  /** False: full or closed, the work was not taken. `work` must not reject. */
  add(work: () => Promise<void>): boolean {
    if (this.#closed || this.#waiting.length >= MOST_WAITING) return false;
    this.#waiting.push(work);
    this.#fill();
    return true;
  }

  /** Works at once, outside the queue, for who waits for the answer; {@link close} waits for it too. */
  async now(work: () => Promise<void>): Promise<void> {
    const running = work().finally(() => this.#running.delete(running));
    this.#running.add(running);
    await running;
  }

  /** Takes nothing more, forgets what waits, and resolves when what runs is done or `graceMs` have passed. */
  async close(graceMs: number): Promise<void> {
    this.#closed = true;
    this.#waiting.length = 0;
    if (this.#running.size === 0) return;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, graceMs);
    });
    await Promise.race([Promise.allSettled(this.#running), late]);
    clearTimeout(timer);
  }

  #fill(): void {
    while (this.#running.size < this.#concurrency) {
      const work = this.#waiting.shift();
      if (work === undefined) return;
      const running = work().finally(() => {
        this.#running.delete(running);
        this.#fill();
      });
      this.#running.add(running);
    }
  }
}

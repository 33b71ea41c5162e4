// Connections for transactions: each transaction has one to itself, and waits for one when all are taken.

import type { Queries } from "./database.ts";

/** A client with one connection. */
export type Lane = Queries & {
  /** Grows when its connection was lost: the next one is outside any transaction. */
  readonly losses: number;
  readonly close: () => Promise<void>;
};

export class TransactionLanes {
  readonly #open: () => Lane;
  readonly #most: number;
  readonly #lanes: Lane[] = [];
  readonly #free: Lane[] = [];
  readonly #waiting: ((lane: Lane) => void)[] = [];

  constructor(open: () => Lane, most: number) {
    this.#open = open;
    this.#most = most;
  }

  /** @throws {ConnectionLost} when the connection went away: nothing was committed, unless COMMIT was under way. */
  async run<T>(work: (queries: Queries) => Promise<T>): Promise<T> {
    const lane = await this.#take();
    const { losses } = lane;
    const check = () => {
      if (lane.losses !== losses) throw new ConnectionLost();
    };
    try {
      await lane.query("begin");
      const answer = await work(checked(lane, check));
      check();
      await lane.query("commit");
      check();
      return answer;
    } catch (error) {
      // A connection that is gone has rolled back by itself. The caller hears of that, not of which of the driver's
      // errors happened to come first.
      if (lane.losses !== losses) throw new ConnectionLost(error);
      await lane.query("rollback").catch(() => undefined);
      throw error;
    } finally {
      this.#giveBack(lane);
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => lane.close()));
  }

  #take(): Promise<Lane> {
    const free = this.#free.pop();
    if (free !== undefined) return Promise.resolve(free);
    if (this.#lanes.length < this.#most) {
      const lane = this.#open();
      this.#lanes.push(lane);
      return Promise.resolve(lane);
    }
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  #giveBack(lane: Lane): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free.push(lane);
    else next(lane);
  }
}

class ConnectionLost extends Error {
  override readonly name = "ConnectionLost";
  constructor(cause?: unknown) {
    super("The connection to Postgres was lost during a transaction.", { cause });
  }
}

/** Refuses a statement that would run on a new connection, outside the transaction. */
function checked(lane: Lane, check: () => void): Queries {
  return {
    async query(text, parameters) {
      check();
      return lane.query(text, parameters);
    },
    async rows(text, parameters) {
      check();
      return lane.rows(text, parameters);
    },
  };
}

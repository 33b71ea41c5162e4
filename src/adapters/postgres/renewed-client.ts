// A postgres.js client that is replaced as a whole when it loses a connection. With postgres.js 3.4.9 a query
// sent between a connection's error and its end is never answered, and neither is anything on that connection
// afterwards (reproduced by restarting the server): the old client is ended, which rejects what it still holds.

import postgres from "postgres";
import type { Parameter, Queries } from "./database.ts";

/** Rows ask for bigint as number: instants and counters stay far below 2^53. */
const types = { bigint: { to: 20, from: [20], serialize: String, parse: Number } };

type Client = postgres.Sql<{ bigint: number }>;

/** How long what a replaced client was doing on its good connections may take, in seconds. */
const END_WITHIN_S = 2;

export class RenewedClient implements Queries {
  readonly #connect: (onclose: () => void) => Client;
  #client: Client;
  readonly #retiring = new Set<Promise<void>>();
  #losses = 0;
  #closed = false;

  constructor(url: string, connections: number) {
    this.#connect = (onclose) =>
      postgres(url, {
        max: connections,
        // A connection that ends is a loss here, so postgres.js may not end one for its age.
        max_lifetime: null,
        types,
        // No statement returns an array type, so the round trip that asks for them is saved.
        fetch_types: false,
        onnotice: () => undefined,
        connection: { application_name: "countersign" },
        onclose,
      });
    this.#client = this.#open();
  }

  /** Grows whenever a connection ended: whoever had one to itself has another one now. */
  get losses(): number {
    return this.#losses;
  }

  async query<Row extends object>(text: string, parameters: readonly Parameter[] = []) {
    return (await this.#pending(text, parameters)) as unknown as readonly Row[];
  }

  async rows(text: string, parameters: readonly Parameter[] = []) {
    return this.#pending(text, parameters).values();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([this.#client.end({ timeout: END_WITHIN_S }), ...this.#retiring]);
  }

  #retire(client: Client): void {
    // It only waits, and then cuts: a failure would mean that it is gone already.
    const ended = client
      .end({ timeout: END_WITHIN_S })
      .catch(() => undefined)
      .finally(() => this.#retiring.delete(ended));
    this.#retiring.add(ended);
  }

  #pending(text: string, parameters: readonly Parameter[]) {
    return this.#client.unsafe(text, [...parameters], { prepare: true });
  }

  #open(): Client {
    const client = this.#connect(() => {
      this.#losses += 1;
      if (this.#closed || this.#client !== client) return;
      this.#client = this.#open();
      setImmediate(() => this.#retire(client));
    });
    return client;
  }
}

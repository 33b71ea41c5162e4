// Listens to one channel on a connection of its own, and again when that was lost, until it is stopped:
// postgres.js gives up for good when its first try to listen again fails.

import postgres from "postgres";

/** Between two tries to listen again, in milliseconds. */
const TRY_AGAIN_MS = 1_000;

export type Listening = {
  readonly channel: string;
  readonly onNotice: (payload: string) => void;
  /** Called whenever listening begins: what was said before is lost. */
  readonly onReady: () => void;
};

export class ChannelListener {
  readonly #url: string;
  readonly #listening: Listening;
  #client: postgres.Sql | null = null;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(url: string, listening: Listening) {
    this.#url = url;
    this.#listening = listening;
  }

  /** Resolves when it listens. @throws when the server can't be reached now. */
  async start(): Promise<void> {
    const { channel, onNotice, onReady } = this.#listening;
    const options = {
      max: 1,
      max_lifetime: null,
      fetch_types: false,
      onnotice: () => undefined,
      connection: { application_name: "countersign-listen" },
      onclose: () => this.#lost(client),
      // What `client.listen` uses itself; its types leave it out.
      onnotify: (from: string, payload: string) => {
        if (from === channel) onNotice(payload);
      },
    };
    const client: postgres.Sql = postgres(this.#url, options);
    this.#client = client;
    await client`listen ${client(channel)}`;
    onReady();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#client?.end({ timeout: 1 });
  }

  #lost(client: postgres.Sql): void {
    if (this.#stopped || this.#client !== client) return;
    this.#client = null;
    setImmediate(() => {
      // It only waits, and then cuts: a failure would mean that it is gone already.
      client.end({ timeout: 1 }).catch(() => undefined);
    });
    this.#timer = setTimeout(() => this.#again(), TRY_AGAIN_MS);
  }

  #again(): void {
    this.start().catch(() => {
      const client = this.#client;
      if (client !== null) this.#lost(client);
    });
  }
}

// The port that rings workers. A ring says "look in the database", carries ids only, and may be lost or
// doubled without harm: the sweeper rings again for whatever was left.

/** What a ring is about. */
export type Bell = "runs" | "outbox" | "inbox";

export type Dispatcher = {
  /** Rings now, or after `delayMs` milliseconds. Never rejects because the queue is down: it answers false. */
  ring(bell: Bell, id: string, delayMs?: number): Promise<boolean>;
  /** Calls `handler` for rings, also those of other processes, `concurrency` at once. Returns how to stop listening (waits for running handlers). */
  listen(
    bell: Bell,
    concurrency: number,
    handler: (id: string) => Promise<void>,
  ): Promise<() => Promise<void>>;
  /** True when the queue answers. */
  healthy(): Promise<boolean>;
  close(): Promise<void>;
};

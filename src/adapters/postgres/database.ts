// What the stores need of a Postgres, whichever it is: a server behind postgres.js or PGlite in this process.
// Both answer alike: bigint as number, json parsed, text arrays never returned.

export type Parameter = string | number | boolean | null;

export type Queries = {
  /** Runs one statement, prepared once per connection. Rows as objects. */
  query<Row extends object>(
    text: string,
    parameters?: readonly Parameter[],
  ): Promise<readonly Row[]>;
  /** The same with each row as a list in the order of its columns. */
  rows(text: string, parameters?: readonly Parameter[]): Promise<readonly (readonly unknown[])[]>;
};

export type Database = Queries & {
  /**
   * Runs `work` between BEGIN and COMMIT on one connection, or rolls back when it throws. `work` must use
   * only the queries it is given: with the embedded database anything else waits for it to end.
   */
  transaction<T>(work: (queries: Queries) => Promise<T>): Promise<T>;
  /**
   * Calls `onNotice` for each NOTIFY on the channel, and `onReady` whenever listening begins, also after a
   * lost connection: notices in between are lost, so look at the tables again then. Returns how to stop.
   */
  listen(
    channel: string,
    onNotice: (payload: string) => void,
    onReady?: () => void,
  ): Promise<() => Promise<void>>;
  close(): Promise<void>;
};

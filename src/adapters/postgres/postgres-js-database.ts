// A Postgres server behind postgres.js.

import { ChannelListener } from "./channel-listener.ts";
import type { Database } from "./database.ts";
import { RenewedClient } from "./renewed-client.ts";
import { TransactionLanes } from "./transaction-lanes.ts";

export type ServerOptions = {
  /** Most connections for single statements. */
  readonly connections?: number;
  /** Most connections for transactions, opened when needed. One more is opened for each LISTEN. */
  readonly transactions?: number;
};

/** Opens a pool. Connects and checks that the server answers. */
export async function openServerDatabase(
  url: string,
  { connections = 8, transactions = 4 }: ServerOptions = {},
): Promise<Database> {
  const pool = new RenewedClient(url, connections);
  try {
    await pool.query("select 1");
  } catch (error) {
    await pool.close();
    throw error;
  }
  // Clients of one connection each, because one pool offers nothing safe: under load `sql.begin` lets other
  // callers' queries into the transaction (postgres.js issues 823, 1189, 1204, reproduced with 3.4.9), and a
  // query on a `sql.reserve`d connection that was lost never answers (reproduced).
  const lanes = new TransactionLanes(() => new RenewedClient(url, 1), transactions);
  const listeners = new Set<ChannelListener>();
  return {
    query: (text, parameters) => pool.query(text, parameters),
    rows: (text, parameters) => pool.rows(text, parameters),
    transaction: (work) => lanes.run(work),
    async listen(channel, onNotice, onReady = () => undefined) {
      const listener = new ChannelListener(url, { channel, onNotice, onReady });
      listeners.add(listener);
      await listener.start();
      return () => {
        listeners.delete(listener);
        return listener.stop();
      };
    },
    async close() {
      await Promise.all([...listeners].map((listener) => listener.stop()));
      await lanes.close();
      await pool.close();
    },
  };
}

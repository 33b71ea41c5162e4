// A Postgres server behind postgres.js.

import postgres from "postgres";
import type { Database, Parameter, Queries } from "./database.ts";

/** Rows ask for bigint as number: instants and counters stay far below 2^53. */
const types = {
  bigint: {
    to: 20,
    from: [20],
    serialize: String,
    parse: Number,
  },
};

export type ServerOptions = {
  /** Most connections; one more is opened for LISTEN. */
  readonly connections?: number;
  readonly applicationName?: string;
};

/** Opens a pool. Connects and checks that the server answers. */
export async function openServerDatabase(
  url: string,
  options: ServerOptions = {},
): Promise<Database> {
  const sql = postgres(url, {
    max: options.connections ?? 10,
    types,
    // No statement returns an array type, so the round trip that asks for them is saved.
    fetch_types: false,
    onnotice: () => undefined,
    connection: { application_name: options.applicationName ?? "countersign" },
  });
  try {
    await sql.unsafe("select 1");
  } catch (error) {
    await sql.end({ timeout: 1 });
    throw error;
  }
  return {
    ...queriesOn(sql),
    // Not `sql.begin`: under load it lets other callers' queries into the transaction
    // (postgres.js issues 823, 1189, 1204, reproduced with 3.4.9).
    async transaction(work) {
      const reserved = await sql.reserve();
      try {
        await reserved.unsafe("begin");
        const answer = await work(queriesOn(reserved));
        await reserved.unsafe("commit");
        return answer;
      } catch (error) {
        // A connection that is gone has rolled back by itself.
        await reserved.unsafe("rollback").catch(() => undefined);
        throw error;
      } finally {
        reserved.release();
      }
    },
    async listen(channel, onNotice, onReady) {
      const listening = await sql.listen(channel, onNotice, onReady);
      return () => listening.unlisten();
    },
    close: () => sql.end({ timeout: 5 }),
  };
}

function queriesOn(sql: postgres.Sql<{ bigint: number }>): Queries {
  const pending = (text: string, parameters: readonly Parameter[]) =>
    sql.unsafe(text, [...parameters], { prepare: true });
  return {
    async query<Row extends object>(text: string, parameters: readonly Parameter[] = []) {
      return (await pending(text, parameters)) as unknown as readonly Row[];
    },
    async rows(text, parameters = []) {
      return pending(text, parameters).values();
    },
  };
}

// Waits for runs that other processes drive, by looking into the database.

import { setTimeout as pause } from "node:timers/promises";
import postgres from "postgres";

/** Runs that take longer than this have been lost: a defect, not a figure. */
const PATIENCE_MS = 60_000;
const LOOK_EVERY_MS = 10;

export type RunsInDatabase = {
  readonly completed: (runIds: readonly string[]) => Promise<number>;
  /** Resolves when all have completed. @throws when that takes too long. */
  readonly allCompleted: (runIds: readonly string[]) => Promise<void>;
  readonly close: () => Promise<void>;
};

export function watchRuns(databaseUrl: string): RunsInDatabase {
  const sql = postgres(databaseUrl, { max: 1 });
  const completed = async (runIds: readonly string[]): Promise<number> => {
    const [row] = await sql<{ found: number }[]>`
      select count(*)::int as found from runs where id = any(${[...runIds]}) and status = 'completed'`;
    return row?.found ?? 0;
  };
  return {
    completed,
    async allCompleted(runIds) {
      const until = performance.now() + PATIENCE_MS;
      for (;;) {
        const found = await completed(runIds);
        if (found === runIds.length) return;
        if (performance.now() > until)
          throw new Error(`${found} of ${runIds.length} runs were completed in time`);
        await pause(LOOK_EVERY_MS);
      }
    },
    close: () => sql.end(),
  };
}

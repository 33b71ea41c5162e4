// The peer to compare with: graphile-worker on the same Postgres, one job per run, each of its ten steps written
// down with one INSERT when it is done. It keeps no intent, no hash chain and no progress message.

import { Logger, makeWorkerUtils, run } from "graphile-worker";
import postgres from "postgres";

export type Graphile = {
  /** Adds the runs with one statement and resolves when the last is done. */
  readonly run: (count: number) => Promise<void>;
  readonly close: () => Promise<void>;
};

/** @param stages how many steps run at the same time, stage by stage. */
export async function openGraphile(options: {
  readonly databaseUrl: string;
  readonly stages: readonly number[];
  readonly concurrency: number;
}): Promise<Graphile> {
  const { databaseUrl: connectionString, concurrency, stages } = options;
  const sql = postgres(connectionString, { max: 1, onnotice: () => undefined });
  await sql`create table if not exists bench_graphile_steps (run text, stage int, step int, at timestamptz default now())`;
  await sql.end();
  const settings = {
    connectionString,
    concurrency,
    maxPoolSize: 12,
    noHandleSignals: true,
    logger: new Logger(() => () => undefined),
    taskList: {
      run: async (
        payload: unknown,
        { query }: { query: (sql: string, values: readonly unknown[]) => Promise<unknown> },
      ) => {
        const { runId } = payload as { readonly runId: string };
        for (const [stage, count] of stages.entries()) {
          const steps = Array.from({ length: count }, (_, step) =>
            query("insert into bench_graphile_steps (run, stage, step) values ($1, $2, $3)", [
              runId,
              stage,
              step,
            ]),
          );
          await Promise.all(steps);
        }
      },
    },
  };
  const utils = await makeWorkerUtils(settings);
  await utils.migrate();
  const runner = await run(settings);
  let onDone: () => void = () => undefined;
  let onError: (error: unknown) => void = () => undefined;
  runner.events.on("job:success", () => onDone());
  runner.events.on("job:error", ({ error }) => onError(error));
  return {
    async run(count) {
      let left = count;
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      onDone = () => {
        left -= 1;
        if (left === 0) resolve();
      };
      onError = reject;
      const specs = Array.from({ length: count }, (_, index) => ({
        identifier: "run",
        payload: { runId: `run-${index}` },
      }));
      await Promise.all([utils.addJobs(specs), promise]);
    },
    async close() {
      await runner.stop();
      await utils.release();
    },
  };
}

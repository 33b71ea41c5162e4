// The limit to compare with: BullMQ alone, one job per run, ten steps that do nothing, progress kept in Redis
// only. It keeps no intent, no log and no order of stages beyond its own process: losing Redis loses the runs.

import { Queue, Worker } from "bullmq";
import { Redis } from "ioredis";
import { STEPS } from "./plans.ts";

export type RawBullmq = {
  /** Adds the runs and resolves when the last is done. */
  readonly run: (count: number) => Promise<void>;
  readonly close: () => Promise<void>;
};

/** @param stages how many steps run at the same time, stage by stage. */
export async function openRawBullmq(options: {
  readonly redisUrl: string;
  readonly stages: readonly number[];
  readonly concurrency: number;
  /** Told of every run that begins. */
  readonly onBegin?: () => void;
}): Promise<RawBullmq> {
  const prefix = `raw-${process.pid}-${Math.random().toString(36).slice(2)}`;
  const connection = new Redis(options.redisUrl, { maxRetriesPerRequest: null });
  const producer = new Redis(options.redisUrl);
  const queue = new Queue("raw", { connection: producer, prefix });
  const worker = new Worker(
    "raw",
    async (job) => {
      options.onBegin?.();
      let done = 0;
      for (const count of options.stages) {
        const steps = Array.from({ length: count }, async () => {
          await Promise.resolve();
          done += 1;
          await job.updateProgress({ done, of: STEPS });
        });
        await Promise.all(steps);
      }
    },
    { connection, prefix, concurrency: options.concurrency, removeOnComplete: { count: 0 } },
  );
  await Promise.all([queue.waitUntilReady(), worker.waitUntilReady()]);
  return {
    async run(count) {
      let left = count;
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const onCompleted = (): void => {
        left -= 1;
        if (left === 0) resolve();
      };
      const onFailed = (_job: unknown, error: Error): void => reject(error);
      worker.on("completed", onCompleted).on("failed", onFailed);
      const added = Array.from({ length: count }, (_, index) =>
        queue.add("run", { runId: `run-${index}` }, { removeOnComplete: true }),
      );
      await Promise.all([...added, promise]);
      worker.off("completed", onCompleted).off("failed", onFailed);
    },
    async close() {
      await worker.close();
      await queue.obliterate({ force: true });
      await queue.close();
      connection.disconnect();
      producer.disconnect();
    },
  };
}

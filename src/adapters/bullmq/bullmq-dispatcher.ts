// Rings through BullMQ on Redis, between any number of processes. A job carries ids and nothing else;
// whatever Redis loses, the sweeper rings again.

import { Queue, Worker } from "bullmq";
import type { JobsOptions } from "bullmq";
import { Redis } from "ioredis";
import type { RedisOptions } from "ioredis";
import type { Bell, Dispatcher } from "#engine/dispatcher.ts";
import { createRingBatches } from "./ring-batches.ts";

export type BullmqOptions = {
  readonly redisUrl: string;
  /** Keeps installations on one Redis apart. */
  readonly prefix?: string;
  /** Told of lost connections and of handlers that rejected. */
  readonly onError: (error: unknown) => void;
};

/** How long a ring or a health check may take before it counts as failed, in milliseconds. */
const ANSWER_WITHIN_MS = 2_000;

/** How long an orderly goodbye to Redis may take: with Redis down BullMQ would wait for ever. */
const CLOSE_WITHIN_MS = 2_000;

export function createBullmqDispatcher(options: BullmqOptions): Dispatcher {
  const prefix = options.prefix ?? "countersign";
  // Commands fail at once while the connection is down, instead of waiting for it in memory.
  const producer = new Redis(options.redisUrl, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    commandTimeout: ANSWER_WITHIN_MS,
    retryStrategy: reconnectDelayMs,
  });
  producer.on("error", options.onError);
  const firstAnswer = new Promise<void>((resolve) => {
    for (const event of ["ready", "error", "close"]) producer.once(event, () => resolve());
  });
  const queues = new Map<Bell, Promise<Queue>>();
  const batches = new Map<Bell, (id: string) => Promise<boolean>>();
  const stops = new Set<() => Promise<void>>();
  let closed = false;

  function queueOf(bell: Bell): Promise<Queue> {
    const known = queues.get(bell);
    if (known !== undefined) return known;
    const queue = openQueue(bell);
    queues.set(bell, queue);
    // BullMQ asks for the server's version once and never again when that fails: throw such a queue away.
    queue.catch(() => queues.delete(bell));
    return queue;
  }

  async function openQueue(bell: Bell): Promise<Queue> {
    const queue = new Queue(queueName(bell), {
      connection: producer,
      prefix,
      skipWaitingForReady: true,
      defaultJobOptions: { removeOnComplete: true, removeOnFail: true, attempts: 1 },
    });
    queue.on("error", options.onError);
    await queue.waitUntilReady();
    return queue;
  }

  function batchesOf(bell: Bell): (id: string) => Promise<boolean> {
    const known = batches.get(bell);
    if (known !== undefined) return known;
    const made = createRingBatches((ids) => {
      const [id] = ids;
      // Only rings that come one by one can pile up while nobody listens, and are kept as one.
      return add(bell, ids, ids.length === 1 && id !== undefined ? { deduplication: { id } } : {});
    });
    batches.set(bell, made);
    return made;
  }

  async function add(bell: Bell, ids: readonly string[], how: JobsOptions): Promise<boolean> {
    try {
      const queue = await within(ANSWER_WITHIN_MS, queueOf(bell));
      if (queue === null) return false;
      return (await within(ANSWER_WITHIN_MS, queue.add("ring", { ids }, how))) !== null;
    } catch (error) {
      options.onError(error);
      return false;
    }
  }

  async function isConnected(): Promise<boolean> {
    await firstAnswer;
    return !closed && producer.status === "ready";
  }

  return {
    async ring(bell, id, delayMs = 0) {
      if (!(await isConnected())) return false;
      if (delayMs > 0) return add(bell, [id], { delay: Math.ceil(delayMs) });
      return batchesOf(bell)(id);
    },

    listen(bell, concurrency, handler) {
      const stop = startWorker({ ...options, prefix, bell, concurrency, handler });
      const stopOnce = () => {
        stops.delete(stopOnce);
        return stop();
      };
      stops.add(stopOnce);
      return Promise.resolve(stopOnce);
    },

    async healthy() {
      if (!(await isConnected())) return false;
      try {
        return (await producer.ping()) === "PONG";
      } catch {
        return false;
      }
    },

    async close() {
      closed = true;
      await Promise.all([...stops].map((stop) => stop()));
      const closing = [...queues.values()].map(async (queue) => (await queue).close());
      await within(CLOSE_WITHIN_MS, Promise.allSettled(closing));
      producer.disconnect();
    },
  };
}

type WorkerOptions = BullmqOptions & {
  readonly prefix: string;
  readonly bell: Bell;
  readonly concurrency: number;
  readonly handler: (id: string) => Promise<void>;
};

/** Listens until the answered function is called, which waits for the handlers that run. */
function startWorker(options: WorkerOptions): () => Promise<void> {
  const { first, cut } = workerConnections(options);
  const running = new Set<Promise<void>>();
  const handle = async (ids: readonly string[]): Promise<void> => {
    for (const id of ids) await options.handler(id).catch(options.onError);
  };
  const worker = new Worker<{ ids: readonly string[] }>(
    queueName(options.bell),
    async (job) => {
      // From here on another ring is about something this one may not see, so it must not be dropped as a double.
      if (job.deduplicationId !== undefined) await job.removeDeduplicationKey();
      const run = handle(job.data.ids);
      running.add(run);
      await run.finally(() => running.delete(run));
    },
    {
      connection: first,
      prefix: options.prefix,
      concurrency: options.concurrency,
      removeOnComplete: { count: 0 },
      removeOnFail: { count: 0 },
    },
  );
  worker.on("error", options.onError);
  return async () => {
    const closing = worker.close().catch(options.onError);
    while (running.size > 0) await Promise.all(running);
    await within(CLOSE_WITHIN_MS, closing);
    cut();
    // What BullMQ was waiting for will not come any more: now it can end its timers.
    await within(CLOSE_WITHIN_MS, closing);
  };
}

/**
 * A worker duplicates the connection it is given, and with Redis down never gets to cutting all of the copies:
 * so they are made here and cut here.
 */
function workerConnections(options: BullmqOptions): { first: Redis; cut: () => void } {
  const made: Redis[] = [];
  let cutting = false;
  const retryStrategy = (tries: number) => (cutting ? null : reconnectDelayMs(tries));
  // BullMQ changes the name and nothing else.
  const make = (changes: Pick<RedisOptions, "connectionName"> = {}): Redis => {
    const { connectionName = "countersign" } = changes;
    const settings = { connectionName, maxRetriesPerRequest: null, retryStrategy };
    const connection = new Redis(options.redisUrl, settings);
    connection.duplicate = make;
    // The worker tells of the same error.
    connection.on("error", () => undefined);
    made.push(connection);
    return connection;
  };
  const cut = () => {
    cutting = true;
    for (const connection of made) cutOff(connection);
  };
  return { first: make(), cut };
}

/**
 * Ends a connection so that whoever waits for it hears of the end: ioredis says nothing when it is told to
 * disconnect between two tries, so it is made to try once more, for the last time.
 */
function cutOff(connection: Redis): void {
  if (connection.status !== "reconnecting") {
    connection.disconnect();
    return;
  }
  connection.connect().then(
    () => connection.disconnect(),
    // Not there, as expected.
    () => undefined,
  );
}

/** No `:` may be in it. */
function queueName(bell: Bell): string {
  return `countersign-${bell}`;
}

function reconnectDelayMs(tries: number): number {
  return Math.min(100 * 2 ** Math.min(tries, 5), 2_000);
}

/** The promise's value, or null when it takes longer. */
async function within<T>(limitMs: number, promise: Promise<T>): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), limitMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

// W2: how long one run of ten sequential steps takes when nothing else is going on, beside BullMQ without
// durability; and how soon a request is a queued run, and a done one, when requests come at a steady pace.

import { setTimeout as pause } from "node:timers/promises";
import { openEngine } from "./engine.ts";
import type { Dispatch } from "./engine.ts";
import { figure, median, percentile, table } from "./figures.ts";
import { STEPS } from "./no-op-plans.ts";
import { openRawBullmq } from "./raw-bullmq.ts";
import type { Servers } from "./servers.ts";

const RUNS = 40;
const WARM_UP = 10;
const REQUESTS_PER_SECOND = 20;
const PACED_SECONDS = 5;

const CONTENDERS = [
  { name: "raw BullMQ, progress in Redis only", measure: measureRaw },
  {
    name: "Countersign, rung by BullMQ",
    measure: (servers: Servers) => measureEngine(servers, "bullmq"),
  },
  {
    name: "Countersign, rung in process",
    measure: (servers: Servers) => measureEngine(servers, "in-process"),
  },
] as const;

export async function benchOneRun(
  servers: Servers,
  { rounds }: { readonly rounds: number },
): Promise<string> {
  const medians = CONTENDERS.map((): number[] => []);
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, { measure }] of CONTENDERS.entries())
      medians[index]?.push(median(await measure(servers)));
  }
  const raw = medians[0] ?? [];
  const rows = CONTENDERS.map(({ name }, index) => {
    const own = medians[index] ?? [];
    const ratios = own.map((ms, round) => ms / (raw[round] ?? Number.NaN));
    return [name, figure(median(own)), figure(median(ratios))];
  });
  return [
    `W2: one run of ${STEPS} sequential no-op steps, ${RUNS} one after the other, ${rounds} interleaved rounds; ring to completed, ms`,
    "",
    table(["", "p50", "of raw"], rows),
    "",
    `Paced: ${REQUESTS_PER_SECOND} requests/s for ${PACED_SECONDS} s, each a plan of 3+4+3 steps; ms`,
    "",
    table(
      ["", "request to queued p50", "p99", "request to completed p50", "p99"],
      [
        await paced(servers, "bullmq", "rung by BullMQ"),
        await paced(servers, "in-process", "rung in process"),
      ],
    ),
  ].join("\n");
}

async function measureEngine(servers: Servers, dispatch: Dispatch): Promise<readonly number[]> {
  const engine = await openEngine(servers, dispatch, 50);
  try {
    const runIds = await engine.prepare(RUNS + WARM_UP, "sequential");
    await engine.start();
    const times: number[] = [];
    for (const runId of runIds) {
      await engine.unpark([runId]);
      times.push(await millisecondsOf(() => engine.run([runId])));
    }
    await engine.verify(runIds);
    return times.slice(WARM_UP);
  } finally {
    await engine.close();
  }
}

async function measureRaw({ redisUrl }: Servers): Promise<readonly number[]> {
  const stages = Array.from({ length: STEPS }, () => 1);
  const bullmq = await openRawBullmq({ redisUrl, stages, concurrency: 50 });
  try {
    const times: number[] = [];
    while (times.length < RUNS + WARM_UP) times.push(await millisecondsOf(() => bullmq.run(1)));
    return times.slice(WARM_UP);
  } finally {
    await bullmq.close();
  }
}

/** An open loop: a request is made when its time has come, however long the ones before it take. */
async function paced(
  servers: Servers,
  dispatch: Dispatch,
  name: string,
): Promise<readonly string[]> {
  const engine = await openEngine(servers, dispatch, 50);
  try {
    await engine.start();
    await engine.completed(await engine.ask("stages"));
    const queued: number[] = [];
    const completed: number[] = [];
    const beganAt = performance.now();
    const requests: Promise<string>[] = [];
    for (let count = 0; count < REQUESTS_PER_SECOND * PACED_SECONDS; count += 1) {
      const dueAt = beganAt + (count * 1_000) / REQUESTS_PER_SECOND;
      await pause(Math.max(0, dueAt - performance.now()));
      requests.push(request(dueAt));
    }
    await engine.verify(await Promise.all(requests));
    const figures = [queued, completed].flatMap((times) => [
      figure(median(times)),
      figure(percentile(times, 0.99)),
    ]);
    return [name, ...figures];

    async function request(dueAt: number): Promise<string> {
      const runId = await engine.ask("stages");
      queued.push(performance.now() - dueAt);
      await engine.completed(runId);
      completed.push(performance.now() - dueAt);
      return runId;
    }
  } finally {
    await engine.close();
  }
}

async function millisecondsOf(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

// W1: how many runs of ten no-op steps (3 + 4 + 3) get done in a second, beside BullMQ without durability and
// beside graphile-worker with a row for each step.

import { openEngine } from "./engine.ts";
import type { Dispatch } from "./engine.ts";
import { figure, median, table } from "./figures.ts";
import { openGraphile } from "./graphile.ts";
import { noOpRequest, STAGES } from "./plans.ts";
import { openRawBullmq } from "./raw-bullmq.ts";
import { atLeast } from "./report.ts";
import type { Report } from "./report.ts";
import { interleaved, ratio } from "./rounds.ts";
import type { Servers } from "./servers.ts";

const RUNS = 1_000;
const AT_ONCE = 50;
const WARM_UP = 100;

export async function benchW1(
  servers: Servers,
  { rounds }: { readonly rounds: number },
): Promise<Report> {
  const contenders = [
    { name: "raw BullMQ, progress in Redis only", measure: () => measureRaw(servers) },
    { name: "graphile-worker, an INSERT per step", measure: () => measureGraphile(servers) },
    { name: "Countersign, rung by BullMQ", measure: () => measureEngine(servers, "bullmq") },
    { name: "Countersign, rung in process", measure: () => measureEngine(servers, "in-process") },
  ];
  const rates = await interleaved(contenders, rounds);
  const [raw = [], graphile = [], rung = [], inProcess = []] = rates;
  const rows = contenders.map(({ name }, index) => {
    const own = rates[index] ?? [];
    return [
      name,
      ...[median(own), Math.min(...own), Math.max(...own)].map(figure),
      ...[ratio(own, raw), ratio(own, graphile)].map(figure),
    ];
  });
  return {
    text: [
      `W1: ${RUNS} runs x 10 no-op steps (${STAGES.join("+")}), ${AT_ONCE} at once, ${rounds} interleaved rounds; runs/s`,
      "",
      table(["", "median", "min", "max", "of raw BullMQ", "of graphile-worker"], rows),
    ].join("\n"),
    verdicts: [
      atLeast("W1 rung by BullMQ, of raw BullMQ", 0.7, ratio(rung, raw)),
      atLeast("W1 rung by BullMQ, of graphile-worker", 2, ratio(rung, graphile)),
      atLeast("W1 rung in process, of raw BullMQ", 1.3, ratio(inProcess, raw)),
    ],
  };
}

async function measureEngine(servers: Servers, dispatch: Dispatch): Promise<number> {
  const engine = await openEngine(servers, dispatch, { concurrency: AT_ONCE });
  try {
    const runIds = await engine.prepare(RUNS + WARM_UP, noOpRequest("stages"));
    const [warmUp, measured] = [runIds.slice(0, WARM_UP), runIds.slice(WARM_UP)];
    await engine.start();
    await engine.unpark(warmUp);
    await engine.run(warmUp);
    await engine.unpark(measured);
    const seconds = await secondsOf(() => engine.run(measured));
    await engine.verify(runIds);
    return RUNS / seconds;
  } finally {
    await engine.close();
  }
}

async function measureRaw({ redisUrl }: Servers): Promise<number> {
  const bullmq = await openRawBullmq({ redisUrl, stages: STAGES, concurrency: AT_ONCE });
  try {
    await bullmq.run(WARM_UP);
    return RUNS / (await secondsOf(() => bullmq.run(RUNS)));
  } finally {
    await bullmq.close();
  }
}

async function measureGraphile({ databaseUrl }: Servers): Promise<number> {
  const graphile = await openGraphile({ databaseUrl, stages: STAGES, concurrency: AT_ONCE });
  try {
    await graphile.run(WARM_UP);
    return RUNS / (await secondsOf(() => graphile.run(RUNS)));
  } finally {
    await graphile.close();
  }
}

async function secondsOf(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1_000;
}

// W2: how long one run of ten sequential steps takes when nothing else is going on, beside BullMQ without
// durability.

import { openEngine } from "./engine.ts";
import type { Dispatch } from "./engine.ts";
import { figure, median, table } from "./figures.ts";
import { noOpRequest, STEPS } from "./plans.ts";
import { openRawBullmq } from "./raw-bullmq.ts";
import { atMost } from "./report.ts";
import type { Report } from "./report.ts";
import { interleaved, ratio } from "./rounds.ts";
import type { Servers } from "./servers.ts";

const RUNS = 40;
const WARM_UP = 10;

export async function benchW2(
  servers: Servers,
  { rounds }: { readonly rounds: number },
): Promise<Report> {
  const contenders = [
    { name: "raw BullMQ, progress in Redis only", measure: () => measureRaw(servers) },
    { name: "Countersign, rung by BullMQ", measure: () => measureEngine(servers, "bullmq") },
    { name: "Countersign, rung in process", measure: () => measureEngine(servers, "in-process") },
  ];
  const times = await interleaved(contenders, rounds);
  const medians = times.map((own) => own.map((of) => median(of)));
  const [raw = [], rung = []] = medians;
  const rows = contenders.map(({ name }, index) => {
    const own = medians[index] ?? [];
    return [name, figure(median(own)), figure(ratio(own, raw))];
  });
  return {
    text: [
      `W2: one run of ${STEPS} sequential no-op steps, ${RUNS} one after the other, ${rounds} interleaved rounds; ring to completed, ms`,
      "",
      table(["", "p50", "of raw BullMQ"], rows),
    ].join("\n"),
    verdicts: [atMost("W2 p50 rung by BullMQ, of raw BullMQ's", 1.3, ratio(rung, raw))],
  };
}

async function measureEngine(servers: Servers, dispatch: Dispatch): Promise<readonly number[]> {
  const engine = await openEngine(servers, dispatch, { concurrency: 50 });
  try {
    const runIds = await engine.prepare(RUNS + WARM_UP, noOpRequest("sequential"));
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

async function millisecondsOf(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

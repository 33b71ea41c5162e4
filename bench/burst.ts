// A burst: 1,000 runs are asked to go at the same moment. How long until a run's first step begins, beside raw
// BullMQ with the same 50 at once.

import { openEngine } from "./engine.ts";
import type { Dispatch } from "./engine.ts";
import { figure, median, percentile, table } from "./figures.ts";
import { hearSteps, noOpRequest, STAGES } from "./plans.ts";
import { openRawBullmq } from "./raw-bullmq.ts";
import { atMost } from "./report.ts";
import type { Report } from "./report.ts";
import { interleaved, ratio } from "./rounds.ts";
import type { Servers } from "./servers.ts";

const RUNS = 1_000;
const AT_ONCE = 50;
const WARM_UP = 100;

export async function benchBurst(
  servers: Servers,
  { rounds }: { readonly rounds: number },
): Promise<Report> {
  const contenders = [
    { name: "raw BullMQ, progress in Redis only", measure: () => measureRaw(servers) },
    { name: "Countersign, rung by BullMQ", measure: () => measureEngine(servers, "bullmq") },
    { name: "Countersign, rung in process", measure: () => measureEngine(servers, "in-process") },
  ];
  const starts = await interleaved(contenders, rounds);
  const p99s = starts.map((own) => own.map((times) => percentile(times, 0.99)));
  const [raw = [], rung = []] = p99s;
  const rows = contenders.map(({ name }, index) => [
    name,
    figure(median((starts[index] ?? []).map((times) => median(times)))),
    figure(median(p99s[index] ?? [])),
    figure(ratio(p99s[index] ?? [], raw)),
  ]);
  return {
    text: [
      `Burst: ${RUNS} runs asked to go at once, ${AT_ONCE} at a time, ${rounds} interleaved rounds; until the first step begins, ms`,
      "",
      table(["", "p50", "p99", "p99 of raw BullMQ's"], rows),
    ].join("\n"),
    verdicts: [atMost("burst of 1,000, start p99, of raw BullMQ's", 1, ratio(rung, raw))],
  };
}

async function measureEngine(servers: Servers, dispatch: Dispatch): Promise<readonly number[]> {
  const engine = await openEngine(servers, dispatch, { concurrency: AT_ONCE });
  try {
    const runIds = await engine.prepare(RUNS + WARM_UP, noOpRequest("stages"));
    const [warmUp, measured] = [runIds.slice(0, WARM_UP), runIds.slice(WARM_UP)];
    await engine.start();
    await engine.unpark(warmUp);
    await engine.run(warmUp);
    await engine.unpark(measured);
    const begun = new Map<string, number>();
    const startedAt = performance.now();
    hearSteps((runId) => {
      if (!begun.has(runId)) begun.set(runId, performance.now() - startedAt);
    });
    await engine.run(measured);
    hearSteps(null);
    await engine.verify(runIds);
    return [...begun.values()];
  } finally {
    hearSteps(null);
    await engine.close();
  }
}

async function measureRaw({ redisUrl }: Servers): Promise<readonly number[]> {
  const begun: number[] = [];
  let startedAt = Number.POSITIVE_INFINITY;
  const bullmq = await openRawBullmq({
    redisUrl,
    stages: STAGES,
    concurrency: AT_ONCE,
    onBegin: () => {
      if (Number.isFinite(startedAt)) begun.push(performance.now() - startedAt);
    },
  });
  try {
    await bullmq.run(WARM_UP);
    startedAt = performance.now();
    await bullmq.run(RUNS);
    return begun;
  } finally {
    await bullmq.close();
  }
}

// One, two and four worker processes over one Redis and one Postgres: every step once, and not slower together
// than alone. On few processors there is nothing to be won, but nothing may be lost either.

import { randomBytes } from "node:crypto";
import { openEngine } from "./engine.ts";
import { figure, median, table } from "./figures.ts";
import { noOpRequest } from "./plans.ts";
import { atLeast } from "./report.ts";
import type { Report } from "./report.ts";
import { interleaved, ratio } from "./rounds.ts";
import { watchRuns } from "./runs-in-database.ts";
import type { Servers } from "./servers.ts";
import { startWorker } from "./workers-at-hand.ts";

const RUNS = 1_000;
const WARM_UP = 200;
const COUNTS = [1, 2, 4] as const;

export async function benchWorkers(
  servers: Servers,
  { rounds }: { readonly rounds: number },
): Promise<Report> {
  const contenders = COUNTS.map((count) => ({
    name: `${count} worker${count === 1 ? "" : "s"}`,
    measure: () => measure(servers, count),
  }));
  const rates = await interleaved(contenders, rounds);
  const [alone = []] = rates;
  const ratios = rates.map((own) => ratio(own, alone));
  return {
    text: [
      `Workers: ${RUNS} runs x 10 no-op steps, rung by BullMQ, 50 at once in each process, ${rounds} interleaved rounds; runs/s. Each step was done once.`,
      "",
      table(
        ["", "median", "of one worker"],
        contenders.map(({ name }, index) => [
          name,
          figure(median(rates[index] ?? [])),
          figure(ratios[index] ?? Number.NaN),
        ]),
      ),
    ].join("\n"),
    verdicts: [
      atLeast("two workers, of one's throughput", 1, ratios[1] ?? Number.NaN),
      atLeast("four workers, of one's throughput", 1, ratios[2] ?? Number.NaN),
    ],
  };
}

/** @throws when a step was done twice or not at all. */
async function measure(servers: Servers, count: number): Promise<number> {
  const prefix = `workers-${randomBytes(4).toString("hex")}`;
  const asking = await openEngine(servers, "bullmq", { concurrency: 1, prefix });
  const runs = watchRuns(servers.databaseUrl);
  const runIds = await asking.prepare(RUNS + WARM_UP, noOpRequest("stages"));
  const workers = await Promise.all(
    Array.from({ length: count }, (_, index) =>
      startWorker(servers, {
        dispatch: "bullmq",
        prefix,
        owner: `${prefix}-${index}`,
        concurrency: 50,
      }),
    ),
  );
  try {
    for (const worker of workers) worker.go();
    const [warmUp, measured] = [runIds.slice(0, WARM_UP), runIds.slice(WARM_UP)];
    await asking.unpark(warmUp);
    await asking.ringAll(warmUp);
    await runs.allCompleted(warmUp);
    await asking.unpark(measured);
    const startedAt = performance.now();
    await asking.ringAll(measured);
    await runs.allCompleted(measured);
    const seconds = (performance.now() - startedAt) / 1_000;
    await asking.verify(runIds);
    return RUNS / seconds;
  } finally {
    await Promise.all(workers.map((worker) => worker.end()));
    await runs.close();
    await asking.close();
  }
}

// How soon a request is a queued run, and a done one, when requests come at a steady pace.

import { setTimeout as pause } from "node:timers/promises";
import { openEngine } from "./engine.ts";
import type { Dispatch } from "./engine.ts";
import { figure, median, percentile, table } from "./figures.ts";
import { noOpRequest } from "./plans.ts";
import { atMost } from "./report.ts";
import type { Report } from "./report.ts";
import { interleaved } from "./rounds.ts";
import type { Servers } from "./servers.ts";

const REQUESTS_PER_SECOND = 20;
const SECONDS = 5;

type Latencies = { readonly queued: readonly number[]; readonly completed: readonly number[] };

export async function benchPaced(
  servers: Servers,
  { rounds }: { readonly rounds: number },
): Promise<Report> {
  const contenders = [
    { name: "rung by BullMQ", measure: () => measure(servers, "bullmq") },
    { name: "rung in process", measure: () => measure(servers, "in-process") },
  ];
  const latencies = await interleaved(contenders, rounds);
  const over = (index: number, of: keyof Latencies, share: number): number =>
    median((latencies[index] ?? []).map((round) => percentile(round[of], share)));
  const rows = contenders.map(({ name }, index) => [
    name,
    ...(["queued", "completed"] as const).flatMap((of) => [
      figure(over(index, of, 0.5)),
      figure(over(index, of, 0.99)),
    ]),
  ]);
  return {
    text: [
      `Paced: ${REQUESTS_PER_SECOND} requests/s for ${SECONDS} s, each a plan of 3+4+3 steps, ${rounds} interleaved rounds; medians of the rounds, ms`,
      "",
      table(["", "to queued p50", "p99", "to completed p50", "p99"], rows),
    ].join("\n"),
    verdicts: [atMost("request to queued run at 20/s, p99", 10, over(0, "queued", 0.99), " ms")],
  };
}

/** An open loop: a request is made when its time has come, however long the ones before it take. */
async function measure(servers: Servers, dispatch: Dispatch): Promise<Latencies> {
  const engine = await openEngine(servers, dispatch, { concurrency: 50 });
  try {
    await engine.start();
    for (let warmUp = 0; warmUp < 20; warmUp += 1)
      await engine.completed(await engine.ask(noOpRequest("stages")));
    const queued: number[] = [];
    const completed: number[] = [];
    const request = async (dueAt: number): Promise<string> => {
      const runId = await engine.ask(noOpRequest("stages"));
      queued.push(performance.now() - dueAt);
      await engine.completed(runId);
      completed.push(performance.now() - dueAt);
      return runId;
    };
    const beganAt = performance.now();
    const requests: Promise<string>[] = [];
    for (let count = 0; count < REQUESTS_PER_SECOND * SECONDS; count += 1) {
      const dueAt = beganAt + (count * 1_000) / REQUESTS_PER_SECOND;
      await pause(Math.max(0, dueAt - performance.now()));
      requests.push(request(dueAt));
    }
    await engine.verify(await Promise.all(requests));
    return { queued, completed };
  } finally {
    await engine.close();
  }
}

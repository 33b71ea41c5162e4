// From a request in one process to the step that it stops in another: a person cancels a run whose step goes on until
// it is stopped, and the worker says so. Both times are taken by the process that asks.

import { randomBytes } from "node:crypto";
import { openEngine } from "./engine.ts";
import { figure, percentile, table } from "./figures.ts";
import { holdingRequest } from "./plans.ts";
import { atMost } from "./report.ts";
import type { Report } from "./report.ts";
import type { Servers } from "./servers.ts";
import { startWorker } from "./workers-at-hand.ts";

const WARM_UP = 20;
const RUNS_A_ROUND = 100;
/** Also the worker's poll, should a notification be lost: what comes later was not heard in time. */
const TARGET_MS = 1_000;

export async function benchControl(
  servers: Servers,
  { rounds }: { readonly rounds: number },
): Promise<Report> {
  const prefix = `control-${randomBytes(4).toString("hex")}`;
  const asking = await openEngine(servers, "bullmq", { concurrency: 1, prefix });
  const worker = await startWorker(servers, {
    dispatch: "bullmq",
    prefix,
    owner: prefix,
    concurrency: 10,
  });
  const cancelOne = async (): Promise<number> => {
    const runId = await asking.ask(holdingRequest());
    await asking.ringAll([runId]);
    await worker.said(`began ${runId}`);
    const askedAt = performance.now();
    const stopped = worker.said(`stopped ${runId}`);
    await asking.cancel(runId);
    await stopped;
    return performance.now() - askedAt;
  };
  try {
    worker.go();
    for (let index = 0; index < WARM_UP; index += 1) await cancelOne();
    const times: number[] = [];
    while (times.length < rounds * RUNS_A_ROUND) times.push(await cancelOne());
    const p99 = percentile(times, 0.99);
    return {
      text: [
        `Control: ${times.length} runs canceled one after the other, from the request in one process to the signal in the step of another; ms.`,
        "",
        table(
          ["", "p50", "p99", "longest"],
          [
            [
              "request to heard",
              figure(percentile(times, 0.5)),
              figure(p99),
              figure(Math.max(...times)),
            ],
          ],
        ),
      ].join("\n"),
      verdicts: [
        atMost("control, request to heard in another process, p99", TARGET_MS, p99, " ms"),
      ],
    };
  } finally {
    await worker.end();
    await asking.close();
  }
}

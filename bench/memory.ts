// What a run costs the worker's memory: one that is under way, and one that waits for a person.

import { setTimeout as pause } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import postgres from "postgres";
import { openEngine } from "./engine.ts";
import type { EngineUnderTest } from "./engine.ts";
import { figure, table } from "./figures.ts";
import { askingRequest, closeGate, hearSteps, noOpRequest, waitingRequest } from "./plans.ts";
import { atMost } from "./report.ts";
import type { Report } from "./report.ts";
import type { Servers } from "./servers.ts";

const RUNS = 500;
const WARM_UP = 200;
/** Below this, the difference is what the collector has left over and not something kept for a run, in kB. */
const NOTHING_KB = 2;

export async function benchMemory(servers: Servers): Promise<Report> {
  const active = await perActiveRun(servers);
  const waiting = await perWaitingRun(servers);
  return {
    text: [
      `Memory: ${RUNS} runs of ten steps in one worker; heap and buffers after a full collection, beside none`,
      "",
      table(
        ["", "kB per run"],
        [
          ["under way", figure(active)],
          ["waiting for a person", figure(waiting)],
        ],
      ),
    ].join("\n"),
    verdicts: [
      atMost("memory of an active run", 100, active, " kB"),
      atMost("memory of a waiting run", NOTHING_KB, waiting, " kB"),
    ],
  };
}

async function perActiveRun(servers: Servers): Promise<number> {
  const engine = await openEngine(servers, "in-process", { concurrency: RUNS });
  const openGate = closeGate();
  try {
    const runIds = await engine.prepare(RUNS, waitingRequest("parallel"));
    await engine.start();
    await warmUp(engine);
    const before = used();
    const begun = new Set<string>();
    const { promise, resolve } = Promise.withResolvers<void>();
    hearSteps((runId) => {
      begun.add(runId);
      if (begun.size === RUNS) resolve();
    });
    await engine.unpark(runIds);
    const done = engine.run(runIds);
    await Promise.race([promise, done]);
    hearSteps(null);
    const perRun = (used() - before) / RUNS / 1_000;
    openGate();
    await done;
    return perRun;
  } finally {
    openGate();
    hearSteps(null);
    await engine.close();
  }
}

async function perWaitingRun(servers: Servers): Promise<number> {
  const engine = await openEngine(servers, "in-process", { concurrency: RUNS });
  const sql = postgres(servers.databaseUrl, { max: 1 });
  try {
    const runIds = await engine.prepare(RUNS, askingRequest());
    await engine.start();
    await warmUp(engine);
    const before = used();
    await engine.unpark(runIds);
    await engine.ringAll(runIds);
    let waiting = 0;
    while (waiting < RUNS) {
      await pause(50);
      const [row] = await sql<{ waiting: number }[]>`
        select count(*)::int as waiting from runs where status = 'waiting-answer' and owner is null`;
      waiting = row?.waiting ?? 0;
    }
    return (used() - before) / RUNS / 1_000;
  } finally {
    await engine.close();
    await sql.end();
  }
}

/** What is made once for all runs is no run's. */
async function warmUp(engine: EngineUnderTest): Promise<void> {
  const some = await engine.prepare(WARM_UP, noOpRequest("stages"));
  await engine.unpark(some);
  await engine.run(some);
}

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

function used(): number {
  collect();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

// kill -9 in the middle of 40 runs of ten steps that take 30 ms and leave a line that everybody can see. The
// worker starts again in the same place and goes on: nothing may be there twice, nothing may be missing.

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { openEngine } from "./engine.ts";
import { figure, median, table } from "./figures.ts";
import { appendingRequest, STEPS } from "./plans.ts";
import { atMost, exactly } from "./report.ts";
import type { Report } from "./report.ts";
import { watchRuns } from "./runs-in-database.ts";
import type { RunsInDatabase } from "./runs-in-database.ts";
import type { Servers } from "./servers.ts";
import { startWorker } from "./workers-at-hand.ts";

const RUNS = 40;
/** Counted from the first effect. Ten steps one after the other take 300 ms: any moment of them may be hit. */
const FIRST_KILL_MS = 0;
const LAST_KILL_MS = 300;

type Round = {
  readonly twice: number;
  readonly lost: number;
  readonly done: number;
  readonly recoveredMs: number;
  readonly withStartMs: number;
};

export async function benchKill(
  servers: Servers,
  { kills }: { readonly kills: number },
): Promise<Report> {
  const directory = await mkdtemp(join(tmpdir(), "countersign-bench-"));
  const runs = watchRuns(servers.databaseUrl);
  const rounds: Round[] = [];
  try {
    while (rounds.length < kills) {
      const share = rounds.length / Math.max(1, kills - 1);
      const afterMs = FIRST_KILL_MS + share * (LAST_KILL_MS - FIRST_KILL_MS);
      rounds.push(await killOnce(servers, runs, join(directory, `${rounds.length}`), afterMs));
    }
  } finally {
    await runs.close();
    await rm(directory, { recursive: true });
  }
  const sum = (of: keyof Round): number => rounds.reduce((total, round) => total + round[of], 0);
  const most = (of: keyof Round): number => Math.max(...rounds.map((round) => round[of]));
  const times = (of: keyof Round) => rounds.map((round) => round[of]);
  return {
    text: [
      `Kill: kill -9 between ${FIRST_KILL_MS} and ${LAST_KILL_MS} ms after the first effect of ${RUNS} runs x ${STEPS} steps of 30 ms with visible effects, ${kills} rounds`,
      "",
      table(
        ["", "median", "max"],
        [
          ["effects there when it was killed", figure(median(times("done"))), figure(most("done"))],
          [
            "worker started to all runs taken up, ms",
            figure(median(times("recoveredMs"))),
            figure(most("recoveredMs")),
          ],
          [
            "killed to all runs taken up, with a new process, ms",
            figure(median(times("withStartMs"))),
            figure(most("withStartMs")),
          ],
        ],
      ),
    ].join("\n"),
    verdicts: [
      exactly(`steps done twice in ${kills} kills`, 0, sum("twice")),
      exactly(`steps lost in ${kills} kills`, 0, sum("lost")),
      atMost("taken up by the same owner, slowest", 1_000, most("recoveredMs"), " ms"),
    ],
  };
}

async function killOnce(
  servers: Servers,
  runs: RunsInDatabase,
  path: string,
  afterMs: number,
): Promise<Round> {
  await writeFile(path, "");
  const preparing = await openEngine(servers, "in-process", { concurrency: 1 });
  const runIds = await preparing.prepare(RUNS, appendingRequest("sequential", path));
  await preparing.unpark(runIds);
  await preparing.close();
  const slot = { dispatch: "in-process", prefix: "kill", owner: "kill", concurrency: 50 } as const;
  const first = await startWorker(servers, slot);
  first.go();
  while ((await linesOf(path)).length === 0) await pause(1);
  await pause(afterMs);
  await first.kill();
  const killedAt = performance.now();
  const left = RUNS - (await runs.completed(runIds));
  const done = await linesOf(path);
  const second = await startWorker(servers, slot);
  const startedAt = performance.now();
  second.go();
  await second.claimed(left);
  const takenAt = performance.now();
  await runs.allCompleted(runIds);
  await second.end();
  const lines = await linesOf(path);
  const distinct = new Set(lines).size;
  return {
    twice: lines.length - distinct,
    lost: RUNS * STEPS - distinct,
    done: done.length,
    recoveredMs: takenAt - startedAt,
    withStartMs: takenAt - killedAt,
  };
}

async function linesOf(path: string): Promise<readonly string[]> {
  return (await readFile(path, "utf8")).split("\n").filter((line) => line !== "");
}

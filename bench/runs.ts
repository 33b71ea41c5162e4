// W1: how many runs of ten no-op steps (3 + 4 + 3) get done in a second, beside BullMQ without durability. The
// engines take turns in every round, so that whatever else the machine does hits all of them: trust the ratios.

import { openEngine } from "./engine.ts";
import type { Dispatch } from "./engine.ts";
import { figure, median, table } from "./figures.ts";
import { STAGES } from "./no-op-plans.ts";
import { openRawBullmq } from "./raw-bullmq.ts";
import type { Servers } from "./servers.ts";

const RUNS = 1_000;
const AT_ONCE = 50;
const WARM_UP = 100;

type Contender = { readonly name: string; readonly measure: (servers: Servers) => Promise<number> };

const CONTENDERS: readonly Contender[] = [
  { name: "raw BullMQ, progress in Redis only", measure: measureRaw },
  { name: "Countersign, rung by BullMQ", measure: (servers) => measureEngine(servers, "bullmq") },
  {
    name: "Countersign, rung in process",
    measure: (servers) => measureEngine(servers, "in-process"),
  },
];

export async function benchRuns(
  servers: Servers,
  { rounds }: { readonly rounds: number },
): Promise<string> {
  const rates = CONTENDERS.map((): number[] => []);
  for (let round = 0; round < rounds; round += 1) {
    // Another one begins each time.
    for (let turn = 0; turn < CONTENDERS.length; turn += 1) {
      const index = (round + turn) % CONTENDERS.length;
      const rate = await CONTENDERS[index]?.measure(servers);
      if (rate !== undefined) rates[index]?.push(rate);
    }
  }
  const raw = rates[0] ?? [];
  const rows = CONTENDERS.map(({ name }, index) => {
    const own = rates[index] ?? [];
    const ratios = own.map((rate, round) => rate / (raw[round] ?? Number.NaN));
    return [
      name,
      figure(median(own)),
      figure(Math.min(...own)),
      figure(Math.max(...own)),
      figure(median(ratios)),
    ];
  });
  return [
    `W1: ${RUNS} runs x 10 no-op steps (${STAGES.join("+")}), ${AT_ONCE} at once, ${rounds} interleaved rounds; runs/s`,
    "",
    table(["", "median", "min", "max", "of raw (median of the rounds' ratios)"], rows),
  ].join("\n");
}

async function measureEngine(servers: Servers, dispatch: Dispatch): Promise<number> {
  const engine = await openEngine(servers, dispatch, AT_ONCE);
  try {
    const runIds = await engine.prepare(RUNS + WARM_UP, "stages");
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

async function secondsOf(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1_000;
}

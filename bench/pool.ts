// 50 runs of ten parallel steps, all 500 under way at the same time: their writes share the database's pool, and
// the number of connections stays what it is.

import postgres from "postgres";
import { openEngine } from "./engine.ts";
import { table } from "./figures.ts";
import { closeGate, hearSteps, STEPS, waitingRequest } from "./plans.ts";
import { atMost, exactly } from "./report.ts";
import type { Report } from "./report.ts";
import type { Servers } from "./servers.ts";

const RUNS = 50;
/** What a process may open: 8 connections for statements, 4 for transactions, one that listens. */
const POOL = 13;
const LOOK_EVERY_MS = 20;

export async function benchPool(servers: Servers): Promise<Report> {
  const preparing = await openEngine(servers, "in-process", { concurrency: 1 });
  const runIds = await preparing.prepare(RUNS, waitingRequest("parallel"));
  await preparing.close();
  const engine = await openEngine(servers, "in-process", { concurrency: RUNS });
  const sql = postgres(servers.databaseUrl, { max: 1 });
  let most = 0;
  const look = async (): Promise<void> => {
    const [row] = await sql<{ open: number }[]>`
      select count(*)::int as open from pg_stat_activity
      where datname = current_database() and application_name like 'countersign%'`;
    most = Math.max(most, row?.open ?? 0);
  };
  const timer = setInterval(() => void look(), LOOK_EVERY_MS);
  const openGate = closeGate();
  let begun = 0;
  const { promise: allBegun, resolve } = Promise.withResolvers<void>();
  hearSteps(() => {
    begun += 1;
    if (begun === RUNS * STEPS) resolve();
  });
  try {
    await engine.start();
    await engine.unpark(runIds);
    const done = engine.run(runIds);
    // All are under way before the first may end.
    await Promise.race([allBegun, done]);
    const together = begun;
    openGate();
    await done;
    await look();
    await engine.verify(runIds);
    return {
      text: [
        `Pool: ${RUNS} runs x ${STEPS} parallel steps at once`,
        "",
        table(
          ["", "most"],
          [
            ["steps under way", String(together)],
            ["database connections", String(most)],
          ],
        ),
      ].join("\n"),
      verdicts: [
        exactly("parallel steps under way at once", RUNS * STEPS, together),
        atMost("database connections of the process", POOL, most),
      ],
    };
  } finally {
    clearInterval(timer);
    openGate();
    hearSteps(null);
    await engine.close();
    await sql.end();
  }
}

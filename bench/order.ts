// 10,000 queued runs: a worker takes them in exactly the order in which they were queued, and drives them all.

import postgres from "postgres";
import { openEngine } from "./engine.ts";
import { figure, table } from "./figures.ts";
import { hearSteps, noOpRequest } from "./plans.ts";
import { exactly } from "./report.ts";
import type { Report } from "./report.ts";
import type { Servers } from "./servers.ts";

const AT_ONCE = 50;

export async function benchOrder(
  servers: Servers,
  { queued }: { readonly queued: number },
): Promise<Report> {
  const claimed: string[] = [];
  const begun = new Set<string>();
  const engine = await openEngine(servers, "bullmq", {
    concurrency: AT_ONCE,
    onClaim: (runIds) => claimed.push(...runIds),
  });
  try {
    const runIds = await engine.prepare(queued, noOpRequest("stages"));
    const order = await orderOf(servers);
    await engine.unpark(runIds);
    await engine.start();
    hearSteps((runId) => begun.add(runId));
    const startedAt = performance.now();
    await engine.run(runIds);
    const seconds = (performance.now() - startedAt) / 1_000;
    await engine.verify(runIds);
    const taken = displaced(claimed, order);
    const steps = displaced([...begun], order);
    return {
      text: [
        `Order: ${queued} queued runs, ${AT_ONCE} at once, ${figure(queued / seconds)} runs/s`,
        "",
        table(
          ["", "runs out of place", "most places"],
          [
            ["taken by the worker", ...taken.map(String)],
            ["first step begun (side by side with up to 49 others)", ...steps.map(String)],
          ],
        ),
      ].join("\n"),
      verdicts: [exactly(`of ${queued} queued runs, started out of order`, 0, taken[0])],
    };
  } finally {
    hearSteps(null);
    await engine.close();
  }
}

async function orderOf({ databaseUrl }: Servers): Promise<readonly string[]> {
  const sql = postgres(databaseUrl, { max: 1 });
  try {
    const rows = await sql<{ id: string }[]>`select id from runs order by queue_position`;
    return rows.map(({ id }) => id);
  } finally {
    await sql.end();
  }
}

/** How many are not in their place, and how far the farthest is from it. */
function displaced(found: readonly string[], order: readonly string[]): readonly [number, number] {
  const place = new Map(order.map((id, index) => [id, index]));
  const distances = found.map((id, index) => Math.abs((place.get(id) ?? Number.NaN) - index));
  const missing = Math.abs(order.length - found.length);
  return [
    distances.filter((distance) => distance !== 0).length + missing,
    Math.max(0, ...distances),
  ];
}

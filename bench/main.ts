// Runs the measurements: `npm run bench [-- w1 w2 kill ...] [--quick] [--rounds N]`.

import { loadavg } from "node:os";
import { parseArgs } from "node:util";
import { benchAcknowledge } from "./acknowledge.ts";
import { benchAudit } from "./audit.ts";
import { benchBurst } from "./burst.ts";
import { benchKill } from "./kill.ts";
import { benchControl } from "./control.ts";
import { describeMachine } from "./machine.ts";
import { benchMemory } from "./memory.ts";
import { benchOrder } from "./order.ts";
import { benchPaced } from "./paced.ts";
import { benchPlanning } from "./planning.ts";
import { benchPool } from "./pool.ts";
import { verdictTable } from "./report.ts";
import type { Report, Verdict } from "./report.ts";
import { openServers } from "./servers.ts";
import { benchSearch } from "./search.ts";
import type { Servers } from "./servers.ts";
import { benchW1 } from "./w1.ts";
import { benchW2 } from "./w2.ts";
import { benchWorkers } from "./workers.ts";

type Scale = {
  readonly rounds: number;
  readonly kills: number;
  readonly queued: number;
  readonly seconds: number;
  readonly searches: number;
};

const PARTS: Readonly<Record<string, (servers: Servers, scale: Scale) => Promise<Report>>> = {
  w1: benchW1,
  w2: benchW2,
  paced: benchPaced,
  burst: benchBurst,
  kill: benchKill,
  order: benchOrder,
  pool: benchPool,
  memory: benchMemory,
  planning: benchPlanning,
  workers: benchWorkers,
  control: benchControl,
  acknowledge: benchAcknowledge,
  audit: benchAudit,
  search: benchSearch,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: "boolean", default: false }, rounds: { type: "string" } },
});
const unknown = positionals.find((name) => !Object.hasOwn(PARTS, name));
const rounds = Number(values.rounds ?? (values.quick ? 2 : 5));
if (unknown !== undefined || !Number.isInteger(rounds) || rounds < 1) {
  console.error(
    unknown === undefined
      ? `--rounds is a whole number from 1 on, not "${values.rounds}".`
      : `There is no measurement "${unknown}": ${Object.keys(PARTS).join(", ")}.`,
  );
  process.exit(2);
}
const scale: Scale = values.quick
  ? { rounds, kills: 4, queued: 1_000, seconds: 8, searches: 30 }
  : { rounds, kills: 20, queued: 10_000, seconds: 20, searches: 200 };
const verdicts: Verdict[] = [];
for (const [index, name] of (positionals.length === 0
  ? Object.keys(PARTS)
  : positionals
).entries()) {
  // A database of its own for each, so that one measurement's rows don't slow the next.
  const servers = await openServers();
  try {
    if (index === 0) console.log(await describeMachine(servers));
    const report = await PARTS[name]?.(servers, scale);
    if (report === undefined) continue;
    console.log(`\n${report.text}\nload ${loadavg()[0]?.toFixed(1)}`);
    verdicts.push(...report.verdicts);
  } finally {
    await servers.close();
  }
}
if (verdicts.length > 0) console.log(`\n${verdictTable(verdicts)}`);

// Runs the measurements: `npm run bench [-- runs | acknowledge | one-run ...] [--quick] [--rounds N]`.

import { parseArgs } from "node:util";
import { benchAcknowledge } from "./acknowledge.ts";
import { describeMachine } from "./machine.ts";
import { benchOneRun } from "./one-run.ts";
import { benchRuns } from "./runs.ts";
import { openServers } from "./servers.ts";
import type { Servers } from "./servers.ts";

type Scale = { readonly rounds: number; readonly seconds: number };

const BENCHES: Readonly<Record<string, (servers: Servers, scale: Scale) => Promise<string>>> = {
  runs: benchRuns,
  acknowledge: benchAcknowledge,
  "one-run": benchOneRun,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: "boolean", default: false }, rounds: { type: "string" } },
});
const unknown = positionals.find((name) => !Object.hasOwn(BENCHES, name));
if (unknown !== undefined) {
  console.error(`There is no measurement "${unknown}": ${Object.keys(BENCHES).join(", ")}.`);
  process.exit(2);
}
const scale: Scale = {
  rounds: values.rounds === undefined ? (values.quick ? 3 : 5) : Number(values.rounds),
  seconds: values.quick ? 8 : 20,
};
const chosen = positionals.length === 0 ? Object.keys(BENCHES) : positionals;
for (const [index, name] of chosen.entries()) {
  // A database of its own for each, so that one measurement's rows don't slow the next.
  const servers = await openServers();
  try {
    if (index === 0) console.log(await describeMachine(servers));
    console.log(`\n${await BENCHES[name]?.(servers, scale)}`);
  } finally {
    await servers.close();
  }
}

// The history and the log of a million events, searched as `/ops history` and `countersign history` do, and the events
// of one plan or run read as a receipt does. Made by SQL from a fixed seed: every machine searches the same.

import { createAuditLog } from "../src/adapters/postgres/audit-log.ts";
import type { Database } from "../src/adapters/postgres/database.ts";
import { openServerDatabase } from "../src/adapters/postgres/postgres-js-database.ts";
import { figure, median, percentile, table } from "./figures.ts";
import { BY_FILTERS, BY_TEXT } from "./history-searches.ts";
import type { Draw, Search } from "./history-searches.ts";
import { atMost } from "./report.ts";
import type { Report, Verdict } from "./report.ts";
import { seedHistory, TEAM } from "./search-seed.ts";
import type { Seeded } from "./search-seed.ts";
import type { Servers } from "./servers.ts";

const SEED = 20_261_126;
const INDEXED_MS = 100;
const TEXT_MS = 500;
const PAGE = 20;
/** They bring pages into memory that any use would have there. */
const UNCOUNTED = 10;

type Measured = { readonly name: string; readonly found: number; readonly took: readonly number[] };

export async function benchSearch(
  { databaseUrl }: Servers,
  { searches }: { readonly searches: number },
): Promise<Report> {
  const database = await openServerDatabase(databaseUrl);
  try {
    const began = performance.now();
    const seeded = await seedHistory(database);
    const seconds = (performance.now() - began) / 1_000;
    const { filters, texts } = await measureSearches(database, seeded, searches);
    return {
      text: [
        `search: ${seeded.events} events of ${seeded.plans} plans, made in ${figure(seconds)} s (seed ${SEED}); each ${searches} times, one after the other, ${PAGE} plans a page`,
        "",
        tableOf("by filters", filters),
        "",
        tableOf("by words", texts),
      ].join("\n"),
      verdicts: [
        slowest("search by indexed filters, the slowest one's p99", filters, INDEXED_MS),
        slowest("search by words, the slowest one's p99", texts, TEXT_MS),
      ],
    };
  } finally {
    await database.close();
  }
}

export async function measureSearches(database: Database, seeded: Seeded, searches: number) {
  const audit = createAuditLog(database);
  const draw = drawing(SEED);
  const found = async ({ filter }: Search): Promise<number> =>
    (await audit.history({ limit: PAGE, ...filter(draw, seeded), teamId: TEAM })).length;
  const eventsOf = async (filter: { planId: string } | { runId: string }): Promise<number> => {
    const rows = [];
    for await (const row of audit.rows({ teamId: TEAM, limit: 1_000, ...filter })) rows.push(row);
    return rows.length;
  };
  const filters: Measured[] = [];
  for (const search of BY_FILTERS)
    filters.push({ name: search.name, ...(await timed(() => found(search), searches)) });
  filters.push(
    {
      name: "events of a plan",
      ...(await timed(() => eventsOf({ planId: `pl-${draw(seeded.plans)}` }), searches)),
    },
    {
      name: "events of a run",
      ...(await timed(() => eventsOf({ runId: `run-${draw(seeded.plans)}` }), searches)),
    },
  );
  const texts: Measured[] = [];
  for (const search of BY_TEXT)
    texts.push({ name: search.name, ...(await timed(() => found(search), searches)) });
  return { filters, texts };
}

/** How long each took in milliseconds, and how many were found by all together. */
async function timed(search: () => Promise<number>, searches: number) {
  const took: number[] = [];
  let found = 0;
  for (let round = -UNCOUNTED; round < searches; round += 1) {
    const began = performance.now();
    const items = await search();
    if (round < 0) continue;
    took.push(performance.now() - began);
    found += items;
  }
  return { took, found };
}

function tableOf(what: string, measured: readonly Measured[]): string {
  return table(
    [what, "found", "p50 ms", "p99 ms", "longest"],
    measured.map(({ name, found, took }) => [
      name,
      ...[found / took.length, median(took), percentile(took, 0.99), Math.max(...took)].map(figure),
    ]),
  );
}

function slowest(what: string, measured: readonly Measured[], targetMs: number): Verdict {
  return atMost(
    what,
    targetMs,
    Math.max(...measured.map(({ took }) => percentile(took, 0.99))),
    " ms",
  );
}

/** Mulberry32: the same draws on every machine. */
function drawing(seed: number): Draw {
  let state = seed;
  return (below) => {
    state = (state + 0x6d_2b_79_f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * below);
  };
}

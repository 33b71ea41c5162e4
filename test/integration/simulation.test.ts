// Random runs in a bad world. A failing history names its seed: SIMULATION_SEED=<seed> plays it alone, and
// SIMULATION_HISTORIES=<count> plays more of them.

import { expect, test } from "vitest";
import { playHistory } from "#test/simulation/random-history.ts";

const COUNT = Number(process.env["SIMULATION_HISTORIES"] ?? 300);
const ONE = process.env["SIMULATION_SEED"];
const FIRST = ONE === undefined ? Math.floor(Math.random() * 1_000_000_000) : Number(ONE);

test(
  `every run comes to a true end, whatever dies, fails or is pressed on the way (seed ${FIRST})`,
  { timeout: 120_000 },
  async () => {
    const ends = new Map<string, number>();
    let deaths = 0;
    for (let seed = FIRST; seed < FIRST + (ONE === undefined ? COUNT : 1); seed += 1) {
      try {
        const history = await playHistory(seed);
        ends.set(history.status, (ends.get(history.status) ?? 0) + 1);
        deaths += history.deaths;
      } catch (error) {
        throw new Error(
          `SIMULATION_SEED=${seed}: ${error instanceof Error ? error.message : String(error)}`,
          { cause: error },
        );
      }
    }
    if (ONE !== undefined) return;
    // A simulation in which nothing goes wrong proves nothing.
    expect([...ends.keys()].toSorted()).toEqual(["canceled", "completed", "failed", "rolled-back"]);
    expect(deaths).toBeGreaterThan(COUNT / 2);
  },
);

// Random runs in a bad world. The seed is printed first, and a failing history names its own: SIMULATION_SEED=<seed>
// plays it alone, and SIMULATION_HISTORIES=<count> plays more of them.

import { writeSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { FINAL_RUN_STATUSES } from "#engine/run.ts";
import { CASES } from "#test/proof-scale.ts";
import { GOINGS_ON, playHistory } from "#test/simulation/random-history.ts";

const COUNT = Number(process.env["SIMULATION_HISTORIES"] ?? CASES);
const ONE = process.env["SIMULATION_SEED"];
const FIRST = ONE === undefined ? Math.floor(Math.random() * 1_000_000_000) : Number(ONE);
/** Histories of one test: a failure is told soon, and no test takes long. */
const PART = 250;

/** Events that a simulation which proves anything has met. */
const MUST_OCCUR = [
  "attempt.answered",
  "attempt.unknown",
  "run.breaker-overridden",
  "run.canceled",
  "run.completed",
  "run.failed",
  "run.held",
  "run.paused",
  "run.rolled-back",
  "step.admitted",
  "step.approval-closed",
  "step.delayed",
  "step.inquiry-answered",
  "step.inquiry-expired",
  "step.retried",
  "step.rollback-failed",
  "step.skipped",
  ...GOINGS_ON,
];

const met = new Set<string>();
let deaths = 0;

// Past the reporter, which would show it at the end: whoever stops the run must know it, too.
writeSync(
  1,
  ONE === undefined
    ? ` Simulation: ${COUNT} histories from SIMULATION_SEED=${FIRST}\n`
    : ` Simulation: the history of SIMULATION_SEED=${FIRST}\n`,
);

/** @throws {Error} when the history breaks an invariant. Answers the statuses in which its runs ended. */
async function play(seed: number): Promise<readonly string[]> {
  const history = await playHistory(seed);
  deaths += history.deaths;
  for (const what of history.met) met.add(what);
  return history.statuses;
}

if (ONE !== undefined) {
  test(`the history of seed ${FIRST} comes to a true end`, async () => {
    for (const status of await play(FIRST)) expect(FINAL_RUN_STATUSES).toContain(status);
  });
} else {
  describe("every run comes to a true end, whatever dies, fails or is pressed on the way", () => {
    for (let first = FIRST; first < FIRST + COUNT; first += PART) {
      const last = Math.min(first + PART, FIRST + COUNT) - 1;
      test(`seeds ${first} to ${last}`, { timeout: 120_000 }, async () => {
        for (let seed = first; seed <= last; seed += 1)
          for (const status of await play(seed)) expect(FINAL_RUN_STATUSES).toContain(status);
      });
    }

    test("and much went wrong on the way", () => {
      expect(MUST_OCCUR.filter((kind) => !met.has(kind))).toEqual([]);
      expect(deaths).toBeGreaterThan(COUNT / 2);
    });
  });
}

// Random runs in a bad world. A failing history names its seed: SIMULATION_SEED=<seed> plays it alone, and
// SIMULATION_HISTORIES=<count> plays more of them.

import { describe, expect, test } from "vitest";
import { FINAL_RUN_STATUSES } from "#engine/run.ts";
import { playHistory } from "#test/simulation/random-history.ts";

const COUNT = Number(process.env["SIMULATION_HISTORIES"] ?? 2_000);
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
  "step.inquiry-answered",
  "step.inquiry-expired",
  "step.retried",
  "step.rollback-failed",
  "step.skipped",
];

const met = new Set<string>();
let deaths = 0;

/** @throws {Error} when the history breaks an invariant. Answers the status in which its run ended. */
async function play(seed: number): Promise<string> {
  const history = await playHistory(seed);
  deaths += history.deaths;
  for (const kind of history.kinds) met.add(kind);
  return history.status;
}

if (ONE !== undefined) {
  test(`the history of seed ${FIRST} comes to a true end`, async () => {
    expect(FINAL_RUN_STATUSES).toContain(await play(FIRST));
  });
} else {
  describe("every run comes to a true end, whatever dies, fails or is pressed on the way", () => {
    for (let first = FIRST; first < FIRST + COUNT; first += PART) {
      const last = Math.min(first + PART, FIRST + COUNT) - 1;
      test(`seeds ${first} to ${last}`, { timeout: 120_000 }, async () => {
        for (let seed = first; seed <= last; seed += 1)
          expect(FINAL_RUN_STATUSES).toContain(await play(seed));
      });
    }

    test("and much went wrong on the way", () => {
      expect(MUST_OCCUR.filter((kind) => !met.has(kind))).toEqual([]);
      expect(deaths).toBeGreaterThan(COUNT / 2);
    });
  });
}

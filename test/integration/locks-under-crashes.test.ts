// Runs over a few keys, driven by workers that die anywhere: one run has a key at a time, and they come in the order
// in which they were queued.

import fc from "fast-check";
import { expect, test } from "vitest";
import { lockKeysOf } from "#engine/run-locks.ts";
import { FINAL_RUN_STATUSES } from "#engine/run.ts";
import { switchPlan, switchStep } from "#test/builders/run-plans.ts";
import { RunBench } from "#test/simulation/run-bench.ts";

type Wish = { readonly keys: readonly string[]; readonly slowMs: number };

const wishes = fc.array(
  fc.record({
    keys: fc.uniqueArray(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 3 }),
    slowMs: fc.integer({ min: 0, max: 5_000 }),
  }),
  { minLength: 2, maxLength: 6 },
);
/** Three at most: a call that loses its worker four times is not made again before a person has answered. */
const deaths = fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 3 });

/** Each key's steps in separate stages, so that a run may die between them. */
function planOf(runId: string, { keys }: Wish) {
  return switchPlan(
    keys.map((key, stage) => switchStep(`${runId}-${key}`, { stage, locks: [key] })),
  );
}

async function play(given: readonly Wish[], deadAt: readonly number[]) {
  const bench = new RunBench();
  const runs = given.map((wish, index) => {
    const runId = `run-${index + 1}`;
    const plan = planOf(runId, wish);
    for (const { id } of plan.steps)
      bench.world.plan(id, { kind: "succeed", afterMs: wish.slowMs });
    bench.queue(plan, runId);
    return { runId, keys: lockKeysOf(plan) };
  });
  const ended = () =>
    runs.every(({ runId }) => FINAL_RUN_STATUSES.some((status) => status === bench.status(runId)));
  const left = [...deadAt];
  let owner = 0;
  while (!ended()) {
    owner += 1;
    const { process } = await bench.worker({
      owner: `worker-${owner}`,
      process: { diesAt: left.shift() ?? Infinity },
    });
    await bench.until(() => ended() || !process.alive);
    if (ended()) process.kill();
  }
  return { bench, runs };
}

/** From its start to its end, by the times in the log. */
function spanOf(bench: RunBench, runId: string) {
  const { events } = bench.database.view(runId);
  const from = events.find(({ event }) => event.kind === "run.started")?.at;
  const to = events.at(-1)?.at;
  if (from === undefined || to === undefined) throw new Error(`${runId} never started`);
  return { from, to };
}

test("a key is one run's from its start to its end, in the order of the queue, whoever dies meanwhile", async () => {
  await fc.assert(
    fc.asyncProperty(wishes, deaths, async (given, deadAt) => {
      const { bench, runs } = await play(given, deadAt);
      expect(runs.map(({ runId }) => bench.status(runId))).toEqual(runs.map(() => "completed"));
      for (const key of ["a", "b", "c"]) {
        const spans = runs
          .filter(({ keys }) => keys.includes(key))
          .map(({ runId }) => spanOf(bench, runId));
        for (const [index, { from }] of spans.entries())
          if (index > 0) expect(from).toBeGreaterThanOrEqual(spans[index - 1]?.to ?? Infinity);
      }
      expect(bench.violations).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

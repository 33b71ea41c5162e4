import { describe, expect, test } from "vitest";
import type { Plan } from "#engine/plan.ts";
import { FINAL_RUN_STATUSES } from "#engine/run.ts";
import { switchPlan, switchStep } from "#test/builders/run-plans.ts";
import type { Behaviour } from "#test/fakes/recording-operations.ts";
import { checkHistory } from "#test/simulation/check-history.ts";
import { answerHonestly } from "#test/simulation/honest-person.ts";
import { RunBench } from "#test/simulation/run-bench.ts";

type Story = {
  readonly plan: Plan;
  readonly behaviours: Readonly<Record<string, readonly Behaviour[]>>;
  readonly ends: readonly string[];
};

const steps = (uses: string) => [
  switchStep("a", { uses }),
  switchStep("b", { uses, stage: 1 }),
  switchStep("c", { uses, stage: 1 }),
  switchStep("d", { uses, stage: 2 }),
];

const stories: Readonly<Record<string, Story>> = {
  "repeatable steps that succeed": {
    plan: switchPlan(steps("world.set")),
    behaviours: {},
    ends: ["completed"],
  },
  "steps that can be asked about": {
    plan: switchPlan(steps("world.ask")),
    behaviours: {},
    ends: ["completed"],
  },
  "steps that must not be repeated": {
    plan: switchPlan(steps("world.once")),
    behaviours: {},
    ends: ["completed"],
  },
  "a repeatable run that fails and goes back": {
    plan: switchPlan(steps("world.set")),
    behaviours: {
      d: Array.from({ length: 4 }, () => ({ kind: "fail", category: "authorization" })),
    },
    ends: ["rolled-back", "failed"],
  },
  "an unrepeatable run that fails and goes back": {
    plan: switchPlan(steps("world.once")),
    behaviours: {
      d: Array.from({ length: 4 }, () => ({ kind: "fail", category: "authorization" })),
    },
    // What was tried again after a crash may have acted; its rollback is refused, too, and stays to be done by hand.
    ends: ["rolled-back", "failed"],
  },
  "an answer that gets lost": {
    plan: switchPlan(steps("world.once")),
    behaviours: { b: [{ kind: "lose-answer" }] },
    ends: ["completed"],
  },
};

/** Runs the story with a worker that dies at its n-th step; answers how many steps it took, and whether it died. */
async function tell(
  { plan, behaviours, ends }: Story,
  diesAt: number,
): Promise<{ readonly steps: number; readonly died: boolean }> {
  const bench = new RunBench();
  for (const [name, list] of Object.entries(behaviours)) bench.world.plan(name, ...list);
  bench.queue(plan);
  const first = await bench.worker({ owner: "first", process: { diesAt } });
  const ended = () => FINAL_RUN_STATUSES.some((status) => status === bench.status());
  let second: Awaited<ReturnType<typeof bench.worker>> | null = null;
  for (let turns = 0; !ended(); turns += 1) {
    if (turns > 1000)
      throw new Error(
        `no end, dies at ${diesAt}: ${bench.status()} ${first.process.alive} ${JSON.stringify(bench.events())}`,
      );
    await bench.until(
      () =>
        ended() || bench.status() === "waiting-answer" || (second === null && !first.process.alive),
    );
    if (!first.process.alive) second ??= await bench.worker({ owner: "second" });
    answerHonestly(bench);
    await bench.clock.advance(100);
  }
  const died = !first.process.alive;
  expect(ends).toContain(bench.status());
  checkHistory(bench, plan);
  first.process.kill();
  second?.process.kill();
  return { steps: first.process.steps, died };
}

describe("killed at every place where it can be, a run ends as it would have", () => {
  for (const [title, story] of Object.entries(stories)) {
    test(title, async () => {
      const whole = await tell(story, Infinity);
      expect(whole.died).toBe(false);
      for (let place = 1; place <= whole.steps; place += 1) await tell(story, place);
    });
  }
});

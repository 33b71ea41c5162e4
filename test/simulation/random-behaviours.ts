// What the world does with a step's first calls, and with its checks.

import type { ErrorCategory } from "#engine/failure.ts";
import type { Plan } from "#engine/plan.ts";
import type { Behaviour } from "#test/fakes/recording-operations.ts";
import type { World } from "#test/fakes/recording-operations.ts";
import type { SeededRandom } from "./seeded-random.ts";

/** Longest time in which the world answers, in milliseconds: longer than a call may take, shorter than a lease. */
const SLOWEST_MS = 15_000;

/** The world misbehaves for the first calls of each step of the plan. */
export function misbehave(world: World, plan: Plan, random: SeededRandom): void {
  for (const step of plan.steps) {
    for (const call of [step, ...step.checksBefore, ...step.checksAfter]) {
      const name = call.with["switch"];
      if (typeof name === "string") world.plan(name, ...randomBehaviours(random, name));
    }
  }
}

function randomBehaviours(random: SeededRandom, name: string): readonly Behaviour[] {
  const behaviours: Behaviour[] = [];
  // A host in trouble, for its breaker.
  if (name.includes("@") && random.chance(0.5)) {
    const trouble: Behaviour = {
      kind: "fail",
      category: random.pick<ErrorCategory>(["network", "temporary"]),
    };
    behaviours.push(...Array.from({ length: random.between(1, 3) }, () => trouble));
  }
  for (let calls = random.between(0, 3); calls > 0; calls -= 1) {
    behaviours.push(
      random.pick<Behaviour>([
        { kind: "succeed" },
        { kind: "succeed", afterMs: random.between(1, SLOWEST_MS), output: "working\n" },
        { kind: "fail", category: "temporary", retryAfterMs: random.between(0, 3_000) },
        { kind: "fail", category: "temporary" },
        { kind: "fail", category: "authorization" },
        { kind: "fail", category: "permanent", afterMs: 500 },
        { kind: "lose-answer" },
        { kind: "hang", acts: random.chance(0.5) },
        { kind: "ignore-stop" },
      ]),
    );
  }
  return behaviours;
}

// Plans of a few steps with everything a plan can say, and worlds that misbehave.

import type { Mode, OnFailure, Plan, PlanStep, RetryPolicy, Rollback } from "#engine/plan.ts";
import { ONE_TRY, switchPlan, switchStep } from "#test/builders/run-plans.ts";
import type { Behaviour } from "#test/fakes/recording-operations.ts";
import type { SeededRandom } from "./seeded-random.ts";

export function randomPlan(random: SeededRandom): Plan {
  const mode = random.pick<Mode>(["stages", "graph", "sequential"]);
  const onFailure = random.pick<OnFailure>(["rollback", "rollback", "stop", "continue"]);
  const steps: PlanStep[] = [];
  for (let index = 0; index < random.between(1, 8); index += 1) {
    const earlier = steps.filter(() => random.chance(0.3)).slice(0, 3);
    const after = Math.max(-1, ...earlier.map(({ stage }) => stage));
    const stage = mode === "sequential" ? index : after + 1;
    steps.push(
      randomStep(random, `s${index}`, { onFailure, stage, needs: earlier.map(({ id }) => id) }),
    );
  }
  return switchPlan(steps, {
    mode,
    onFailure,
    parallelism: random.between(1, 4),
    runTimeMs: random.pick([60_000, 3_600_000]),
  });
}

function randomStep(random: SeededRandom, id: string, changes: Partial<PlanStep>): PlanStep {
  const uses = random.pick(["world.set", "world.ask", "world.once", "world.set", "world.read"]);
  const reads = uses === "world.read";
  return switchStep(id, {
    ...changes,
    uses,
    with: reads ? { switch: id } : { switch: id, to: "on" },
    risk: reads ? "read-only" : random.pick(["modify", "destructive"]),
    when: random.pick([null, null, null, "true", "false", "steps.size() > 0"]),
    check: random.pick([[], [], ["true"], reads ? ["result.value == 'off'"] : ["has(result.ok)"]]),
    retry: randomRetry(random),
    onFailure: random.chance(0.2)
      ? random.pick(["rollback", "stop", "continue"])
      : (changes.onFailure ?? "rollback"),
    rollback: reads ? { kind: "none" } : randomRollback(random, id, uses),
  });
}

function randomRetry(random: SeededRandom): RetryPolicy {
  if (random.chance(0.5)) return ONE_TRY;
  return {
    maxAttempts: random.between(2, 4),
    backoff: random.pick(["fixed", "linear", "exponential"]),
    baseDelayMs: random.pick([0, 200, 5_000]),
    maxDelayMs: 20_000,
    jitter: true,
    on: ["timeout", "network", "temporary"],
  };
}

function randomRollback(random: SeededRandom, id: string, uses: string): Rollback {
  const call = {
    uses,
    with: { switch: id, to: "off" },
    profile: null,
    summary: `Set switch ${id} to off`,
    risk: "modify",
    timeoutMs: 10_000,
  } as const;
  return random.pick<Rollback>([
    { kind: "captured", summary: `Set switch ${id} back` },
    { kind: "captured", summary: `Set switch ${id} back` },
    { kind: "commands", calls: [call] },
    { kind: "none" },
  ]);
}

/** What a step's first calls do. */
export function randomBehaviours(random: SeededRandom): readonly Behaviour[] {
  const behaviours: Behaviour[] = [];
  for (let calls = random.between(0, 3); calls > 0; calls -= 1) {
    behaviours.push(
      random.pick<Behaviour>([
        { kind: "succeed" },
        { kind: "succeed", afterMs: random.between(1, 20_000), output: "working\n" },
        { kind: "fail", category: "temporary", retryAfterMs: random.between(0, 3_000) },
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

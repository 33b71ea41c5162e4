// One step of a random plan, with everything a step can say: checks, questions, approvals, retries, rollbacks.

import type {
  Call,
  Check,
  Inquiry,
  PlanStep,
  RetryPolicy,
  Rollback,
  StepApproval,
} from "#engine/plan.ts";
import { ONE_TRY, switchStep } from "#test/builders/run-plans.ts";
import type { SeededRandom } from "./seeded-random.ts";

/** What the plan around a step decides for it. */
export type StepPlace = Pick<
  PlanStep,
  "needs" | "after" | "stage" | "scope" | "guards" | "loop" | "onFailure"
> & {
  /** Names of single steps in its scope that it certainly comes after. */
  readonly earlier: readonly string[];
  /** Groups of the plan. */
  readonly groupNames: readonly string[];
};

export function randomStep(random: SeededRandom, id: string, place: StepPlace): PlanStep {
  const { earlier, groupNames, ...given } = place;
  const uses = random.pick(["world.set", "world.ask", "world.once", "world.set", "world.read"]);
  const reads = uses === "world.read";
  const deferred = random.chance(0.2);
  const to = deferred ? "${{ inputs.wanted }}" : "on";
  return switchStep(id, {
    ...given,
    uses,
    with: reads ? { switch: id } : { switch: id, to },
    deferred: deferred && !reads,
    groups: groupNames.filter(() => random.chance(0.4)),
    risk: reads ? "read-only" : random.pick(["modify", "modify", "destructive"]),
    when: randomCondition(random, earlier),
    check: random.pick([[], [], ["true"], reads ? ["result.value == 'off'"] : ["has(result.ok)"]]),
    checksBefore: randomChecks(random, `${id}:before`, 0.2),
    checksAfter: randomChecks(random, `${id}:after`, 0.25),
    inquiry: random.chance(0.12) ? randomInquiry(random) : null,
    approval: random.chance(0.12) ? randomApproval(random) : null,
    retry: randomRetry(random),
    deadlineMs: random.chance(0.12) ? random.pick([5_000, 30_000, 600_000]) : null,
    onFailure: random.chance(0.25)
      ? random.pick(["rollback", "stop", "continue"])
      : given.onFailure,
    rollback: reads ? { kind: "none" } : randomRollback(random, id, uses),
  });
}

function randomCondition(random: SeededRandom, earlier: readonly string[]): string | null {
  if (random.chance(0.6)) return null;
  const [step] = earlier;
  const own = step === undefined ? "true" : `steps.${step}.status != 'failed'`;
  return random.pick(["true", "false", "steps.size() > 0", own, own, "nothing.of.that"]);
}

function randomChecks(random: SeededRandom, name: string, probability: number): readonly Check[] {
  if (!random.chance(probability)) return [];
  return Array.from({ length: random.between(1, 2) }, (_, index) => ({
    uses: "world.read",
    with: { switch: `${name}/${index}` },
    profile: null,
    summary: `Read switch ${name}/${index}`,
    risk: "read-only",
    timeoutMs: 10_000,
    retry: randomRetry(random),
  }));
}

function randomInquiry(random: SeededRandom): Inquiry {
  return {
    message: "Which one?",
    fields: [
      {
        name: "which",
        type: "text",
        label: "Which one",
        required: false,
        options: [],
        default: "the first",
        min: null,
        max: null,
        pattern: null,
      },
    ],
    from: null,
    timeoutMs: random.pick([15_000, 300_000]),
    onTimeout: random.pick(["fail", "rollback", "skip", "continue"]),
  };
}

function randomApproval(random: SeededRandom): StepApproval {
  return {
    message: "Go on?",
    require: [{ count: random.between(1, 2), fromGroups: ["sre"], fromUsers: [] }],
    timeoutMs: random.pick([15_000, 300_000]),
    onTimeout: random.pick(["fail", "rollback", "skip", "approve"]),
  };
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
  const off = call(uses, id);
  return random.pick<Rollback>([
    { kind: "captured", summary: `Set switch ${id} back`, risk: "modify" },
    { kind: "captured", summary: `Set switch ${id} back`, risk: "modify" },
    { kind: "commands", calls: [off] },
    { kind: "commands", calls: [off, call("world.set", `${id}:rest`)] },
    { kind: "none" },
    { kind: "not-needed" },
  ]);
}

function call(uses: string, name: string): Call {
  return {
    uses,
    with: { switch: name, to: "${{ result == null ? 'off' : 'off' }}" },
    profile: null,
    summary: `Set switch ${name} to off`,
    risk: "modify",
    timeoutMs: 10_000,
  };
}

// One step of a random plan, with everything a step can say: checks, questions, approvals, retries, rollbacks.

import type {
  Call,
  Check,
  Inquiry,
  PlanStep,
  Precondition,
  RetryPolicy,
  Rollback,
  StepApproval,
} from "#engine/plan.ts";
import { ONE_TRY, switchStep } from "#test/builders/run-plans.ts";
import { lockOf } from "#test/fakes/recording-operations.ts";
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
  /** What the names of its switches begin with. */
  readonly prefix: string;
};

/** Hosts that all runs share, and with them their breakers. */
export const HOSTS = ["lb", "db"] as const;
/** What runs contend for. */
const RACKS = ["left", "right"] as const;
/** Switches that no run sets: strangers do. */
export const WATCHED = ["watched-0", "watched-1"] as const;
/** A state in which no switch ever is. */
export const NEVER = "broken";
/** The field of a secret answer. */
export const TOKEN = "token";

export function randomStep(random: SeededRandom, id: string, place: StepPlace): PlanStep {
  const { earlier, groupNames, prefix, ...given } = place;
  const uses = random.pick(["world.set", "world.ask", "world.once", "world.set", "world.read"]);
  const reads = uses === "world.read";
  const name = `${prefix}${id}${randomPlace(random)}`;
  const inquiry = random.chance(0.12) ? randomInquiry(random) : null;
  const withToken = !reads && inquiry?.fields.some((field) => field.name === TOKEN) === true;
  const deferred = !reads && (random.chance(0.2) || withToken);
  const to = deferred ? "${{ inputs.wanted }}" : "on";
  const token = `\${{ answers.${TOKEN} == null ? 'nobody' : answers.${TOKEN} }}`;
  return switchStep(id, {
    ...given,
    uses,
    with: reads ? { switch: name } : { switch: name, to, ...(withToken && { token }) },
    deferred,
    locks: reads || deferred ? [] : [lockOf(name)],
    preconditions: !reads && random.chance(0.08) ? [randomPrecondition(random)] : [],
    groups: groupNames.filter(() => random.chance(0.4)),
    risk: reads ? "read-only" : random.pick(["modify", "modify", "destructive"]),
    when: randomCondition(random, earlier),
    check: random.pick([[], [], ["true"], reads ? ["result.value == 'off'"] : ["has(result.ok)"]]),
    checksBefore: randomChecks(random, `${prefix}${id}:before`, 0.2),
    checksAfter: randomChecks(random, `${prefix}${id}:after`, 0.25),
    inquiry,
    approval: random.chance(0.12) ? randomApproval(random) : null,
    retry: randomRetry(random),
    deadlineMs: random.chance(0.12) ? random.pick([5_000, 30_000, 600_000]) : null,
    onFailure: random.chance(0.25)
      ? random.pick(["rollback", "stop", "continue"])
      : given.onFailure,
    rollback: reads ? { kind: "none" } : randomRollback(random, name, uses),
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

/** On a host whose breaker may open, in a rack that another run may have, or neither. */
function randomPlace(random: SeededRandom): string {
  const rack = random.chance(0.2) ? `+${random.pick(RACKS)}` : "";
  return random.chance(0.4) ? `${rack}@${random.pick(HOSTS)}` : rack;
}

function randomPrecondition(random: SeededRandom): Precondition {
  const was = random.pick(["off", "off", "off", "on", NEVER]);
  const input = { switch: random.pick(WATCHED), to: "on" };
  return { uses: "world.set", with: input, profile: null, captured: { was } };
}

const PLAIN_FIELD = { options: [], min: null, max: null, pattern: null, required: false } as const;
const WHICH = {
  ...PLAIN_FIELD,
  name: "which",
  type: "text",
  label: "Which one",
  default: "the first",
} as const;
const SECRET = {
  ...PLAIN_FIELD,
  name: TOKEN,
  type: "secret",
  label: "Token",
  default: null,
} as const;

function randomInquiry(random: SeededRandom): Inquiry {
  return {
    message: "Which one?",
    fields: random.chance(0.5) ? [WHICH, SECRET] : [WHICH],
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

function randomRollback(random: SeededRandom, name: string, uses: string): Rollback {
  const off = call(uses, name);
  return random.pick<Rollback>([
    { kind: "captured", summary: `Set switch ${name} back`, risk: "modify" },
    { kind: "captured", summary: `Set switch ${name} back`, risk: "modify" },
    { kind: "commands", calls: [off] },
    { kind: "commands", calls: [off, call("world.set", `${name}:rest`)] },
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

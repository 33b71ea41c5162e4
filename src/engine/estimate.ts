// How long a plan usually takes, and how long what is left of a run does: its steps are played through in the order
// the engine would start them, each time with durations that its operations have had. Pure, and the same every time.

import type { Plan, PlanStep } from "./plan.ts";
import type { StepStatus } from "./run.ts";
import type { Samples } from "./timings.ts";
import type { Instant } from "./time.ts";
import { Waves } from "./waves.ts";

/** Half of the times it takes no longer than `medianMs`, nine times of ten no longer than `p90Ms`. */
export type Estimate = { readonly medianMs: number; readonly p90Ms: number };

export type PlanEstimate = Estimate & {
  /** By step id. */
  readonly steps: ReadonlyMap<string, Estimate>;
};

/** An operation that was timed less often is not estimated, and neither is a plan that uses it. */
export const FEWEST_SAMPLES = 5;

/** Where a step of a run stands, as `StepReport` has it. */
export type StepProgress = {
  readonly stepId: string;
  readonly status: StepStatus;
  readonly startedAt: Instant | null;
};

type Known = ReadonlyMap<string, Samples>;

/** The operations that an estimate of the plan needs samples of. */
export function timedOperations({ steps }: Plan): readonly string[] {
  return [...new Set(steps.flatMap(callsOf))];
}

/** Null: an operation of it has fewer than {@link FEWEST_SAMPLES}. Waiting for people, retries of people and rollbacks aside. */
export function estimatePlan(plan: Plan, samples: Known): PlanEstimate | null {
  const rounds = playThrough(plan, samples, () => ({ status: "pending", forMs: 0 }));
  if (rounds === null) return null;
  const steps = new Map(
    plan.steps.map((step) => {
      const draws = seeded();
      const drawn = Array.from({ length: STEP_DRAWS }, () => drawStep(step, samples, draws));
      return [step.id, spread(drawn)] as const;
    }),
  );
  return { ...spread(rounds), steps };
}

/** Null: it can't be told, or everything under way has already taken longer than it ever did. */
export function estimateRest(
  plan: Plan,
  progress: readonly StepProgress[],
  samples: Known,
  now: Instant,
): Estimate | null {
  const known = new Map(progress.map((step) => [step.stepId, step]));
  const rounds = playThrough(plan, samples, ({ id }) => {
    const { status, startedAt } = known.get(id) ?? { status: "pending" as const, startedAt: null };
    if (NOT_BEGUN.has(status)) return { status: "pending", forMs: 0 };
    if (status !== "running") return { status: "over", forMs: 0 };
    return { status: "running", forMs: startedAt === null ? 0 : Math.max(0, now - startedAt) };
  });
  const rest = rounds === null ? null : spread(rounds);
  return rest === null || rest.medianMs === 0 ? null : rest;
}

const NOT_BEGUN: ReadonlySet<StepStatus> = new Set([
  "pending",
  "waiting-approval",
  "waiting-answer",
]);

type Standing = { readonly status: "pending" | "running" | "over"; readonly forMs: number };

/** Steps that are played through in all rounds together: keeps a plan of 500 steps within some tens of milliseconds. */
const STEPS_TO_PLAY = 20_000;
const ROUNDS = { fewest: 21, most: 201 } as const;
const STEP_DRAWS = 101;

/** How long each round took, in milliseconds. */
function playThrough(
  plan: Plan,
  samples: Known,
  standingOf: (step: PlanStep) => Standing,
): readonly number[] | null {
  const standings = new Map(plan.steps.map((step) => [step.id, standingOf(step)]));
  const open = plan.steps.filter(({ id }) => standings.get(id)?.status !== "over");
  const enough = open
    .flatMap(callsOf)
    .every((uses) => (samples.get(uses)?.length ?? 0) >= FEWEST_SAMPLES);
  if (!enough) return null;
  const wanted = Math.floor(STEPS_TO_PLAY / Math.max(1, plan.steps.length));
  const rounds = Math.min(ROUNDS.most, Math.max(ROUNDS.fewest, wanted));
  const draws = seeded();
  return Array.from({ length: rounds }, () =>
    playOnce(plan, standings, (step, forMs) => drawStep(step, samples, draws, forMs)),
  );
}

type Ending = { readonly step: PlanStep; readonly at: number };

function playOnce(
  plan: Plan,
  standings: ReadonlyMap<string, Standing>,
  draw: (step: PlanStep, forMs: number) => number,
): number {
  const steps = new Map(plan.steps.map((step) => [step.id, step]));
  const waves = new Waves(plan);
  const running: Ending[] = [];
  const inGroup = new Map<string, number>();
  let now = 0;
  const begin = (step: PlanStep, forMs: number): void => {
    waves.take(step.id);
    for (const group of step.groups) inGroup.set(group, (inGroup.get(group) ?? 0) + 1);
    running.push({ step, at: now + draw(step, forMs) });
  };
  for (const step of plan.steps) {
    const { status, forMs } = standings.get(step.id) ?? { status: "pending", forMs: 0 };
    if (status === "over") waves.end(step.id);
    if (status === "running") begin(step, forMs);
  }
  for (;;) {
    for (const id of waves.ready()) {
      if (running.length >= plan.parallelism) break;
      const step = steps.get(id);
      if (step !== undefined && hasRoom(plan, step, inGroup)) begin(step, 0);
    }
    const next = takeFirst(running);
    if (next === null) return now;
    now = next.at;
    for (const group of next.step.groups) inGroup.set(group, (inGroup.get(group) ?? 1) - 1);
    waves.end(next.step.id);
  }
}

function hasRoom({ groups }: Plan, step: PlanStep, inGroup: ReadonlyMap<string, number>): boolean {
  return step.groups.every(
    (group) => (inGroup.get(group) ?? 0) < (groups[group] ?? Number.POSITIVE_INFINITY),
  );
}

/** As many run at once as the plan allows, so that looking through them is cheap. */
function takeFirst(running: Ending[]): Ending | null {
  let first = 0;
  for (const [index, { at }] of running.entries())
    if (at < (running[first]?.at ?? 0)) first = index;
  return running.splice(first, 1)[0] ?? null;
}

/** The step itself and its checks, one after the other. */
function callsOf({ uses, checksBefore, checksAfter }: PlanStep): readonly string[] {
  return [
    ...checksBefore.map((check) => check.uses),
    uses,
    ...checksAfter.map((check) => check.uses),
  ];
}

/** @param forMs how long it has been running: it will not have taken less. */
function drawStep(step: PlanStep, samples: Known, draws: () => number, forMs = 0): number {
  let total = 0;
  for (const uses of callsOf(step)) {
    const known = samples.get(uses) ?? [];
    total += known[Math.floor(draws() * known.length)] ?? 0;
  }
  if (forMs === 0) return total;
  return Math.max(0, total - forMs);
}

function spread(durations: readonly number[]): Estimate {
  const sorted = durations.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
  return { medianMs: at(0.5), p90Ms: at(0.9) };
}

/** Numbers in [0, 1) that are the same every time (Park and Miller's generator), so that an estimate does not flicker. */
function seeded(): () => number {
  let state = 20_261;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

// What each step of a plan would do, asked of its operation: a few at a time, each within its time and all within
// theirs, whatever the operations do. Never reaches an operation's `run`.

import { bounded } from "./attempt.ts";
import { formatDuration } from "./duration.ts";
import { evaluateCondition, references } from "./expression.ts";
import { OperationError } from "./failure.ts";
import type { AnyOperation, AttemptContext, Preview } from "./operation.ts";
import type { Guard, Plan, PlanStep } from "./plan.ts";
import { conditionsOf, messageOf } from "./prepare-attempt.ts";
import type { Instant } from "./time.ts";
import type { EnginePorts } from "./use-case-ports.ts";

/** Longest time for one step's preview. */
const PREVIEW_TIMEOUT_MS = 15_000;
/** Longest time for all of them: somebody waits for the answer. */
const ALL_PREVIEWS_MS = 60_000;
/** What an operation is given to stop after its time. */
const GRACE_MS = 1_000;
/** A target is asked by a dry run no more often at once than by a run. */
const AT_ONCE = 5;
/** Steps asked for their preview; a person reads no more, and each is a call to a target. */
const STEPS_PREVIEWED = 50;

export type StepPreview = {
  readonly stepId: string;
  readonly summary: string;
  readonly preview: Preview | null;
  /** Why there is no preview, what went wrong, or what it depends on; a complete sentence. */
  readonly note: string | null;
  /** One of its conditions is false whatever happens in the run. */
  readonly leftOut: boolean;
};

export type PlanPreview = { readonly plan: Plan; readonly steps: readonly StepPreview[] };

export type PreviewPorts = Pick<EnginePorts, "registry" | "clock" | "ids">;

/** In the plan's order. Never rejects for what an operation does. */
export async function previewSteps(ports: PreviewPorts, plan: Plan): Promise<PlanPreview> {
  const endsAt = ports.clock.now() + ALL_PREVIEWS_MS;
  const steps: StepPreview[] = [];
  let next = 0;
  let tried = 0;
  const asker = async (): Promise<void> => {
    for (let index = next++; index < plan.steps.length; index = next++) {
      const step = plan.steps[index];
      if (step === undefined) return;
      const known = knownBefore(ports, plan, step);
      if (known.kind === "said") steps[index] = known.said;
      else if (tried++ >= STEPS_PREVIEWED)
        steps[index] = without(step, `Only the first ${STEPS_PREVIEWED} steps are tried.`);
      else steps[index] = await asked(ports, step, { ...known, endsAt });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, asker));
  return { plan, steps };
}

type ToAsk = {
  readonly ask: NonNullable<AnyOperation["preview"]>;
  readonly input: unknown;
  /** What it depends on that only the run will know. */
  readonly note: string | null;
};

type Known = { readonly kind: "said"; readonly said: StepPreview } | (ToAsk & { kind: "ask" });

/** What can be said of a step without asking anybody. */
function knownBefore({ registry }: PreviewPorts, plan: Plan, step: PlanStep): Known {
  const say = (note: string): Known => ({ kind: "said", said: without(step, note) });
  const condition = conditionNow(plan, step);
  if (condition.kind === "false") {
    const note = `It would be left out: its condition is false: ${condition.source}`;
    return { kind: "said", said: { ...without(step, note), leftOut: true } };
  }
  if (condition.kind === "mistake") {
    const preview = { wouldSucceed: false, lines: [condition.sentence] };
    return { kind: "said", said: { ...without(step, null), preview } };
  }
  const note =
    condition.kind === "true"
      ? null
      : `It runs only if ${condition.source}, which is known when the steps before it have run.`;
  const also = (sentence: string): Known => say(note === null ? sentence : `${sentence} ${note}`);
  const operation = registry.get(step.uses);
  if (operation === undefined) return say(`The operation ${step.uses} is not switched on.`);
  if (operation.preview === undefined)
    return also(
      step.risk === "read-only"
        ? "It only reads, so there is nothing to try."
        : "This operation cannot be tried without doing it.",
    );
  if (step.deferred) return also("What it will do depends on the results of earlier steps.");
  const input = operation.input.safeParse(step.with);
  if (!input.success) return say(`${step.uses} no longer takes the input it was given.`);
  return { kind: "ask", ask: operation.preview, input: input.data, note };
}

async function asked(
  { clock, ids }: PreviewPorts,
  step: PlanStep,
  { ask, input, note, endsAt }: ToAsk & { readonly endsAt: Instant },
): Promise<StepPreview> {
  const timeoutMs = Math.min(step.timeoutMs, PREVIEW_TIMEOUT_MS, endsAt - clock.now());
  if (timeoutMs <= 0)
    return without(step, `The dry run is at its end after ${formatDuration(ALL_PREVIEWS_MS)}.`);
  const controller = new AbortController();
  const context: AttemptContext = {
    signal: controller.signal,
    idempotencyKey: ids.next("key"),
    output: () => {},
    profile: step.profile,
    timeoutMs,
  };
  const settled = await bounded(
    { clock, limits: { graceMs: GRACE_MS }, controller, timeoutMs },
    () => ask(input, context),
  );
  if (settled.kind === "value") return { ...without(step, note), preview: settled.value };
  const { error } = settled;
  const why =
    error instanceof OperationError
      ? error.failure.message
      : controller.signal.aborted
        ? `it took longer than ${formatDuration(timeoutMs)}.`
        : messageOf(error);
  return without(step, `The dry run failed: ${why}`);
}

function without({ id, summary }: PlanStep, note: string | null): StepPreview {
  return { stepId: id, summary, preview: null, note, leftOut: false };
}

type ConditionNow =
  | { readonly kind: "true" }
  /** Whatever the run brings. */
  | { readonly kind: "false"; readonly source: string }
  | { readonly kind: "mistake"; readonly sentence: string }
  /** The first condition that needs what only the run will know. */
  | { readonly kind: "open"; readonly source: string };

/** A step's conditions, outermost first, with what is known before anything runs. */
function conditionNow(plan: Plan, step: PlanStep): ConditionNow {
  let open: ConditionNow = { kind: "true" };
  for (const { source, scope } of conditionsOf(step)) {
    const names = namesBefore(plan, scope);
    const used = references(source);
    if (!used.ok || [...used.value.roots].some((root) => !Object.hasOwn(names, root))) {
      if (open.kind === "true") open = { kind: "open", source };
      continue;
    }
    const answer = evaluateCondition(source, names);
    if (answer.ok) {
      if (!answer.value) return { kind: "false", source };
    } else if (open.kind === "true") {
      const sentence = `The condition \`${source}\` has no answer: ${answer.refusal}`;
      return { kind: "mistake", sentence };
    }
  }
  return open;
}

function namesBefore(plan: Plan, scope: Guard["scope"]) {
  const { inputs, vars } = plan.playbooks[scope] ?? plan;
  return { inputs, vars, env: plan.env };
}

// The plan that takes a finished run back, written from what its log holds: the commands of each step with their
// expressions filled in, or the operation's undo, newest step first. Reads no target and files nothing.

import type { JsonObject } from "./json.ts";
import type { LiveScope } from "./live-scope.ts";
import { forgedReference } from "./named-secret.ts";
import type { Captured, Registry } from "./operation.ts";
import type { PlanStep } from "./plan.ts";
import { messageOf } from "./prepare-attempt.ts";
import type { StateToRead } from "./read-state.ts";
import { foldRun } from "./run-fold.ts";
import type { RunView } from "./run-store.ts";
import { scopeOfRun } from "./scope-of-run.ts";
import { referencesIn } from "./secret-box.ts";
import { mayHaveActed, resultOf, triedCall } from "./step-state.ts";
import type { StepState } from "./step-state.ts";
import { sourceOfCalls } from "./source-of-calls.ts";
import type { BackCall } from "./source-of-calls.ts";
import { fillTemplates, hasExpressions } from "./template.ts";

/** The state that a step left, and whether nothing later in its run has touched the same. */
export type LeftState = {
  readonly stepId: string;
  readonly of: StateToRead;
  readonly after: Captured;
  /** False: a later step changed it, so it is this one's only once that is taken back. */
  readonly newest: boolean;
};

/** What of a step is to be taken back. */
export type WayBack = {
  readonly stepId: string;
  readonly calls: readonly BackCall[];
  readonly left: LeftState | null;
};

export type RollbackDraft = {
  /** Newest first. */
  readonly ways: readonly WayBack[];
  /** What stays, in complete sentences. */
  readonly stays: readonly string[];
  /** Something was taken back by the run itself. */
  readonly takenBack: boolean;
};

type Way =
  | { readonly kind: "calls"; readonly calls: readonly BackCall[] }
  | { readonly kind: "stays"; readonly sentence: string }
  | { readonly kind: "nothing" };

/** @throws {CorruptLog} */
export function draftRollback(run: RunView, registry: Registry): RollbackDraft {
  const state = foldRun(run.plan, run.events);
  const scope = scopeOfRun(run, state);
  const afters = aftersOf(run);
  const byId = new Map(run.plan.steps.map((step) => [step.id, step]));
  const ways: WayBack[] = [];
  const stays: string[] = [];
  const touched = new Set<string>();
  let takenBack = false;
  for (const stepId of state.ended.toReversed()) {
    const step = byId.get(stepId);
    const found = state.steps.get(stepId);
    if (step === undefined || found === undefined || !mayHaveActed(found)) continue;
    if (found.rollback.status === "done") {
      takenBack = true;
      continue;
    }
    const way = wayBack(step, found, { registry, scope });
    const locks = locksOf(step, found, registry);
    const newest = !locks.some((key) => touched.has(key));
    for (const key of locks) touched.add(key);
    if (way.kind === "stays") stays.push(way.sentence);
    if (way.kind !== "calls") continue;
    const left = leftState(step, found, { after: afters.get(stepId) ?? null, newest });
    ways.push({ stepId, calls: way.calls, left });
  }
  return { ways, stays, takenBack };
}

/** The state right after each step, as far as it was recorded. */
function aftersOf(run: RunView): ReadonlyMap<string, Captured> {
  const afters = new Map<string, Captured>();
  for (const { event } of run.events) {
    if (event.kind !== "attempt.succeeded" || event.call.phase !== "forward") continue;
    if (event.after === undefined) afters.delete(event.call.stepId);
    else afters.set(event.call.stepId, event.after);
  }
  return afters;
}

function wayBack(
  step: PlanStep,
  state: StepState,
  by: { readonly registry: Registry; readonly scope: LiveScope },
): Way {
  const way =
    step.rollback.kind === "commands"
      ? commands(step, state, by.scope)
      : undo(step, state, by.registry);
  if (way.kind !== "calls") return way;
  // A plan's text is looked through for expressions; what was recorded is data and must not become one.
  if (hasExpressions(way.calls.map((call) => call.with)))
    return stays(step, "what takes it back holds ${{, which cannot be written as data in a plan");
  if (referencesIn(JSON.stringify(way.calls)).length > 0)
    return stays(step, "what takes it back needs a secret answer, which is not kept after the run");
  return way;
}

function commands(step: PlanStep, state: StepState, scope: LiveScope): Way {
  if (step.rollback.kind !== "commands") return { kind: "nothing" };
  const calls: BackCall[] = [];
  for (const call of step.rollback.calls.slice(commandsDone(state))) {
    const filled = fillTemplates(call.with, scope.scope(step, resultOf(state)));
    if (!filled.ok)
      return stays(step, `what takes it back cannot be told: ${filled.refusal[0]?.sentence ?? ""}`);
    if (forgedReference(call.with, filled.value) !== null)
      return stays(step, "what takes it back would name a secret that the plan does not");
    const { uses, profile, timeoutMs } = call;
    calls.push({ ...written(uses, filled.value, profile), timeout: `${timeoutMs}ms` });
  }
  return calls.length === 0 ? { kind: "nothing" } : { kind: "calls", calls };
}

/** Commands that a rollback which then failed had carried out. */
function commandsDone({ rollback }: StepState): number {
  if (rollback.status !== "failed" && rollback.status !== "running") return 0;
  return [...rollback.calls.values()].filter(({ status }) => status === "succeeded").length;
}

function undo(step: PlanStep, state: StepState, registry: Registry): Way {
  if (step.rollback.kind === "not-needed") return { kind: "nothing" };
  const { intent } = triedCall(state);
  if (step.rollback.kind === "none")
    return step.risk === "read-only" ? { kind: "nothing" } : stays(step, "it has no rollback");
  if (intent === null) return { kind: "nothing" };
  const operation = registry.get(intent.uses);
  if (operation?.undo === undefined)
    return stays(step, `${intent.uses} cannot be undone here any more`);
  const input = operation.input.safeParse(intent.input);
  if (!input.success) return stays(step, `${intent.uses} no longer takes the input it was given`);
  try {
    const call = operation.undo(input.data, resultOf(state), intent.captured);
    return call === null
      ? { kind: "nothing" }
      : { kind: "calls", calls: [written(call.uses, call.with, step.profile)] };
  } catch (error) {
    return stays(step, `${intent.uses} could not say how to undo it: ${messageOf(error)}`);
  }
}

function written(uses: string, input: JsonObject, profile: string | null): BackCall {
  return { uses, with: input, ...(profile !== null && { profile }) };
}

function stays(step: PlanStep, why: string): Way {
  return { kind: "stays", sentence: `Step ${step.id} stays as it is: ${why}.` };
}

function leftState(
  step: PlanStep,
  state: StepState,
  { after, newest }: { readonly after: Captured | null; readonly newest: boolean },
): LeftState | null {
  const { intent } = triedCall(state);
  // Once commands of a rollback were carried out, the state is neither that before nor that after.
  if (intent === null || after === null || commandsDone(state) > 0) return null;
  if (hasExpressions(after) || hasExpressions(intent.input)) return null;
  if (referencesIn(JSON.stringify(intent.input)).length > 0) return null;
  const of = { uses: intent.uses, input: intent.input, profile: step.profile };
  return { stepId: step.id, of, after, newest };
}

/** What the step touched, by the input it was really given. */
function locksOf(step: PlanStep, state: StepState, registry: Registry): readonly string[] {
  const { intent } = triedCall(state);
  if (intent === null) return step.locks;
  const operation = registry.get(intent.uses);
  const input = operation?.input.safeParse(intent.input);
  return operation === undefined || input?.success !== true
    ? step.locks
    : operation.locks(input.data);
}

/** The plan's source. @param run whose plan names and environment it takes over. */
export function rollbackSource(run: RunView, ways: readonly WayBack[]): JsonObject {
  return sourceOfCalls(
    { title: `Roll back: ${run.plan.title}`, environment: run.plan.environment, verb: "undo" },
    ways.flatMap(({ stepId, calls, left }) =>
      calls.map((call, index) => ({ ...call, stepId, expects: index === 0 ? left : null })),
    ),
  );
}

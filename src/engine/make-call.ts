// From a move ("start this call") to an attempt that is ready to be written down: which operation with which
// input, for a step, for a command of its rollback, or for the undo of what was captured.

import { FLOW_OUTPUTS } from "./built-in-operations.ts";
import type { Clear } from "./call-clearance.ts";
import { unexpectedState } from "./expected-state.ts";
import type { Capture } from "./expected-state.ts";
import type { Intent } from "./call-state.ts";
import type { ErrorCategory } from "./failure.ts";
import type { LiveScope } from "./live-scope.ts";
import type { PlanStep } from "./plan.ts";
import { messageOf, onceCleared, prepareAgain, prepareAttempt } from "./prepare-attempt.ts";
import type { Prepared, PreparePorts } from "./prepare-attempt.ts";
import type { CallRef } from "./run.ts";
import type { Mistake } from "./template.ts";
import { callOf, resultOf, triedCall } from "./step-state.ts";
import type { StepState } from "./step-state.ts";

export type MakeCall = {
  readonly runId: string;
  readonly step: PlanStep;
  readonly state: StepState;
  readonly scope: LiveScope;
  readonly call: CallRef;
  readonly attempt: number;
  readonly capture: Capture;
  readonly clear: Clear;
};

/** Answers at once unless somebody has to be asked first, or the state before has to be read. */
export function makeCall(ports: PreparePorts, given: MakeCall): Prepared | Promise<Prepared> {
  const intent = callOf(given.state, given.call)?.intent ?? null;
  if (intent !== null) {
    const again = repeatCall(ports, given, intent, 0);
    return again.kind === "ready" ? onceCleared(given.clear(again.attempt), () => again) : again;
  }
  switch (given.call.phase) {
    case "forward":
      return makeForward(ports, given);
    case "before":
    case "after":
      return makeCheck(ports, given, given.call);
    case "rollback":
      return makeRollback(ports, given, given.call.index);
  }
}

/** Another attempt exactly as the first was written down; with `repeat`, the same attempt after a crash. */
export function repeatCall(
  ports: PreparePorts,
  { runId, step, call, attempt }: Pick<MakeCall, "runId" | "step" | "call" | "attempt">,
  intent: Intent,
  repeat: number,
): Prepared {
  const { profile, timeoutMs } = settingsOf(step, call);
  return prepareAgain(ports, { runId, call, attempt, profile, timeoutMs }, intent, repeat);
}

function makeCheck(
  ports: PreparePorts,
  { step, state, scope, runId, call, attempt, clear }: MakeCall,
  { phase, index }: Extract<CallRef, { readonly phase: "before" | "after" }>,
): Prepared | Promise<Prepared> {
  const check = (phase === "before" ? step.checksBefore : step.checksAfter)[index];
  if (check === undefined)
    return unfit(`Step "${step.id}" has no check ${index + 1} ${phase} it.`, "configuration");
  const { uses, profile, timeoutMs } = check;
  const made = { runId, call, attempt, uses, with: check.with, profile, timeoutMs };
  const first = { clear, capture: null };
  return prepareAttempt(ports, made, () => scope.scope(step, resultOf(state)), first);
}

function makeForward(ports: PreparePorts, given: MakeCall): Prepared | Promise<Prepared> {
  const { step, scope, runId, call, attempt } = given;
  const { uses, profile, timeoutMs } = step;
  return prepareAttempt(
    ports,
    {
      runId,
      call,
      attempt,
      uses,
      with: step.with,
      profile,
      timeoutMs,
      ...(uses === FLOW_OUTPUTS && { unfilled: outputMistake(scope.playbookOf(step)) }),
    },
    step.deferred ? () => scope.scope(step) : null,
    {
      clear: clearIfExpected(ports, given),
      capture: (operation, input) => given.capture(operation, input, { timeoutMs, profile }),
    },
  );
}

/** The world is looked at last, once nothing else is in the way. */
function clearIfExpected({ registry }: PreparePorts, { step, clear, capture }: MakeCall): Clear {
  if (step.preconditions.length === 0) return clear;
  return async (clearing) =>
    (await clear(clearing)) ?? (await unexpectedState(registry, step, capture));
}

/** An output of a nested playbook stands in no step that anybody wrote: it is told by its name. */
function outputMistake(playbook: string): (mistake: Mistake) => string {
  return ({ path, sentence }) =>
    `The output "${String(path[1])}" of the playbook ${playbook} has no value: ${sentence}.`;
}

function makeRollback(
  ports: PreparePorts,
  given: MakeCall,
  index: number,
): Prepared | Promise<Prepared> {
  const { step, state, scope, runId, call, attempt, clear } = given;
  if (step.rollback.kind === "captured") return makeUndo(ports, given);
  const command = step.rollback.kind === "commands" ? step.rollback.calls[index] : undefined;
  if (command === undefined)
    return unfit(`The rollback of "${step.id}" has no command ${index + 1}.`, "configuration");
  const { uses, profile, timeoutMs } = command;
  const made = { runId, call, attempt, uses, with: command.with, profile, timeoutMs };
  const first = { clear, capture: null };
  return prepareAttempt(ports, made, () => scope.scope(step, resultOf(state)), first);
}

function makeUndo(
  ports: PreparePorts,
  { step, state, runId, call, attempt, clear }: MakeCall,
): Prepared | Promise<Prepared> {
  const { intent } = triedCall(state);
  if (intent === null) return { kind: "nothing-to-undo" };
  const operation = ports.registry.get(intent.uses);
  if (operation?.undo === undefined)
    return unfit(`${intent.uses} cannot be undone on this worker.`, "configuration");
  const input = operation.input.safeParse(intent.input);
  if (!input.success)
    return unfit(`${intent.uses} no longer takes the input it was given.`, "validation");
  try {
    const undo = operation.undo(input.data, resultOf(state), intent.captured);
    if (undo === null) return { kind: "nothing-to-undo" };
    const made = {
      runId,
      call,
      attempt,
      uses: undo.uses,
      with: undo.with,
      profile: step.profile,
      timeoutMs: null,
    };
    return prepareAttempt(ports, made, null, { clear, capture: null });
  } catch (error) {
    return unfit(`${intent.uses} could not say how to undo it: ${messageOf(error)}`, "unknown");
  }
}

function settingsOf(
  step: PlanStep,
  call: CallRef,
): { readonly profile: string | null; readonly timeoutMs: number | null } {
  switch (call.phase) {
    case "forward":
      return step;
    case "before":
      return step.checksBefore[call.index] ?? step;
    case "after":
      return step.checksAfter[call.index] ?? step;
    case "rollback": {
      const command =
        step.rollback.kind === "commands" ? step.rollback.calls[call.index] : undefined;
      return command ?? { profile: step.profile, timeoutMs: null };
    }
  }
}

function unfit(message: string, category: ErrorCategory): Prepared {
  return { kind: "failed", failure: { category, message } };
}

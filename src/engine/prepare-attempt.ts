// Makes an attempt ready before anything is written or sent: expressions filled, input parsed, rights checked,
// the state before captured. What goes wrong here has certainly had no effect.

import { evaluateCondition } from "./expression.ts";
import type { Scope } from "./expression.ts";
import { OperationError } from "./failure.ts";
import type { ErrorCategory, Failure } from "./failure.ts";
import type { Intent } from "./call-state.ts";
import type { Hold } from "./hold.ts";
import type { JsonObject } from "./json.ts";
import { forgedReference } from "./named-secret.ts";
import { callKey } from "./notice.ts";
import type { AnyOperation, AttemptContext, Captured, Registry } from "./operation.ts";
import type { Guard, PlanStep } from "./plan.ts";
import { accept } from "./result.ts";
import type { Clear } from "./call-clearance.ts";
import type { CallRef } from "./run.ts";
import { fillTemplates, hasExpressions } from "./template.ts";
import type { Mistake } from "./template.ts";
import type { Instant, Sha256 } from "./time.ts";

/** An attempt that can be written down and then run. */
export type ReadyAttempt = {
  readonly runId: string;
  readonly call: CallRef;
  readonly attempt: number;
  readonly repeat: number;
  readonly intent: Intent;
  readonly operation: AnyOperation;
  /** `intent.input`, parsed. */
  readonly input: unknown;
  readonly profile: string | null;
  readonly timeoutMs: number;
};

export type Prepared =
  | { readonly kind: "ready"; readonly attempt: ReadyAttempt }
  | { readonly kind: "skip"; readonly reason: string }
  /** The operation says that there is nothing to take back. */
  | { readonly kind: "nothing-to-undo" }
  | { readonly kind: "failed"; readonly failure: Failure }
  | Uncleared;

/** Why an attempt that is ready otherwise may not be made now. */
export type Uncleared =
  /** Its target's circuit breaker, open since `openedAt`, is to be asked again at `until`. */
  | {
      readonly kind: "delayed";
      readonly target: string;
      readonly until: Instant;
      readonly openedAt: Instant;
    }
  /** Something has to be put right first. */
  | (Hold & { readonly kind: "held" });

/** One call with everything known about it. */
export type CallToMake = {
  readonly runId: string;
  readonly call: CallRef;
  readonly attempt: number;
  readonly uses: string;
  readonly with: JsonObject;
  readonly profile: string | null;
  /** Null: the operation's own. */
  readonly timeoutMs: number | null;
  /** How people are told of an input that can't be filled in; left out: by its path. */
  readonly unfilled?: (mistake: Mistake) => string;
};

export type PreparePorts = { readonly registry: Registry; readonly sha256: Sha256 };

/** The same for every attempt of a call and every repeat after a crash, and for no other call of any run. */
export function idempotencyKey(sha256: Sha256, runId: string, call: CallRef): string {
  return sha256(`${runId}/${callKey(call)}`);
}

/** What must be true for the step to run: for the playbooks around it, outermost first, and its own. */
export function conditionsOf({ guards, when, scope }: PlanStep): readonly Guard[] {
  return when === null ? guards : [...guards, { source: when, scope }];
}

/** A sentence when the step's condition leaves it out; a failure when it cannot be told; null: it may run. */
export function leftOut(
  stepId: string,
  conditions: readonly Guard[],
  scope: { readonly scope: (of: Pick<PlanStep, "id" | "scope">) => Scope },
): Extract<Prepared, { readonly kind: "skip" | "failed" }> | null {
  for (const { source, scope: names } of conditions) {
    const answer = evaluateCondition(source, scope.scope({ id: stepId, scope: names }));
    if (!answer.ok) return unfit(`The condition \`${source}\` has no answer: ${answer.refusal}`);
    if (!answer.value) return { kind: "skip", reason: `Its condition is false: ${source}` };
  }
  return null;
}

/**
 * Ready to be written down. Waits only for a clearance or a capture; without one it answers at once, so that the
 * outcome of one step and the intent of the next share a flush.
 * @param scope null: `with` is taken as it is, because it came from a target and not from the plan.
 * @param first what comes before: clearance, and how to read the state before; null: this call needs none.
 */
export function prepareAttempt(
  ports: PreparePorts,
  made: CallToMake,
  scope: (() => Scope) | null,
  first: {
    readonly clear: Clear;
    readonly capture: ((operation: AnyOperation, input: unknown) => Promise<Captured>) | null;
  },
): Prepared | Promise<Prepared> {
  const filled =
    scope !== null && hasExpressions(made.with)
      ? fillTemplates(made.with, scope())
      : accept(made.with);
  if (!filled.ok) {
    return unfit(filled.refusal.map(made.unfilled ?? unfilledInput).join(" "));
  }
  const forged = forgedReference(made.with, filled.value);
  if (forged !== null)
    return unfit(
      `Nothing was sent: an expression at with.${forged} yields what reads as a reference to a secret. Only the plan itself can name one.`,
    );
  const checked = checkInput(ports.registry, made, filled.value);
  if ("kind" in checked) return checked;
  const { operation, input } = checked;
  const { call, profile } = made;
  const timeoutMs = made.timeoutMs ?? operation.defaultTimeoutMs;
  const ready = (captured: Captured | null): Prepared => ({
    kind: "ready",
    attempt: {
      runId: made.runId,
      call,
      attempt: made.attempt,
      repeat: 0,
      intent: {
        idempotencyKey: idempotencyKey(ports.sha256, made.runId, call),
        uses: made.uses,
        input: filled.value,
        captured,
      },
      operation,
      input,
      profile,
      timeoutMs,
    },
  });
  const { clear, capture } = first;
  const cleared = (): Prepared | Promise<Prepared> =>
    capture === null || operation.capture === undefined
      ? ready(null)
      : capture(operation, input).then(ready, captureFailed);
  return onceCleared(clear({ call, operation, input, profile, timeoutMs }), cleared);
}

function unfilledInput({ path, sentence }: Mistake): string {
  return `${["with", ...path].join(".")}: ${sentence}`;
}

/** Goes on when nothing is in the way. */
export function onceCleared(
  answer: ReturnType<Clear>,
  cleared: () => Prepared | Promise<Prepared>,
): Prepared | Promise<Prepared> {
  if (answer instanceof Promise) return answer.then((uncleared) => uncleared ?? cleared());
  return answer ?? cleared();
}

/** Another attempt, or the same one again after a crash, exactly as its intent was written down. */
export function prepareAgain(
  ports: PreparePorts,
  made: Omit<CallToMake, "uses" | "with">,
  intent: Intent,
  repeat: number,
): Prepared {
  const checked = checkInput(ports.registry, { ...made, uses: intent.uses }, intent.input);
  if ("kind" in checked) return checked;
  const { operation, input } = checked;
  const timeoutMs = made.timeoutMs ?? operation.defaultTimeoutMs;
  const { runId, call, attempt, profile } = made;
  return {
    kind: "ready",
    attempt: { runId, call, attempt, repeat, intent, operation, input, profile, timeoutMs },
  };
}

function checkInput(
  registry: Registry,
  made: { readonly uses: string; readonly profile: string | null },
  value: JsonObject,
): Prepared | { readonly operation: AnyOperation; readonly input: unknown } {
  const operation = registry.get(made.uses);
  if (operation === undefined)
    return unfit(`There is no operation ${made.uses} on this worker.`, "configuration");
  const parsed = operation.input.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return unfit(
      `The input of ${made.uses} does not fit at ${["with", ...(issue?.path ?? [])].join(".")}: ${issue?.message ?? "invalid"}.`,
    );
  }
  const forbidden = operation.permitted?.(parsed.data, made.profile) ?? null;
  if (forbidden !== null) return unfit(forbidden, "configuration");
  return { operation, input: parsed.data };
}

function unfit(
  message: string,
  category: ErrorCategory = "validation",
): { readonly kind: "failed"; readonly failure: Failure } {
  return { kind: "failed", failure: { category, message } };
}

function captureFailed(error: unknown): Prepared {
  const failure: Failure =
    error instanceof OperationError
      ? error.failure
      : { category: "unknown", message: messageOf(error) };
  return {
    kind: "failed",
    failure: {
      ...failure,
      message: `The state before could not be read, so nothing was done: ${failure.message}`,
    },
  };
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What an operation is given: everything in it belongs to one attempt. */
export function contextOf(
  attempt: Pick<ReadyAttempt, "runId" | "call" | "intent" | "profile" | "timeoutMs">,
  signal: AbortSignal,
  output: (text: string) => void,
): AttemptContext {
  const { runId, call, intent, profile, timeoutMs } = attempt;
  const step = { runId, stepId: call.stepId };
  return { signal, idempotencyKey: intent.idempotencyKey, output, profile, timeoutMs, step };
}

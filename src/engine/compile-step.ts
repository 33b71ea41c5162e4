// One drafted step with everything about it decided: its call, what it waits for, and what takes it back.

import { FLOW_CONTINUE } from "./built-in-operations.ts";
import { compileApproval } from "./compile-approval.ts";
import { compileCall, written } from "./compile-call.ts";
import type { CompiledCall, StepContext } from "./compile-call.ts";
import { compileAfter, compileBefore, ONE_TRY } from "./compile-checks.ts";
import { compileInquiry } from "./compile-inquiry.ts";
import { compilePreconditions } from "./compile-preconditions.ts";
import { compileRollback } from "./compile-rollback.ts";
import type { DraftStep } from "./expand-steps.ts";
import type { PlanStep, Problem, RetryPolicy } from "./plan.ts";
import type { StepSource } from "./plan-source.ts";
import { accept, refuse } from "./result.ts";
import type { Result } from "./result.ts";

/** The step without its stage, or all that is wrong with it. */
export function compileStep(
  draft: DraftStep,
  context: StepContext,
): Result<Omit<PlanStep, "stage">, readonly Problem[]> {
  const { source } = draft;
  const problems: Problem[] = [];
  const take = <T>(result: Result<T, readonly Problem[]>): T | null => {
    if (result.ok) return result.value;
    problems.push(...result.refusal);
    return null;
  };
  const forward = take(
    compileCall({ ...source, uses: source.uses ?? FLOW_CONTINUE }, draft.path, draft, context),
  );
  const when =
    source.when === undefined ? null : written(source.when, `${draft.path}.when`, draft.literals);
  if (when?.ok === false) problems.push(when.refusal);
  const before = take(compileBefore(draft, context));
  const after = take(compileAfter(draft, context));
  const inquiry = take(compileInquiry(draft, context));
  const preconditions = take(compilePreconditions(draft, context));
  const rollback = take(compileRollback(draft, forward, context));
  if (forward === null) return refuse(problems);
  const approval = take(compileApproval(draft, forward.call.risk, context));
  if (problems.length > 0 || before === null || after === null) return refuse(problems);
  if (preconditions === null || rollback === null) return refuse(problems);
  return accept({
    ...forward.call,
    id: draft.id,
    needs: draft.needs,
    after: draft.after,
    stageName: draft.stageName,
    groups: draft.groups,
    loop: draft.loop,
    scope: draft.scopeKey,
    guards: draft.guards,
    when: when?.ok === true ? when.value : null,
    check: after.expressions,
    checksBefore: before,
    checksAfter: after.calls,
    inquiry,
    approval,
    preconditions,
    retry: retryOf(source),
    deadlineMs: source.deadline === undefined ? null : Math.min(source.deadline, context.runTimeMs),
    onFailure: source.on_failure ?? draft.onFailure,
    rollback,
    locks: locksOf(forward),
    deferred: forward.input === null,
  });
}

function locksOf({ operation, input }: CompiledCall): readonly string[] {
  return input === null ? [] : operation.locks(input.parsed);
}

function retryOf({ retry }: StepSource): RetryPolicy {
  if (retry === undefined) return ONE_TRY;
  return {
    maxAttempts: retry.max_attempts,
    backoff: retry.backoff,
    baseDelayMs: retry.base_delay,
    maxDelayMs: Math.max(retry.max_delay, retry.base_delay),
    jitter: retry.jitter,
    on: retry.on,
  };
}

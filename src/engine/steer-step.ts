// Has a failed step of a held run tried again, or left out. Records the request; the run's owner carries it out.

import { audited, personActor } from "./audited-use-case.ts";
import { controlEntry } from "./control-run.ts";
import { approverRefusal, sayRefusal } from "./plan-powers.ts";
import type { PlanRecord } from "./plan.ts";
import type { Refusal } from "./refusal.ts";
import { accept, refuse } from "./result.ts";
import type { Result } from "./result.ts";
import { isFinal } from "./run.ts";
import type { ControlRequest } from "./run.ts";
import { foldRun } from "./run-fold.ts";
import { mayBeLeftOut } from "./run-state.ts";
import type { RunView } from "./run-store.ts";
import { memberOrRefusal } from "./sound-plan.ts";
import { stepNamed } from "./step-named.ts";
import { newStep, stepStatus } from "./step-state.ts";
import type { Asker, EnginePorts } from "./use-case-ports.ts";

const MAX_REASON = 500;

export type StepWish =
  | { readonly kind: "retry" }
  /** Untrusted; kept with the run and shown. */
  | { readonly kind: "skip"; readonly reason: string };

export type SteerStep = {
  readonly runId: string;
  /** Null: the only step the run is held for. */
  readonly stepId: string | null;
  readonly wish: StepWish;
};

/**
 * Retrying is for the requester and whoever could approve the plan; leaving out changes what was approved, so it takes
 * somebody who could approve it and did not ask for it. Refusals are audited.
 */
export async function steerStep(
  ports: EnginePorts,
  asker: Asker,
  { runId, stepId, wish }: SteerStep,
): Promise<Result<{ readonly stepId: string }, Refusal>> {
  const attempted = `${wish.kind} step ${stepId ?? "that failed"} of run ${runId}`;
  return audited(ports, asker, { attempted, planId: null, runId }, async () => {
    const run = await ports.runs.view(runId);
    if (run === null || run.teamId !== asker.teamId)
      return refuse({ code: "run-not-found", runId });
    const person = await memberOrRefusal(ports, asker);
    if (!person.ok) return person;
    const record = await ports.plans.get(run.planId);
    if (record === null) return refuse({ code: "run-not-found", runId });
    const barred = await barredFrom(ports, asker, record, wish);
    if (barred !== null) return refuse(barred);
    if (isFinal(run.status)) return refuse({ code: "run-ended", status: run.status });
    const found = steerable(run, stepId, wish);
    if (!found.ok) return found;
    const number = await ports.runs.requestControl(
      runId,
      requestOf(wish, personActor(asker), found.value),
      controlEntry(run, {
        asker,
        wish: `${wish.kind} step ${found.value} of`,
        at: ports.clock.now(),
      }),
    );
    if (number !== null) return accept({ stepId: found.value });
    const ended = await ports.runs.view(runId);
    return refuse({ code: "run-ended", status: ended?.status ?? run.status });
  });
}

function barredFrom(
  ports: EnginePorts,
  asker: Asker,
  record: PlanRecord,
  wish: StepWish,
): Promise<Refusal | null> {
  if (wish.kind === "retry") return sayRefusal(ports, asker, record, "retry a step of this run");
  const attempted = "leave out a step of this run";
  return approverRefusal(ports, asker, record, { attempted, own: "self-skip" });
}

/** The step that failed and holds the run; for a skip also one that has not begun or waits. */
function steerable(run: RunView, named: string | null, wish: StepWish): Result<string, Refusal> {
  const state = foldRun(run.plan, run.events);
  const { heldFor, status, steps } = state;
  if (wish.kind === "skip" && wish.reason.trim() === "")
    return refuse({ code: "reason-missing", of: "skip" });
  const [only] = heldFor;
  if (named === null) {
    if (only !== undefined && heldFor.length === 1) return accept(only);
    return refuse(
      only === undefined
        ? { code: "run-not-held", status }
        : { code: "step-not-found", found: "", nearest: null, known: heldFor },
    );
  }
  const step = stepNamed(run.plan, named);
  if (!step.ok) return step;
  if (heldFor.includes(named)) return accept(named);
  if (wish.kind === "skip" && mayBeLeftOut(state, named)) return accept(named);
  const now = stepStatus(steps.get(named) ?? newStep(step.value));
  if (wish.kind === "skip") return refuse({ code: "step-has-begun", stepId: named, status: now });
  return refuse(
    heldFor.length === 0
      ? { code: "run-not-held", status }
      : { code: "step-not-failed", stepId: named, status: now },
  );
}

function requestOf(wish: StepWish, by: ControlRequest["by"], stepId: string): ControlRequest {
  if (wish.kind === "retry") return { kind: "retry", by, stepId };
  return { kind: "skip", by, stepId, reason: wish.reason.trim().slice(0, MAX_REASON) };
}

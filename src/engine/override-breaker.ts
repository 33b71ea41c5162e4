// Lets a run go on against a target's open circuit breaker. Records the request; the run's owner carries it out, and
// the breaker stays open for every other run.

import { audited, personActor } from "./audited-use-case.ts";
import { controlEntry } from "./control-run.ts";
import { approverRefusal } from "./plan-powers.ts";
import type { Refusal } from "./refusal.ts";
import { accept, refuse } from "./result.ts";
import type { Result } from "./result.ts";
import { isFinal } from "./run.ts";
import { foldRun } from "./run-fold.ts";
import type { RunView } from "./run-store.ts";
import { memberOrRefusal } from "./sound-plan.ts";
import type { Asker, EnginePorts } from "./use-case-ports.ts";

export type OverrideBreaker = {
  readonly runId: string;
  /** Null: the only one that is in the way. */
  readonly target: string | null;
};

/** Anyone who could approve the plan may do this; its requester and its editors may not. Refusals are audited. */
export async function overrideBreaker(
  ports: EnginePorts,
  asker: Asker,
  { runId, target }: OverrideBreaker,
): Promise<Result<{ readonly target: string }, Refusal>> {
  const attempted = `override the breaker of ${target ?? "its target"} for run ${runId}`;
  return audited(ports, asker, { attempted, planId: null, runId }, async () => {
    const run = await ports.runs.view(runId);
    if (run === null || run.teamId !== asker.teamId)
      return refuse({ code: "run-not-found", runId });
    const person = await memberOrRefusal(ports, asker);
    if (!person.ok) return person;
    const record = await ports.plans.get(run.planId);
    if (record === null) return refuse({ code: "run-not-found", runId });
    const barred = await approverRefusal(ports, asker, record, {
      attempted: "override a circuit breaker for this run",
      own: "self-override",
    });
    if (barred !== null) return refuse(barred);
    if (isFinal(run.status)) return refuse({ code: "run-ended", status: run.status });
    const met = metTarget(run, target);
    if (!met.ok) return met;
    const number = await ports.runs.requestControl(
      runId,
      { kind: "override-breaker", by: personActor(asker), target: met.value },
      controlEntry(run, { asker, wish: `override ${met.value}`, at: ports.clock.now() }),
    );
    if (number !== null) return accept({ target: met.value });
    const ended = await ports.runs.view(runId);
    return refuse({ code: "run-ended", status: ended?.status ?? run.status });
  });
}

/** Only what holds the run back can be overridden: nobody signs for trouble that is not there yet. */
function metTarget({ plan, events }: RunView, target: string | null): Result<string, Refusal> {
  const delays = foldRun(plan, events).delayed.values();
  const known = [...new Set([...delays].map((delay) => delay.target))].toSorted();
  const [only] = known;
  if (target === null && known.length === 1 && only !== undefined) return accept(only);
  if (target !== null && known.includes(target)) return accept(target);
  return refuse({ code: "breaker-not-in-the-way", found: target, known });
}

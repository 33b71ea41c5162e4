// Takes a checkpoint on somebody's word: reads the state of everything a plan manages and keeps it under a name, in
// one transaction with its audit entry. Reading changes nothing.

import { audited, personActor } from "./audited-use-case.ts";
import { captureSteps, inputsOf } from "./capture-steps.ts";
import { isCheckpointName, takenEvent } from "./checkpoint.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { sayRefusal } from "./plan-powers.ts";
import type { Refusal } from "./refusal.ts";
import { accept, refuse } from "./result.ts";
import type { Result } from "./result.ts";
import { secretIn } from "./secret-scan.ts";
import { memberOrRefusal } from "./sound-plan.ts";
import type { Asker, EnginePorts } from "./use-case-ports.ts";

export type TakeCheckpoint = {
  readonly planId: string;
  /** As somebody wrote it: untrusted. */
  readonly name: string;
};

/** For the requester and whoever could approve the plan. Every refusal is in the audit log when this returns. */
export async function takeCheckpoint(
  ports: EnginePorts,
  asker: Asker,
  { planId, name }: TakeCheckpoint,
): Promise<Result<Checkpoint, Refusal>> {
  const attempted = `take checkpoint ${name} of plan ${planId}`;
  return audited(ports, asker, { attempted, planId, runId: null }, async () => {
    const { teamId, conversation, requestId } = asker;
    const record = await ports.plans.get(planId);
    if (record === null || record.conversation.teamId !== teamId)
      return refuse({ code: "plan-not-found", planId });
    const person = await memberOrRefusal(ports, asker);
    if (!person.ok) return person;
    const barred = await sayRefusal(ports, asker, record, "take a checkpoint of this plan");
    if (barred !== null) return refuse(barred);
    if (!isCheckpointName(name)) return refuse({ code: "checkpoint-name-invalid", found: name });
    const held = secretIn(name, ports.redactor.knows);
    if (held !== null) return refuse({ code: "secret-found", path: "the name", what: held });
    const earlier = await ports.checkpoints.get(teamId, name);
    if (earlier !== null) return givenBefore(earlier, requestId);
    const run = await ports.runs.byPlan(planId);
    const { plan } = record;
    const entries = await captureSteps(ports, plan.steps, inputsOf(run));
    const why = entries.flatMap(({ state }) => (state.kind === "captured" ? [] : [state.why]));
    if (why.length === entries.length)
      return refuse({ code: "nothing-to-capture", planId, why: [...new Set(why)] });
    const takenAt = ports.clock.now();
    const taken: Checkpoint = {
      name,
      teamId,
      takenAt,
      takenBy: personActor(asker),
      planId,
      runId: run?.runId ?? null,
      environment: plan.environment,
      requestId,
      entries,
    };
    const saved = await ports.checkpoints.save(taken, {
      at: takenAt,
      teamId,
      actor: taken.takenBy,
      conversation,
      planId,
      runId: taken.runId,
      event: takenEvent(taken),
    });
    if (saved.kind === "saved") return accept(taken);
    const other = await ports.checkpoints.get(teamId, name);
    return other === null ? accept(taken) : givenBefore(other, requestId);
  });
}

/** The same request worked on twice has taken it once. */
function givenBefore(earlier: Checkpoint, requestId: string): Result<Checkpoint, Refusal> {
  if (earlier.requestId === requestId) return accept(earlier);
  const { name, takenAt, takenBy } = earlier;
  const by = takenBy.kind === "person" ? takenBy.userId : null;
  return refuse({ code: "checkpoint-exists", name, takenAt, takenBy: by });
}

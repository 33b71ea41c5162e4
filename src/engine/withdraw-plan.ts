// Takes a waiting or not yet started plan back, at its requester's word.

import { audited, personActor } from "./audited-use-case.ts";
import { controlEntry } from "./control-run.ts";
import { entryOf } from "./file-plan.ts";
import { withdraw } from "./plan-life.ts";
import type { PlanRecord } from "./plan.ts";
import { NO_CHANGE } from "./plan-store.ts";
import type { PlanChange } from "./plan-store.ts";
import type { Refusal } from "./refusal.ts";
import { accept, refuse } from "./result.ts";
import type { Result } from "./result.ts";
import { memberOrRefusal } from "./sound-plan.ts";
import type { Asker, EnginePorts } from "./use-case-ports.ts";

const MAX_REASON = 1000;

type Withdrawn = { readonly record: PlanRecord };

/** Every refusal is in the audit log when this returns. */
export async function withdrawPlan(
  ports: EnginePorts,
  asker: Asker,
  withdrawal: { readonly planId: string; readonly reason: string | null },
): Promise<Result<Withdrawn, Refusal>> {
  const { planId } = withdrawal;
  const attempt = { attempted: `withdraw plan ${planId}`, planId, runId: null };
  return audited(ports, asker, attempt, async () => {
    const person = await memberOrRefusal(ports, asker);
    if (!person.ok) return person;
    const reason = withdrawal.reason?.trim().slice(0, MAX_REASON) ?? null;
    const at = ports.clock.now();
    const answer = await ports.plans.change(planId, (record) =>
      decide(record, { asker, reason: reason === "" ? null : reason, at }),
    );
    if (answer?.ok === true) await endHeldRun(ports, asker, planId);
    return answer ?? refuse({ code: "plan-not-found", planId });
  });
}

/** A queued run ends when it is to start; one that is held would wait for somebody. Asked again, it changes nothing. */
async function endHeldRun(ports: EnginePorts, asker: Asker, planId: string): Promise<void> {
  const run = await ports.runs.byPlan(planId);
  if (run?.status !== "held") return;
  const by = personActor(asker);
  const given = { asker, wish: "cancel", at: ports.clock.now() };
  await ports.runs.requestControl(
    run.runId,
    { kind: "cancel", by, rollback: false },
    controlEntry(run, given),
  );
}

function decide(
  record: PlanRecord,
  given: { readonly asker: Asker; readonly reason: string | null; readonly at: number },
): { change: PlanChange; answer: Result<Withdrawn, Refusal> } {
  const { asker, reason, at } = given;
  if (record.conversation.teamId !== asker.teamId) {
    return { change: NO_CHANGE, answer: refuse({ code: "plan-not-found", planId: record.id }) };
  }
  const whoCan = [record.requester.userId];
  if (asker.userId !== record.requester.userId) {
    const attempted = "withdraw this plan; an approver can reject it instead";
    return { change: NO_CHANGE, answer: refuse({ code: "not-yours", attempted, whoCan }) };
  }
  // The same wish twice, or the same request delivered twice, is one withdrawal.
  if (record.status === "withdrawn" && record.withdrawnBy === asker.userId) {
    return { change: NO_CHANGE, answer: accept({ record }) };
  }
  const moved = withdraw(record, { userId: asker.userId, reason, at });
  if (!moved.ok) return { change: NO_CHANGE, answer: moved };
  const change: PlanChange = {
    record: moved.value,
    events: [
      {
        ...entryOf(record, at),
        actor: personActor(asker),
        event: { kind: "plan.withdrawn", version: record.version, reason },
      },
    ],
    notices: [{ kind: "plan-card", planId: record.id }],
  };
  return { change, answer: accept({ record: moved.value }) };
}

// Pause, resume, cancel, roll back, or answer a run's question. Records the request; the run's owner carries it out.

import type { AuditEntry } from "./audit-event.ts";
import { audited, personActor } from "./audited-use-case.ts";
import type { Actor } from "./identity.ts";
import { callKey } from "./notice.ts";
import { sayRefusal } from "./plan-powers.ts";
import type { Refusal } from "./refusal.ts";
import { accept, refuse } from "./result.ts";
import type { Result } from "./result.ts";
import { isFinal } from "./run.ts";
import type { CallRef, ControlRequest, UnknownAnswer } from "./run.ts";
import type { RunView } from "./run-store.ts";
import { memberOrRefusal } from "./sound-plan.ts";
import type { Asker, EnginePorts } from "./use-case-ports.ts";

export type RunControl = {
  readonly runId: string;
  readonly request:
    | "pause"
    | "resume"
    | "cancel"
    | "rollback"
    | { readonly answer: UnknownAnswer; readonly call: CallRef; readonly attempt: number };
  /** With `cancel`: also take back what was done. */
  readonly rollback?: boolean;
};

/** The requester and anyone who could approve the plan may do this. Refusals are audited. */
export async function controlRun(
  ports: EnginePorts,
  asker: Asker,
  control: RunControl,
): Promise<Result<{ readonly runId: string }, Refusal>> {
  const { runId } = control;
  const wish = wishOf(control);
  const attempt = { attempted: `${wish} run ${runId}`, planId: null, runId };
  return audited(ports, asker, attempt, async () => {
    const run = await ports.runs.view(runId);
    if (run === null || run.teamId !== asker.teamId)
      return refuse({ code: "run-not-found", runId });
    const person = await memberOrRefusal(ports, asker);
    if (!person.ok) return person;
    const record = await ports.plans.get(run.planId);
    if (record === null) return refuse({ code: "run-not-found", runId });
    const say = await sayRefusal(
      ports,
      asker,
      record,
      typeof control.request === "string" ? `${wish} this run` : "answer what this run asks",
    );
    if (say !== null) return refuse(say);
    if (isFinal(run.status)) return refuse({ code: "run-ended", status: run.status });
    if (!isAsked(run, control)) return refuse({ code: "no-such-question" });
    const number = await ports.runs.requestControl(
      runId,
      requestOf(control, personActor(asker)),
      controlEntry(run, { asker, wish, at: ports.clock.now() }),
    );
    if (number !== null) return accept({ runId });
    const ended = await ports.runs.view(runId);
    return refuse(
      ended === null
        ? { code: "run-not-found", runId }
        : { code: "run-ended", status: ended.status },
    );
  });
}

/** An answer must be to an attempt whose outcome is unknown and that nobody has answered. */
function isAsked(run: RunView, { request }: RunControl): boolean {
  if (typeof request === "string") return true;
  const same = (event: { readonly call: CallRef; readonly attempt: number }): boolean =>
    callKey(event.call) === callKey(request.call) && event.attempt === request.attempt;
  let open = false;
  for (const { event } of run.events) {
    if (event.kind === "attempt.unknown" && same(event)) open = true;
    if (event.kind === "attempt.answered" && same(event)) open = false;
  }
  return open;
}

function wishOf({ request, rollback }: RunControl): string {
  if (typeof request !== "string")
    return `answer "${request.answer}" for ${callKey(request.call)} of`;
  return request === "cancel" && rollback === true
    ? "cancel and roll back"
    : request === "rollback"
      ? "roll back"
      : request;
}

function requestOf({ request, rollback }: RunControl, by: Actor): ControlRequest {
  if (typeof request !== "string") return { kind: "answer", by, ...request };
  return request === "cancel"
    ? { kind: "cancel", by, rollback: rollback ?? false }
    : { kind: request, by };
}

/** The audit entry of a control request. @param given.wish may end with " of". */
export function controlEntry(
  run: RunView,
  given: { readonly asker: Asker; readonly wish: string; readonly at: number },
): AuditEntry {
  const { asker, wish, at } = given;
  return {
    at,
    teamId: run.teamId,
    actor: personActor(asker),
    conversation: run.conversation,
    planId: run.planId,
    runId: run.runId,
    event: { kind: "control.requested", request: wish.replace(/ of$/, ""), entry: asker.entry },
  };
}

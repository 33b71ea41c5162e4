// What an operator may do to a run from a command line, where nobody's rights in Slack can be asked: stop it, or let
// it go on. Whoever gets here has the database's credentials; that is enough to stop things and never to start any.

import { COMMAND_LINE } from "./identity.ts";
import type { AuditEntry, AuditEvent } from "./audit-event.ts";
import { explainRefusal } from "./explain-refusal.ts";
import type { Refusal } from "./refusal.ts";
import { accept, refuse } from "./result.ts";
import type { Result } from "./result.ts";
import { isFinal } from "./run.ts";
import type { ControlRequest } from "./run.ts";
import { foldRun } from "./run-fold.ts";
import type { RunView } from "./run-store.ts";
import type { EnginePorts } from "./use-case-ports.ts";

/** Approving, retrying, skipping, answering and rolling back are decisions of people who are known by name. */
export const OPERATOR_REQUESTS = ["pause", "resume", "cancel"] as const;
export type OperatorRequest = (typeof OPERATOR_REQUESTS)[number];

export type OperatorControl = {
  readonly runId: string;
  readonly request: OperatorRequest;
  /** The operating system's name for the person, as `root@db-1`: recorded, never used to decide. */
  readonly operator: string;
};

/**
 * Records the request; the run's worker hears of it within a second. Recorded as `system:command-line` with the
 * operator's name, refusals too.
 * @returns the run as it was when this was asked.
 */
export async function operateRun(
  ports: Pick<EnginePorts, "runs" | "audit" | "clock">,
  control: OperatorControl,
): Promise<Result<RunView, Refusal>> {
  const { runId, request } = control;
  const run = await ports.runs.view(runId);
  // Without a run there is no workspace, so no log that this could be written to.
  if (run === null) return refuse({ code: "run-not-found", runId });
  const entry = (event: AuditEvent): AuditEntry => ({
    at: ports.clock.now(),
    teamId: run.teamId,
    actor: COMMAND_LINE,
    conversation: run.conversation,
    planId: run.planId,
    runId,
    event,
  });
  const held = retrial(run, request);
  const number =
    isFinal(run.status) || held !== null
      ? null
      : await ports.runs.requestControl(
          runId,
          requestOf(request),
          entry({ kind: "control.requested", request, ...by(control) }),
        );
  if (number !== null) return accept(run);
  const ended = (await ports.runs.view(runId)) ?? run;
  const refusal: Refusal = held ?? { code: "run-ended", status: ended.status };
  await ports.audit.append([
    entry({
      kind: "refused",
      attempted: `${request} run ${runId}`,
      code: refusal.code,
      explanation: explainRefusal(refusal),
      ...by(control),
    }),
  ]);
  return refuse(refusal);
}

/** Going on would try failed steps again, which nobody may here. A run held since then ignores the request. */
function retrial({ runId, plan, events }: RunView, request: OperatorRequest) {
  if (request !== "resume") return null;
  const { heldFor } = foldRun(plan, events);
  return heldFor.length === 0 ? null : ({ code: "retry-needs-person", runId, heldFor } as const);
}

function by({ operator }: OperatorControl) {
  return { entry: "command-line", operator } as const;
}

function requestOf(request: OperatorRequest): ControlRequest {
  return request === "cancel"
    ? { kind: "cancel", by: COMMAND_LINE, rollback: false }
    : { kind: request, by: COMMAND_LINE };
}

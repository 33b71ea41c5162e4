// Makes the link at which a person proves an approval with a passkey. Its token goes to them and is kept nowhere;
// whether they may approve was asked before, and is asked again when the vote is cast.

import { waitingAt } from "./plan-life.ts";
import type { PlanRecord } from "./plan.ts";
import type { Refusal } from "./refusal.ts";
import { accept, refuse } from "./result.ts";
import type { Result } from "./result.ts";
import { issueStepUp } from "./step-up.ts";
import type { Instant } from "./time.ts";
import type { EnginePorts } from "./use-case-ports.ts";

export type StepUpLink = {
  readonly record: PlanRecord;
  /** Whoever has it and signs in as this person can open the link, until then. */
  readonly token: string;
  readonly openBy: Instant;
};

/** A link for the version that the person looked at. Refused when the plan has moved on meanwhile. */
export async function issueStepUpLink(
  ports: Pick<EnginePorts, "plans" | "stepUps" | "ids" | "sha256" | "clock">,
  wish: {
    readonly planId: string;
    readonly planVersion: number;
    readonly viewHash: string | null;
    readonly viewFormat: number | null;
    readonly userId: string;
  },
): Promise<Result<StepUpLink, Refusal>> {
  const { planId, planVersion, viewHash, viewFormat, userId } = wish;
  const record = await ports.plans.get(planId);
  if (record === null) return refuse({ code: "plan-not-found", planId });
  const now = ports.clock.now();
  const waiting = votable(record, planVersion, now);
  if (!waiting.ok) return waiting;
  const token = ports.ids.token();
  const { teamId } = record.conversation;
  const view = { viewHash, viewFormat };
  const act = { teamId, userId, planId, planVersion, planHash: record.hash, ...view };
  const stepUp = issueStepUp({ ...act, choice: "approve" }, ports.sha256(token), now);
  await ports.stepUps.issue(stepUp);
  return accept({ record, token, openBy: stepUp.openBy });
}

/** Why nobody can vote on this version now; else the plan. */
export function votable(
  record: PlanRecord,
  planVersion: number,
  now: Instant,
): Result<PlanRecord, Refusal> {
  const waiting = waitingAt(record, now);
  if (!waiting.ok) return waiting;
  if (record.version !== planVersion)
    return refuse({ code: "stale-version", seen: planVersion, current: record.version });
  return accept(record);
}

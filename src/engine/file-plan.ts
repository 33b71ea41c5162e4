// Files a plan: may this person ask, is the plan sound, can its quorum be reached, is there room for it.

import type { PlanRequest } from "./compile-plan.ts";
import type { Plan } from "./plan.ts";
import type { Refusal } from "./refusal.ts";
import type { Result } from "./result.ts";
import type { Asker, EnginePorts } from "./use-case-ports.ts";

export type FiledPlan = {
  readonly planId: string;
  /** Set when the policy asks for no approval: the run is queued already. */
  readonly runId: string | null;
  readonly plan: Plan;
  /** The same request had filed it before. */
  readonly alreadyFiled: boolean;
};

/** Files the plan and queues its card. Every refusal is in the audit log when this returns. */
export async function filePlan(
  ports: EnginePorts,
  asker: Asker,
  request: PlanRequest,
): Promise<Result<FiledPlan, Refusal>> {
  throw new Error(`${ports.policy.version} ${asker.userId} ${request.kind}`);
}

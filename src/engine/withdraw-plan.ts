// Takes a waiting or not yet started plan back, at its requester's word.

import type { PlanRecord } from "./plan.ts";
import type { Refusal } from "./refusal.ts";
import type { Result } from "./result.ts";
import type { Asker, EnginePorts } from "./use-case-ports.ts";

/** Every refusal is in the audit log when this returns. */
export async function withdrawPlan(
  ports: EnginePorts,
  asker: Asker,
  withdrawal: { readonly planId: string; readonly reason: string | null },
): Promise<Result<{ readonly record: PlanRecord }, Refusal>> {
  throw new Error(`${ports.policy.version} ${asker.userId} ${withdrawal.planId}`);
}

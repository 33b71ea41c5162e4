// Makes the next version of a waiting plan. The votes are void in the same transaction, and whoever edited
// can't approve it.

import type { PlanRecord } from "./plan.ts";
import type { Refusal } from "./refusal.ts";
import type { Result } from "./result.ts";
import type { Asker, EnginePorts } from "./use-case-ports.ts";

export type PlanEdit = {
  readonly planId: string;
  /** The version the editor started from. */
  readonly fromVersion: number;
  /** The parsed YAML or JSON of `text`. */
  readonly value: unknown;
  readonly text: string;
};

/** Every refusal is in the audit log when this returns. */
export async function editPlan(
  ports: EnginePorts,
  asker: Asker,
  edit: PlanEdit,
): Promise<Result<{ readonly record: PlanRecord }, Refusal>> {
  throw new Error(`${ports.policy.version} ${asker.userId} ${edit.planId}`);
}

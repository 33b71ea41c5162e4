// Dry run: compiles a plan and asks each operation for its preview. Never reaches an operation's `run`.

import type { PlanRequest } from "./compile-plan.ts";
import type { Preview } from "./operation.ts";
import type { Plan } from "./plan.ts";
import type { Refusal } from "./refusal.ts";
import type { Result } from "./result.ts";
import type { Asker, EnginePorts } from "./use-case-ports.ts";

export type PlanPreview = {
  readonly plan: Plan;
  readonly steps: readonly {
    readonly stepId: string;
    readonly summary: string;
    readonly preview: Preview | null;
    /** Why there is no preview, or what went wrong; a complete sentence. */
    readonly note: string | null;
  }[];
};

/** Previews a request, or a filed plan as it stands. */
export async function previewPlan(
  ports: EnginePorts,
  asker: Asker,
  what: PlanRequest | { readonly planId: string },
): Promise<Result<PlanPreview, Refusal>> {
  throw new Error(`${ports.policy.version} ${asker.userId} ${JSON.stringify(what)}`);
}

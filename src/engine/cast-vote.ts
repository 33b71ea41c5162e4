// Records a person's approval or rejection and decides. Every entry path calls this one function.

import type { PlanRecord } from "./plan.ts";
import type { Refusal } from "./refusal.ts";
import type { Result } from "./result.ts";
import type { Asker, EnginePorts } from "./use-case-ports.ts";
import type { Verdict } from "./verdict.ts";

export type CastVote = {
  readonly planId: string;
  /** From the button; null for the words `approve` and `reject` in the thread, which mean the newest version. */
  readonly planVersion: number | null;
  readonly choice: "approve" | "reject";
  readonly reason: string | null;
  /** Digest of what was rendered to the voter, null where nothing was. */
  readonly viewHash: string | null;
};

/** The record after the vote and what it decided. Every refusal is in the audit log when this returns. */
export async function castVote(
  ports: EnginePorts,
  asker: Asker,
  vote: CastVote,
): Promise<Result<{ readonly record: PlanRecord; readonly verdict: Verdict }, Refusal>> {
  throw new Error(`${ports.policy.version} ${asker.userId} ${vote.planId}`);
}

// What a passkey's proof is to a vote: spent with it, of exactly it, and told of. Where a proof is missing, the notice
// of the link at which it can be given.

import type { Notice } from "./notice.ts";
import type { PlanRecord } from "./plan.ts";
import type { Refusal } from "./refusal.ts";
import { accept, refuse } from "./result.ts";
import type { Result } from "./result.ts";
import { isOf, spend } from "./step-up.ts";
import type { SpentStepUp, StepUp, StepUpAct } from "./step-up.ts";
import type { Instant } from "./time.ts";

type Voting = {
  readonly asker: { readonly teamId: string; readonly userId: string };
  readonly vote: {
    readonly planVersion: number;
    readonly choice: "approve" | "reject";
    readonly viewHash: string | null;
    readonly viewFormat?: number;
    readonly linkTo?: { readonly channelId: string; readonly threadTs: string | null };
  };
};

/** Null: the vote came without a proof. @param stepUp the proof's, its row locked. */
export function spentProof(
  proofId: string | undefined,
  stepUp: StepUp | null,
  now: Instant,
): Result<SpentStepUp | null, Refusal> {
  if (proofId === undefined) return accept(null);
  return stepUp === null ? refuse({ code: "step-up-unknown" }) : spend(stepUp, now);
}

/** Whether the proof is of this vote on this version and hash. */
export function isProofOf(
  proof: SpentStepUp,
  record: PlanRecord,
  { asker: { teamId, userId }, vote }: Voting,
): boolean {
  const { planVersion, viewHash, choice } = vote;
  const plan = { planId: record.id, planVersion, planHash: record.hash };
  return isOf(proof, { teamId, userId, ...plan, viewHash, viewFormat: formatOf(vote), choice });
}

/** Tells the person privately. @param refused null: the approval counts. */
export function outcomeOf({ planId, userId }: StepUpAct, refused: Refused | null): Notice {
  return { kind: "step-up-outcome", planId, userId, refused };
}

type Refused = { readonly code: string; readonly sentence: string };

/** Null: there is nowhere to send a link to. */
export function linkNotice(record: PlanRecord, { asker, vote }: Voting): Notice | null {
  const { planVersion, viewHash, linkTo } = vote;
  if (linkTo === undefined) return null;
  return {
    kind: "step-up-link",
    planId: record.id,
    planVersion,
    viewHash,
    viewFormat: formatOf(vote),
    userId: asker.userId,
    channelId: linkTo.channelId,
    threadTs: linkTo.threadTs,
  };
}

/** Where nothing was seen, nothing was drawn. */
function formatOf({ viewHash, viewFormat }: Voting["vote"]): number | null {
  return viewHash === null ? null : (viewFormat ?? null);
}

// Somebody asks for a plan that waits for approval already: it is not filed a second time, the record says who else
// asked, and the thread of the waiting one is told.

import { personActor } from "./audited-use-case.ts";
import { effectiveStatus } from "./plan-life.ts";
import type { AwaitingPlan } from "./plan.ts";
import { NO_CHANGE } from "./plan-store.ts";
import type { Asker, EnginePorts } from "./use-case-ports.ts";

/**
 * Who asked once more, written with the plan's row locked. Null: it was decided or edited meanwhile, so it is not
 * the same plan that waits any more, and nothing was written.
 * @param wanted the plan that was asked for.
 */
export async function askedAgain(
  ports: Pick<EnginePorts, "plans" | "clock">,
  asker: Asker,
  { planId, wanted }: { readonly planId: string; readonly wanted: AwaitingPlan },
): Promise<AwaitingPlan | null> {
  const at = ports.clock.now();
  return ports.plans.change<AwaitingPlan | null>(planId, (record) => {
    const waits = record.status === "awaiting-approval" && record.hash === wanted.hash;
    if (!waits || effectiveStatus(record, at) !== "awaiting-approval")
      return { change: NO_CHANGE, answer: null };
    const event = {
      kind: "plan.coalesced",
      version: record.version,
      hash: record.hash,
      requesterId: record.requester.userId,
      requestId: asker.requestId,
      entry: asker.entry,
    } as const;
    const { teamId, conversation } = asker;
    const actor = personActor(asker);
    return {
      change: {
        events: [{ at, teamId, actor, conversation, planId, runId: null, event }],
        // Whoever asks again themselves need not be told so in front of everyone.
        notices:
          asker.userId === record.requester.userId
            ? []
            : [{ kind: "plan-wanted", planId, userId: asker.userId }],
      },
      answer: record,
    };
  });
}

import type { AwaitingPlan } from "#engine/plan.ts";
import type { Instant } from "#engine/time.ts";
import type { Verdict } from "#engine/verdict.ts";
import { blocksOf } from "./signature.ts";
import type { Message } from "./message.ts";

export function pendingMessage(_input: {
  readonly plans: readonly { readonly record: AwaitingPlan; readonly verdict: Verdict }[];
  readonly viewerId: string;
  readonly now: Instant;
}): Message {
  return blocksOf("Pending");
}

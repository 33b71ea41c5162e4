import type { ModalView } from "@slack/types";
import type { PlanRecord } from "#engine/plan.ts";
import type { Instant } from "#engine/time.ts";
import type { Verdict } from "#engine/verdict.ts";
import { modal } from "./blocks.ts";
import { CALLBACKS, planValue } from "./identifiers.ts";
import { blocksOf } from "./signature.ts";
import type { Message } from "./message.ts";

export type WhoCanApproveInput = {
  readonly record: PlanRecord;
  readonly verdict: Verdict;
  readonly now: Instant;
};
export function whoCanApproveView({ record }: WhoCanApproveInput): ModalView {
  return modal({
    callback: CALLBACKS.whoCanApprove,
    title: "Who can approve?",
    close: "Close",
    metadata: planValue({ planId: record.id, version: record.version }),
    blocks: [],
  });
}
export function whoCanApproveMessage({ record }: WhoCanApproveInput): Message {
  return blocksOf(record.plan.title);
}

import type { Instant } from "#engine/time.ts";
import { blocksOf } from "./signature.ts";
import type { Message } from "./message.ts";
import type { RunReport } from "./run-report.ts";

/** `output`: RunStore.outputTail. */
export type OutputTail = readonly { readonly call: string; readonly text: string }[];
export function runProgressMessage({
  report,
}: {
  readonly report: RunReport;
  readonly output: OutputTail;
  readonly now: Instant;
}): Message {
  return blocksOf(report.plan.title);
}

import { blocksOf } from "./signature.ts";
import type { Message } from "./message.ts";
import type { RunReport } from "./run-report.ts";

export function runHeldMessage({ report }: { readonly report: RunReport }): Message {
  return blocksOf(report.plan.title);
}

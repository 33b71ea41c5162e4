import { blocksOf } from "./signature.ts";
import type { Message } from "./message.ts";
import type { RunReport } from "./run-report.ts";

/** `log`: the uploaded file's permalink, or null when the output was short or the upload is not done. */
export function runFinishedMessage({
  report,
}: {
  readonly report: RunReport;
  readonly logLink: string | null;
}): Message {
  return blocksOf(report.plan.title);
}

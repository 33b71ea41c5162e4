import type { Failure } from "#engine/failure.ts";
import type { CallRef, UnknownAnswer } from "#engine/run.ts";
import type { Instant } from "#engine/time.ts";
import { blocksOf } from "./signature.ts";
import type { Message } from "./message.ts";
import type { RunReport } from "./run-report.ts";

export type RunQuestionInput = {
  readonly report: RunReport;
  readonly call: CallRef;
  readonly attempt: number;
  readonly failure: Failure;
  /** Null while the question is open. */
  readonly answered: {
    readonly answer: UnknownAnswer;
    readonly byUserId: string | null;
    readonly at: Instant;
  } | null;
};
export function runQuestionMessage({ report }: RunQuestionInput): Message {
  return blocksOf(report.plan.title);
}

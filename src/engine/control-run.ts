// Pause, resume, cancel, roll back, or answer a run's question. Records the request; the run's owner carries it out.

import type { Refusal } from "./refusal.ts";
import type { Result } from "./result.ts";
import type { CallRef, UnknownAnswer } from "./run.ts";
import type { Asker, EnginePorts } from "./use-case-ports.ts";

export type RunControl = {
  readonly runId: string;
  readonly request:
    | "pause"
    | "resume"
    | "cancel"
    | "rollback"
    | { readonly answer: UnknownAnswer; readonly call: CallRef; readonly attempt: number };
  /** With `cancel`: also take back what was done. */
  readonly rollback?: boolean;
};

/** The requester and anyone who could approve the plan may do this. Refusals are audited. */
export async function controlRun(
  ports: EnginePorts,
  asker: Asker,
  control: RunControl,
): Promise<Result<{ readonly runId: string }, Refusal>> {
  throw new Error(`${ports.policy.version} ${asker.userId} ${control.runId}`);
}

// What a run can be told to do next. Decided in next-moves.ts, done by drive-run.ts.

import type { CallRef, RunEvent } from "./run.ts";
import type { Instant } from "./time.ts";

export type Move =
  /** Check the start once more, then record `run.started`. */
  | { readonly kind: "begin" }
  /** Try this call; `attempt` is its number. */
  | { readonly kind: "start"; readonly call: CallRef; readonly attempt: number }
  /** Ask the step's inquiry or for its approval, unless its condition leaves it out. */
  | { readonly kind: "ask"; readonly stepId: string; readonly what: "inquiry" | "approval" }
  /** Nothing but this fact has to be written down; ask again after it was applied. */
  | { readonly kind: "record"; readonly event: RunEvent }
  /** Nothing happens before `until`; null: before a person says something. */
  | { readonly kind: "wait"; readonly until: Instant | null };

export function record(event: RunEvent): Extract<Move, { kind: "record" }> {
  return { kind: "record", event };
}

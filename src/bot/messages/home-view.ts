import type { HomeView } from "@slack/types";
import type { AwaitingPlan, PlanRecord } from "#engine/plan.ts";
import type { Instant } from "#engine/time.ts";
import type { Verdict } from "#engine/verdict.ts";
import type { RunReport } from "./run-report.ts";

export type HomeInput = {
  /** Plans this person could approve, in any order: shown oldest clock first. */
  readonly waiting: readonly { readonly record: AwaitingPlan; readonly verdict: Verdict }[];
  readonly running: readonly RunReport[];
  readonly recent: readonly PlanRecord[];
  readonly now: Instant;
};
export function homeView(_input: HomeInput): HomeView {
  return { type: "home", blocks: [] };
}

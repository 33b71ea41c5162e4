// A plan and its run, for `/ops show <id>`. The same picture as the card's, but votes are cast on the card: the
// buttons here only show more.

import { ACTIONS, planValue } from "./identifiers.ts";
import { actions, button } from "./blocks.ts";
import { type Message } from "./message.ts";
import { type PlanCardInput, drawPlan } from "./plan-card.ts";
import type { RunReport } from "#engine/run-report.ts";
import { runWord } from "./step-marks.ts";

export function showPlanMessage({
  record,
  verdict,
  report,
  now,
  wait = null,
  freeze = null,
  openTargets = [],
  estimate = null,
}: PlanCardInput & { readonly report: RunReport | null }): Message {
  const value = planValue({ planId: record.id, version: record.version });
  const buttons = actions(
    button({ action: ACTIONS.fullPlan, text: "Full plan", value }),
    button({ action: ACTIONS.whoCanApprove, text: "Who can approve?", value }),
  );
  const run =
    report === null ? {} : { lastNote: `run ${report.runId}: ${runWord(report).toLowerCase()}` };
  const { text, blocks } = drawPlan(
    { record, verdict, now, wait, freeze, openTargets, estimate, ...run },
    buttons,
  );
  return { text, blocks };
}

// The button that approves a plan, the same on its card and in lists. Decides nothing.

import type { Button } from "@slack/types";
import type { PlanFreeze } from "#engine/freeze-of-plan.ts";
import type { PlanRecord } from "#engine/plan.ts";
import { startSentence } from "./approvals.ts";
import { button } from "./blocks.ts";
import { ACTIONS, planValue } from "./identifiers.ts";
import { counted, identifier } from "./plain.ts";
import { destructiveCount } from "./plan-steps.ts";
import { riskWord } from "./rich-text.ts";

/** Approve, behind a dialog that repeats what matters. */
export function approveButton(record: PlanRecord, freeze: PlanFreeze | null): Button {
  const { plan } = record;
  const destructive = destructiveCount(plan);
  const danger = plan.risk === "destructive";
  return button({
    action: ACTIONS.approve,
    text: "Approve",
    value: planValue({ planId: record.id, version: record.version }),
    style: danger ? "danger" : "primary",
    confirm: {
      title: `Approve for ${identifier(plan.environment, 60).text}?`,
      text: [
        `Risk: ${riskWord(plan.risk)}.`,
        destructive === 0
          ? `None of the ${counted(plan.steps.length, "step")} is destructive.`
          : `${destructive} of ${counted(plan.steps.length, "step")} ${destructive === 1 ? "is" : "are"} destructive.`,
        `You sign version ${record.version}, hash ${record.hash.slice(0, 12)}. ${startSentence(freeze)}`,
      ].join("\n"),
      yes: "Approve",
      no: "Not now",
      danger,
    },
  });
}

// `plan explain`: what the approval card shows, for a plan that nobody has filed. Drawn by the card's own functions,
// but every step is there, stage by stage.

import { formatDuration } from "#engine/duration.ts";
import { sourceText } from "#engine/eligibility.ts";
import type { PlanEstimate } from "#engine/estimate.ts";
import type { OpenTarget } from "#engine/open-targets.ts";
import type { Plan } from "#engine/plan.ts";
import type { ApprovalRule } from "#engine/policy.ts";
import { header } from "#bot/messages/blocks.ts";
import { estimateRows } from "#bot/messages/estimates.ts";
import { openTargetsPieces } from "#bot/messages/open-targets.ts";
import { identifier } from "#bot/messages/plain.ts";
import { howItRunsRow, riskRow } from "#bot/messages/plan-card.ts";
import { stepElements } from "#bot/messages/plan-steps.ts";
import {
  type Piece,
  bold,
  code,
  lines,
  richText,
  section,
  words,
} from "#bot/messages/rich-text.ts";
import { blockText } from "./block-text.ts";
import { planStages } from "./plan-outline.ts";
import type { Screen } from "./screen.ts";

export type Explained = {
  readonly plan: Plan;
  readonly hash: string;
  /** Of the plan's environment and risk; null: the policy has none, so it can't be approved. */
  readonly rule: ApprovalRule | null;
  /** Null or left out: not known, or no database was asked. */
  readonly estimate?: PlanEstimate | null;
  readonly openTargets?: readonly OpenTarget[];
};

export function explainedPlan(
  { plan, hash, rule, estimate = null, openTargets = [] }: Explained,
  screen: Screen,
): string {
  const head = [
    header(plan.title),
    richText(
      lines(
        riskRow(plan),
        howItRunsRow(plan),
        ...approvalRows(rule),
        ...(estimate === null ? [] : estimateRows(plan, estimate)),
        ...(openTargets.length === 0 ? [] : [openTargetsPieces(openTargets)]),
        [bold("Hash  "), code(hash)],
      ),
    ),
  ];
  const places = new Map(plan.steps.map((step, index) => [step.id, index + 1]));
  const stages = planStages(plan).map(({ title, steps }) =>
    richText(
      ...(title === null ? [] : [section(bold(identifier(title).text))]),
      ...steps.flatMap((step) => stepElements({ step, place: places.get(step.id) ?? 0 }, plan)),
    ),
  );
  return [head, ...stages.map((stage) => [stage])]
    .map((blocks) => blockText(blocks, screen))
    .join("\n\n");
}

function approvalRows(rule: ApprovalRule | null): Piece[][] {
  if (rule === null) return [[bold("Approvals  "), words("nobody can approve this")]];
  const count = rule.require.reduce((sum, clause) => sum + clause.count, 0);
  if (count === 0) return [[bold("Approvals  "), words("none needed: it starts when it is filed")]];
  const clauses = rule.require.map((clause) => `${clause.count} from ${sourceText(clause)}`);
  return [
    [
      bold("Approvals  "),
      words(`${clauses.join(", and ")}; whoever asks for the plan or edits it can't approve it`),
    ],
    [
      bold("Approve  "),
      words(`within ${formatDuration(rule.approveWithinMs)} · `),
      bold("Start  "),
      words(`within ${formatDuration(rule.startWithinMs)} of the decision`),
    ],
  ];
}

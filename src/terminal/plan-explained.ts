// `plan explain`: what the approval card shows, for a plan that nobody has filed. Drawn by the card's own functions,
// but every step is there, stage by stage.

import { formatDuration } from "#engine/duration.ts";
import { sourceText } from "#engine/eligibility.ts";
import type { PlanEstimate } from "#engine/estimate.ts";
import { explainRefusal } from "#engine/explain-refusal.ts";
import type { ForeseenRule } from "#engine/foresee-rule.ts";
import type { OpenTarget } from "#engine/open-targets.ts";
import type { Plan } from "#engine/plan.ts";
import type { ApprovalRule } from "#engine/policy.ts";
import { freezePieces, policyPieces, timeoutWords } from "#bot/messages/approvals.ts";
import { header } from "#bot/messages/blocks.ts";
import { estimateRows } from "#bot/messages/estimates.ts";
import { openTargetsPieces } from "#bot/messages/open-targets.ts";
import { identifier } from "#bot/messages/plain.ts";
import { howItRunsRow, riskRow } from "#bot/messages/plan-at-a-glance.ts";
import { stepElements } from "#bot/messages/plan-steps.ts";
import {
  type Piece,
  bold,
  code,
  lines,
  richText,
  section,
  untrusted,
  words,
} from "#bot/messages/rich-text.ts";
import { blockText } from "./block-text.ts";
import { planStages } from "./plan-outline.ts";
import type { Screen } from "./screen.ts";

export type Explained = {
  readonly plan: Plan;
  readonly hash: string;
  /** By the policies in force now. */
  readonly policy: ForeseenRule;
  /** Null or left out: not known, or no database was asked. */
  readonly estimate?: PlanEstimate | null;
  readonly openTargets?: readonly OpenTarget[];
};

export function explainedPlan(
  { plan, hash, policy, estimate = null, openTargets = [] }: Explained,
  screen: Screen,
): string {
  const head = [
    header(plan.title),
    richText(
      lines(
        riskRow(plan),
        howItRunsRow(plan),
        ...policyRows(plan, policy),
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

/** What the policies make of it, by whoever asks, and what is known only once it is filed. */
function policyRows(plan: Plan, { usual, byGroup, askedLive }: ForeseenRule): Piece[][] {
  return [
    ...foreseenRows(plan, usual),
    ...byGroup.flatMap(({ group, result }) => [
      [bold(`Asked for by somebody in ${identifier(group, 60).text}:`)],
      ...foreseenRows(plan, result),
    ]),
    askedLive.length === 0
      ? []
      : [
          bold("Not known here  "),
          words(
            `who is in ${askedLive.map((name) => identifier(name, 60).text).join(", ")}, and so whether enough people could approve: that is asked when it is filed`,
          ),
        ],
  ];
}

function foreseenRows(plan: Plan, foreseen: ForeseenRule["usual"]): Piece[][] {
  if (!foreseen.ok)
    return [[bold("Would be refused  "), untrusted(explainRefusal(foreseen.refusal), 500)]];
  const { rule, standing, freeze } = foreseen.value;
  return [
    ...(standing === null
      ? approvalRows(plan, rule)
      : [
          [
            bold("Approvals  "),
            words(`given beforehand, by the standing approval ${identifier(standing, 60).text}`),
          ],
        ]),
    policyPieces(rule),
    freeze === null ? [] : freezePieces(freeze),
  ];
}

function approvalRows(plan: Plan, rule: ApprovalRule): Piece[][] {
  const count = rule.require.reduce((sum, clause) => sum + clause.count, 0);
  if (count === 0) return [[bold("Approvals  "), words("none needed: it starts when it is filed")]];
  const clauses = rule.require.map((clause) => `${clause.count} from ${sourceText(clause)}`);
  const whoever = rule.selfApproval
    ? "whoever edits it can't approve it"
    : "whoever asks for the plan or edits it can't approve it";
  return [
    [bold("Approvals  "), words(`${clauses.join(", and ")}; ${whoever}`)],
    [
      bold("Approve  "),
      words(`within ${formatDuration(rule.approveWithinMs)}, ${timeoutWords({ plan, rule })} · `),
      bold("Start  "),
      words(`within ${formatDuration(rule.startWithinMs)} of the decision`),
    ],
  ];
}

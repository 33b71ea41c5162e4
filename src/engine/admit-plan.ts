// Whether the policy lets a plan wait for its approval at all, under which rule, and how it stands at first. What
// filing has in common with a team's own table of cases; it writes nothing.

import type { FactPorts } from "./gather-facts.ts";
import type { AwaitingPlan } from "./plan.ts";
import type { ApprovalRule } from "./policy.ts";
import { checkQuorum, standingVerdict } from "./quorum-check.ts";
import type { Refusal } from "./refusal.ts";
import { accept, refuse } from "./result.ts";
import type { Result } from "./result.ts";
import { frozenRefusal, ruleOfPlan } from "./rule-of-plan.ts";
import type { AskedPlan, PlanRule } from "./rule-of-plan.ts";
import type { EnginePorts } from "./use-case-ports.ts";
import type { Verdict } from "./verdict.ts";

type Asking = FactPorts & Pick<EnginePorts, "calendar" | "registry">;

export type Admitted = {
  readonly ruled: PlanRule;
  readonly record: AwaitingPlan;
  /** Before anybody has voted. */
  readonly verdict: Verdict;
};

/** @param recordUnder the plan as it would wait under this rule. */
export async function admitPlan(
  ports: Asking,
  asked: AskedPlan,
  recordUnder: (rule: ApprovalRule) => AwaitingPlan,
): Promise<Result<Admitted, Refusal>> {
  const ruled = await ruleOfPlan(ports, asked);
  if (!ruled.ok) return ruled;
  const frozen = frozenRefusal(asked.plan, ruled.value, ports.clock.now());
  if (frozen !== null) return refuse(frozen);
  const { rule, standing } = ruled.value;
  const record = recordUnder(rule);
  if (standing !== null) {
    const verdict = standingVerdict(record, standing, ports.clock.now());
    return accept({ ruled: ruled.value, record, verdict });
  }
  const quorum = await checkQuorum(ports, record);
  if (quorum.kind === "refused") return refuse(quorum.refusal);
  return accept({ ruled: ruled.value, record, verdict: quorum.verdict });
}

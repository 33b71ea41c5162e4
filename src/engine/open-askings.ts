// What runs ask people at the moment: approvals of their steps and questions, with who could answer them, as far as
// it is known for display. Decides nothing; each answer is checked again when it is given.

import { openApprovals } from "./asked-approval.ts";
import { openInquiries } from "./asked-inquiry.ts";
import { stepVerdictOf } from "./decide-step-approval.ts";
import { gatherMembers } from "./gather-facts.ts";
import { approversOf } from "./plan-powers.ts";
import type { Inquiry, PlanRecord, PlanStep } from "./plan.ts";
import type { RunView } from "./run-store.ts";
import type { Instant } from "./time.ts";
import type { EnginePorts } from "./use-case-ports.ts";

export type OpenAsking = {
  readonly kind: "approval" | "question";
  readonly run: RunView;
  readonly step: PlanStep;
  readonly closesAt: Instant;
  /** User ids, the requester among them where they may. */
  readonly couldAnswer: readonly string[];
};

/** Runs looked at for one list. */
const MOST_RUNS = 100;

/** The workspace's, the one that closes first first. Memberships may be 60 s old. */
export async function openAskings(
  ports: EnginePorts,
  teamId: string,
): Promise<readonly OpenAsking[]> {
  const runs = await ports.runs.activeOf(teamId, null, MOST_RUNS);
  const askings = await Promise.all(runs.map((run) => askingsOf(ports, run)));
  return askings.flat().toSorted((a, b) => a.closesAt - b.closesAt);
}

async function askingsOf(ports: EnginePorts, run: RunView): Promise<readonly OpenAsking[]> {
  const now = ports.clock.now();
  const approvals = openApprovals(run.events, now);
  const inquiries = openInquiries(run.events, now);
  if (approvals.length + inquiries.length === 0) return [];
  const record = await ports.plans.get(run.planId);
  if (record === null) return [];
  const stepOf = (stepId: string) => run.plan.steps.find(({ id }) => id === stepId);
  const toApprove = approvals.map(async (asked): Promise<readonly OpenAsking[]> => {
    const step = stepOf(asked.stepId);
    const approval = step?.approval ?? null;
    if (step === undefined || approval === null) return [];
    const verdict = await stepVerdictOf(
      ports,
      { record, asked: approval, approval: asked },
      "cached",
    );
    const { closesAt } = asked;
    return [{ kind: "approval", run, step, closesAt, couldAnswer: verdict.couldApprove }];
  });
  const toAnswer = inquiries.map(async ({ stepId, closesAt }): Promise<readonly OpenAsking[]> => {
    const step = stepOf(stepId);
    const inquiry = step?.inquiry ?? null;
    if (step === undefined || inquiry === null) return [];
    const couldAnswer = await respondersTo(ports, record, inquiry);
    return [{ kind: "question", run, step, closesAt, couldAnswer }];
  });
  return (await Promise.all([...toApprove, ...toAnswer])).flat();
}

async function respondersTo(
  ports: EnginePorts,
  record: PlanRecord,
  { from }: Inquiry,
): Promise<readonly string[]> {
  const { teamId, userId } = record.requester;
  if (from === null) {
    const approvers = (await approversOf(ports, record)) ?? [];
    return [...new Set([userId, ...approvers])];
  }
  const members = await gatherMembers(ports, teamId, from.groups, "cached");
  return [...new Set([...from.users, ...from.groups.flatMap((group) => members[group] ?? [])])];
}

// Records a person's word on the approval that a step of a run waits for. Every entry path calls this one
// function; the run's owner takes the vote in and decides (decide-step-approval.ts).

import { audited, personActor } from "./audited-use-case.ts";
import { controlEntry } from "./control-run.ts";
import { stepCircle, stepFacts, stepVerdictOf } from "./decide-step-approval.ts";
import { candidatesOf, eligibilityOf } from "./eligibility.ts";
import { gatherStandings, groupsOf, lendersOf } from "./gather-facts.ts";
import type { Circle, Standings } from "./gather-facts.ts";
import type { PlanRecord, PlanStep, StepApproval } from "./plan.ts";
import { unknownMembers } from "./refusal.ts";
import type { Refusal } from "./refusal.ts";
import { accept, refuse } from "./result.ts";
import type { Result } from "./result.ts";
import type { StepVote } from "./run.ts";
import type { RunView } from "./run-store.ts";
import { lateWord } from "./late-word.ts";
import { memberOrRefusal } from "./sound-plan.ts";
import { approvalOf, withRequestedVotes, withVote } from "./asked-approval.ts";
import type { AskedApproval } from "./asked-approval.ts";
import { stepNamed } from "./step-named.ts";
import type { Instant } from "./time.ts";
import type { Asker, EnginePorts } from "./use-case-ports.ts";
import type { Verdict } from "./verdict.ts";

const MAX_REASON = 1000;

export type VoteOnStep = {
  readonly runId: string;
  readonly stepId: string;
  /** Which of the step's askings, from the button; null for words in the thread, which mean the newest. */
  readonly opening: number | null;
  readonly choice: "approve" | "reject";
  readonly reason: string | null;
  /** Digest of what was rendered to the voter, null where nothing was. */
  readonly viewHash: string | null;
  /** How it was drawn, so that it can be drawn again. */
  readonly viewFormat?: number;
};

export type VotedOnStep = {
  readonly stepId: string;
  /** What the vote makes of it as far as is known here: the run's owner decides. */
  readonly verdict: Verdict;
};

type Asking = {
  readonly run: RunView;
  readonly record: PlanRecord;
  readonly step: PlanStep;
  readonly asked: StepApproval;
  /** With the votes that wait to be taken in. */
  readonly approval: AskedApproval;
};

/** Refusals are audited when this returns. The same request again gives the same answer and no second vote. */
export async function voteOnStep(
  ports: EnginePorts,
  asker: Asker,
  vote: VoteOnStep,
): Promise<Result<VotedOnStep, Refusal>> {
  const { runId, stepId, choice } = vote;
  const attempt = { attempted: `${choice} step ${stepId} of run ${runId}`, planId: null, runId };
  return audited(ports, asker, attempt, async () => {
    const found = await findAsking(ports, asker, vote);
    if (!found.ok) return found;
    const asking = found.value;
    const { approval } = asking;
    if (approval.votes.some(({ requestId }) => requestId === asker.requestId))
      return accept(await voted(ports, asking));
    const closed = closedRefusal(approval, vote, ports.clock.now());
    if (closed !== null) return refuse(closed);
    const circle = await stepCircle(ports, asking.record, asking.asked, "fresh");
    const lenders = lendersOf(circle, [asker.userId]);
    const standings = {
      ...(await gatherStandings(ports.directory, asker.teamId, lenders, "fresh")),
      [asker.userId]: "member",
    } as const;
    const now = ports.clock.now();
    const late = await lateRefusal(ports, { asking, asker, vote, now });
    if (late !== null) return refuse(late);
    const barred = voterRefusal({ asking, asker, vote, circle, standings, now });
    if (barred !== null) return refuse(barred);
    const { rule, members } = circle;
    const groups = groupsOf(rule).filter((group) => members[group]?.includes(asker.userId));
    return record(ports, asker, asking, castOf(asker, vote, groups, now));
  });
}

async function findAsking(
  ports: EnginePorts,
  asker: Asker,
  { runId, stepId }: VoteOnStep,
): Promise<Result<Asking, Refusal>> {
  const run = await ports.runs.view(runId);
  if (run === null || run.teamId !== asker.teamId) return refuse({ code: "run-not-found", runId });
  const person = await memberOrRefusal(ports, asker);
  if (!person.ok) return person;
  const plan = await ports.plans.get(run.planId);
  if (plan === null) return refuse({ code: "run-not-found", runId });
  const step = stepNamed(run.plan, stepId);
  if (!step.ok) return step;
  const asked = step.value.approval;
  const approval = approvalOf(run.events, stepId, ports.clock.now());
  if (asked === null || approval === null)
    return refuse({ code: "step-approval-not-open", stepId });
  // Votes of other processes that the run's owner has not come to yet count for what people are told.
  const controls = await ports.runs.controls(runId, 0);
  const current = withRequestedVotes(approval, controls);
  return accept({ run, record: plan, step: step.value, asked, approval: current });
}

function closedRefusal(
  { stepId, opening, closesAt, votes, end }: AskedApproval,
  vote: VoteOnStep,
  now: Instant,
): Refusal | null {
  const stale = vote.opening !== null && vote.opening !== opening;
  if (stale) return { code: "step-approval-stale", stepId };
  if (end === null) {
    return now < closesAt
      ? null
      : { code: "step-approval-closed", stepId, outcome: "expired", byUserIds: [] };
  }
  const rejecting = votes.filter(({ choice }) => choice === "reject").map(({ userId }) => userId);
  const byUserIds = end.outcome === "rejected" ? rejecting : end.counted;
  return { code: "step-approval-closed", stepId, outcome: end.outcome, byUserIds };
}

type Casting = {
  readonly asking: Asking;
  readonly asker: Asker;
  readonly vote: VoteOnStep;
  readonly circle: Circle;
  readonly standings: Standings;
  readonly now: Instant;
};

/** Asks for the votes again, because Slack was asked about people meanwhile. */
async function lateRefusal(
  ports: EnginePorts,
  { asking, asker, vote, now }: Pick<Casting, "asking" | "asker" | "vote" | "now">,
): Promise<Refusal | null> {
  const { run, step, approval } = asking;
  const { votes } = withRequestedVotes(approval, await ports.runs.controls(run.runId, 0));
  const byWords = vote.opening === null;
  const late = lateWord({ begunAt: approval.openedAt, votes }, { asker, byWords, now });
  if (late === null) return null;
  return late === "begun-since"
    ? { code: "step-approval-stale", stepId: step.id }
    : { code: late, about: "step" };
}

/** Why this person can't decide on this step, with those who can; null when they can. */
function voterRefusal(casting: Casting): Refusal | null {
  const { asking, asker, vote, circle, standings, now } = casting;
  const { record, asked, approval } = asking;
  const { userId } = asker;
  const { members } = circle;
  const groups = groupsOf(circle.rule);
  const whoCan = candidatesOf(asked.require, circle).filter(
    (id) => id !== userId && id !== record.requester.userId && !record.editors.includes(id),
  );
  if (userId === record.requester.userId) return { code: "self-approval", whoCan };
  if (record.editors.includes(userId)) return { code: "editor-approval", whoCan };
  const facts = stepFacts({ record, approval, circle, standings }, now);
  const eligibility = eligibilityOf(userId, facts);
  if (eligibility.kind === "unknown") {
    const unasked = groups.filter((group) => members[group] === undefined);
    return unknownMembers(unasked);
  }
  if (eligibility.kind === "excluded") return { code: "not-an-approver", groups, whoCan };
  const reason = vote.reason?.trim() ?? "";
  return vote.choice === "reject" && reason === "" ? { code: "reason-missing", of: "step" } : null;
}

function castOf(
  asker: Asker,
  { choice, reason, viewHash, viewFormat }: VoteOnStep,
  groups: readonly string[],
  at: Instant,
): StepVote {
  const { userId, requestId } = asker;
  const words = reason?.trim().slice(0, MAX_REASON) ?? null;
  const seen =
    viewHash === null || viewFormat === undefined ? { viewHash } : { viewHash, viewFormat };
  return { userId, choice, reason: words, groups, ...seen, requestId, at };
}

async function record(
  ports: EnginePorts,
  asker: Asker,
  asking: Asking,
  cast: StepVote,
): Promise<Result<VotedOnStep, Refusal>> {
  const { run, step, approval } = asking;
  const wish = `${cast.choice} step ${step.id} of`;
  const number = await ports.runs.requestControl(
    run.runId,
    {
      kind: "vote",
      by: personActor(asker),
      stepId: step.id,
      opening: approval.opening,
      vote: cast,
    },
    controlEntry(run, { asker, wish, at: cast.at }),
  );
  if (number !== null)
    return accept(await voted(ports, { ...asking, approval: withVote(approval, cast) }));
  return refuse({
    code: "step-approval-closed",
    stepId: step.id,
    outcome: "left",
    byUserIds: [],
  });
}

async function voted(
  ports: EnginePorts,
  { record: plan, step, asked, approval }: Asking,
): Promise<VotedOnStep> {
  const verdict = await stepVerdictOf(ports, { record: plan, asked, approval }, "cached");
  return { stepId: step.id, verdict };
}

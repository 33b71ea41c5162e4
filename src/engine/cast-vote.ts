// Records a person's approval or rejection and decides. Every entry path calls this one function.

import type { AuditEntry } from "./audit-event.ts";
import { audited, personActor } from "./audited-use-case.ts";
import { decideVerdict } from "./decide-verdict.ts";
import { candidatesOf, eligibilityOf } from "./eligibility.ts";
import { circleOf, factsOf, verdictOf } from "./explain-policy.ts";
import { approvedEntry, entryOf } from "./file-plan.ts";
import { gatherStandings, groupsOf, lendersOf } from "./gather-facts.ts";
import type { Circle, Standings } from "./gather-facts.ts";
import { lateWord } from "./late-word.ts";
import type { Notice } from "./notice.ts";
import { approvePlan, recordVote, rejectPlan } from "./plan-life.ts";
import type { AwaitingPlan, PlanRecord } from "./plan.ts";
import { NO_CHANGE } from "./plan-store.ts";
import type { PlanChange } from "./plan-store.ts";
import { explainRefusal } from "./explain-refusal.ts";
import { unknownMembers } from "./refusal.ts";
import type { Refusal } from "./refusal.ts";
import { accept, refuse } from "./result.ts";
import type { Result } from "./result.ts";
import { memberOrRefusal } from "./sound-plan.ts";
import type { SpentStepUp, StepUp } from "./step-up.ts";
import type { Asker, EnginePorts } from "./use-case-ports.ts";
import type { Verdict, Vote } from "./verdict.ts";
import { togetherRefusal } from "./vote-together.ts";
import type { Together } from "./vote-together.ts";
import { isProofOf, linkNotice, outcomeOf, spentProof } from "./vote-proof.ts";

/** Each round learns about at least one more voter; a quorum is smaller than this. */
const ROUNDS = 100;
const MAX_REASON = 1000;

export type CastVote = {
  readonly planId: string;
  /** From the button; null for the words `approve` and `reject` in the thread, which mean the version there when they came in. */
  readonly planVersion: number | null;
  /** By words: the version of which it was made sure that they have read it. Left out: whichever is there. */
  readonly readVersion?: number;
  readonly choice: "approve" | "reject";
  readonly reason: string | null;
  /** Digest of what was rendered to the voter, null where nothing was. */
  readonly viewHash: string | null;
  /** How it was drawn, so that it can be drawn again. */
  readonly viewFormat?: number;
  /** A passkey's proof of exactly this vote: spent in the transaction that decides, whatever is decided. */
  readonly proofId?: string;
  /** Where the link goes at which a passkey proves it, should the policy ask for that. Absent: none is made. */
  readonly linkTo?: { readonly channelId: string; readonly threadTs: string | null };
  /** Approved among several: then only what may be, as it was shown. */
  readonly together?: Together;
};

type Voted = { readonly record: PlanRecord; readonly verdict: Verdict };

/** The record after the vote and what it decided. Every refusal is in the audit log when this returns. */
export async function castVote(
  ports: EnginePorts,
  asker: Asker,
  vote: CastVote,
): Promise<Result<Voted, Refusal>> {
  const attempt = {
    attempted: `${vote.choice} plan ${vote.planId}`,
    planId: vote.planId,
    runId: null,
  };
  return audited(ports, asker, attempt, async () => {
    const record = await ports.plans.get(vote.planId);
    if (record === null || record.conversation.teamId !== asker.teamId) {
      return refuse({ code: "plan-not-found", planId: vote.planId });
    }
    const person = await memberOrRefusal(ports, asker);
    if (!person.ok) return person;
    return decideInRounds(ports, asker, { vote, record });
  });
}

/**
 * Facts are asked outside the transaction, which must not wait for Slack, and used inside it. When somebody
 * unknown has voted in between, nothing is written, that person is asked about, and the decision is made again.
 */
async function decideInRounds(
  ports: EnginePorts,
  asker: Asker,
  given: { readonly vote: CastVote; readonly record: PlanRecord },
): Promise<Result<Voted, Refusal>> {
  const { teamId } = asker;
  const runId = ports.ids.next("run");
  const planVersion = given.vote.planVersion ?? given.vote.readVersion ?? given.record.version;
  let { record } = given;
  let standings: Standings = { [asker.userId]: "member" };
  for (let round = 0; round < ROUNDS; round += 1) {
    const circle = await circleOf(ports, record, "fresh");
    const known = standings;
    const voters = peopleOf(record, circle, asker).filter((userId) => known[userId] === undefined);
    standings = {
      ...standings,
      ...(await gatherStandings(ports.directory, teamId, voters, "fresh")),
    };
    const facts = { circle, standings, now: ports.clock.now() };
    const { hash } = record;
    const vote = { ...given.vote, planVersion };
    const byWords = given.vote.planVersion === null;
    const answer = await ports.plans.change(
      record.id,
      (locked, stepUp) => decide(locked, { asker, vote, byWords, hash, facts, runId, stepUp }),
      vote.proofId,
    );
    if (answer === null) return refuse({ code: "plan-not-found", planId: given.vote.planId });
    if (answer.kind === "refused") return refuse(answer.refusal);
    if (answer.kind === "voted") return accept({ record: answer.record, verdict: answer.verdict });
    if (answer.kind === "repeated") {
      return accept({
        record: answer.record,
        verdict: await verdictOf(ports, answer.record, "cached"),
      });
    }
    record = answer.record;
  }
  return refuse({
    code: "directory-unavailable",
    detail: "the voters changed faster than they could be asked about",
  });
}

/** Whose standing the decision depends on: voters, and those in whose place they vote. */
function peopleOf(record: PlanRecord, circle: Circle, asker: Asker): readonly string[] {
  const voters = [...record.votes.map(({ userId }) => userId), asker.userId];
  return [...voters, ...lendersOf(circle, voters)];
}

type Answer =
  | ({ readonly kind: "voted" } & Voted)
  /** The same request again. */
  | { readonly kind: "repeated"; readonly record: PlanRecord }
  /** Somebody whose standing is not known has voted meanwhile. */
  | { readonly kind: "ask-again"; readonly record: PlanRecord }
  | { readonly kind: "refused"; readonly refusal: Refusal };

type Deciding = {
  readonly asker: Asker;
  readonly vote: CastVote & { readonly planVersion: number };
  /** They named no version: they mean the one that was there when they spoke. */
  readonly byWords: boolean;
  /** Of the version whose people were asked about. */
  readonly hash: string;
  readonly facts: {
    readonly circle: Circle;
    readonly standings: Standings;
    readonly now: number;
  };
  readonly runId: string;
  /** The step-up that the vote's proof is of, locked. */
  readonly stepUp: StepUp | null;
};

function decide(record: PlanRecord, deciding: Deciding): Decided {
  const { asker, facts } = deciding;
  if (record.votes.some(({ requestId }) => requestId === asker.requestId)) {
    return { change: NO_CHANGE, answer: { kind: "repeated", record } };
  }
  // Votes of an edited version are decided by its own rule, which was not asked about.
  if (record.hash !== deciding.hash)
    return { change: NO_CHANGE, answer: { kind: "ask-again", record } };
  const spent = spentProof(deciding.vote.proofId, deciding.stepUp, facts.now);
  if (!spent.ok) return refused(spent.refusal);
  const proof = spent.value;
  const outdated = lateRefusal(record, deciding);
  if (outdated !== null) return refused(outdated, proof);
  const vote = voteOf(record, deciding, proof);
  const recorded = recordVote(record, vote);
  if (!recorded.ok) return refused(recorded.refusal, proof);
  const waiting = recorded.value;
  const people = peopleOf(waiting, facts.circle, asker);
  const known = people.every((userId) => facts.standings[userId] !== undefined);
  if (!known) return { change: NO_CHANGE, answer: { kind: "ask-again", record } };
  const barred = voterRefusal(record, deciding) ?? apartRefusal(record, deciding.vote);
  if (barred !== null) return refused(barred, proof);
  if (proof === null && vote.choice === "approve" && record.rule.stepUp !== null)
    return proofNeeded(record, deciding);
  if (proof !== null && !isProofOf(proof, record, deciding))
    return refused({ code: "hash-changed" }, proof);
  return withProof(settled(waiting, vote, { ...deciding, proof }), proof);
}

type Decided = { readonly change: PlanChange; readonly answer: Answer };

/** A proof that came with the vote is spent even so: it was for this one decision. */
function refused(refusal: Refusal, proof: SpentStepUp | null = null): Decided {
  const answer: Answer = { kind: "refused", refusal };
  if (proof === null) return { change: NO_CHANGE, answer };
  const words = { code: refusal.code, sentence: explainRefusal(refusal) };
  return { change: { ...NO_CHANGE, stepUp: proof, notices: [outcomeOf(proof, words)] }, answer };
}

/** The person could approve, and is sent the link at which their passkey does. */
function proofNeeded(record: PlanRecord, deciding: Deciding): Decided {
  const link = linkNotice(record, deciding);
  return {
    change: { ...NO_CHANGE, notices: link === null ? [] : [link] },
    answer: { kind: "refused", refusal: { code: "step-up-needed", planId: record.id } },
  };
}

function withProof({ change, answer }: Decided, proof: SpentStepUp | null): Decided {
  if (proof === null || answer.kind !== "voted") return { change, answer };
  const notices = [...change.notices, outcomeOf(proof, null)];
  return { change: { ...change, stepUp: proof, notices }, answer };
}

function lateRefusal(record: PlanRecord, deciding: Deciding): Refusal | null {
  const late = lateWord(record, { ...deciding, now: deciding.facts.now });
  if (late === null) return null;
  return late === "begun-since" ? { code: "hash-changed" } : { code: late, about: "plan" };
}

function voteOf(
  record: PlanRecord,
  { asker, vote, facts }: Deciding,
  proof: SpentStepUp | null,
): Vote {
  return {
    planVersion: vote.planVersion,
    planHash: record.hash,
    userId: asker.userId,
    choice: vote.choice,
    reason: vote.reason?.trim().slice(0, MAX_REASON) ?? null,
    groups: groupsOf(record.rule).filter((group) =>
      facts.circle.members[group]?.includes(asker.userId),
    ),
    policyVersion: record.policyVersion,
    requestId: asker.requestId,
    at: facts.now,
    ...(proof !== null && { stepUp: proof.proof.passkey }),
  };
}

/** Among others only what may be there, and as it was shown there. */
function apartRefusal(record: PlanRecord, { together, viewHash }: CastVote): Refusal | null {
  return together === undefined ? null : togetherRefusal(record, together, viewHash);
}

/** Why this person can't decide on this plan, with those who can; null when they can. */
function voterRefusal(record: PlanRecord, deciding: Deciding): Refusal | null {
  const { asker, vote, facts } = deciding;
  const all = factsOf(record, facts);
  const whoCan = candidatesOf(record.rule.require, facts.circle).filter(
    (userId) =>
      userId !== asker.userId &&
      userId !== record.requester.userId &&
      !record.editors.includes(userId),
  );
  const own = asker.userId === record.requester.userId;
  if (own && !record.rule.selfApproval) return { code: "self-approval", whoCan };
  if (!own && record.editors.includes(asker.userId)) return { code: "editor-approval", whoCan };
  const eligibility = eligibilityOf(asker.userId, all);
  const groups = groupsOf(record.rule);
  if (eligibility.kind === "unknown") {
    const unasked = groups.filter((group) => facts.circle.members[group] === undefined);
    return unknownMembers(unasked);
  }
  if (eligibility.kind === "excluded") return { code: "not-an-approver", groups, whoCan };
  const reason = vote.reason?.trim() ?? "";
  return vote.choice === "reject" && reason === "" ? { code: "reason-missing" } : null;
}

/** The vote counts: what it decides, written with it in one transaction. */
function settled(
  waiting: AwaitingPlan,
  vote: Vote,
  deciding: Deciding & { readonly proof: SpentStepUp | null },
): Decided {
  const { asker, facts, runId } = deciding;
  const verdict = decideVerdict(factsOf(waiting, facts));
  const events = [voteEntry(waiting, vote, deciding)];
  const notices: Notice[] = [{ kind: "plan-card", planId: waiting.id }];
  if (verdict.outcome === "approved") {
    const approved = approvePlan(waiting, { verdict, runId, at: facts.now });
    if (!approved.ok) return refused(approved.refusal);
    const record = approved.value;
    events.push(approvedEntry(record, verdict));
    notices.push(
      { kind: "run-progress", runId },
      { kind: "outcome-private", planId: record.id, userId: record.requester.userId },
    );
    return {
      change: { record, queueRun: { runId }, events, notices },
      answer: { kind: "voted", record, verdict },
    };
  }
  if (verdict.outcome === "denied") {
    const rejected = rejectPlan(waiting, verdict, facts.now);
    if (!rejected.ok) return refused(rejected.refusal);
    const record = rejected.value;
    const { version, hash } = record;
    const explanation = verdict.tree.sentence;
    events.push({
      ...entryOf(record, facts.now),
      actor: personActor(asker),
      event: { kind: "plan.rejected", version, hash, explanation },
    });
    notices.push({ kind: "outcome-private", planId: record.id, userId: record.requester.userId });
    return { change: { record, events, notices }, answer: { kind: "voted", record, verdict } };
  }
  return {
    change: { record: waiting, events, notices },
    answer: { kind: "voted", record: waiting, verdict },
  };
}

function voteEntry(
  record: AwaitingPlan,
  vote: Vote,
  {
    asker,
    vote: { viewHash, viewFormat },
    proof,
  }: Deciding & { readonly proof: SpentStepUp | null },
): AuditEntry {
  return {
    ...entryOf(record, vote.at),
    actor: personActor(asker),
    event: {
      kind: "vote.cast",
      version: vote.planVersion,
      hash: vote.planHash,
      policyVersion: vote.policyVersion,
      viewHash,
      viewFormat: viewHash === null ? null : (viewFormat ?? null),
      choice: vote.choice,
      reason: vote.reason,
      groups: vote.groups,
      requestId: vote.requestId,
      entry: asker.entry,
      ...(proof !== null && {
        proof: { passkey: proof.proof.passkey, assertion: proof.proof.assertion },
      }),
    },
  };
}

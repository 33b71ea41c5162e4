// The one decision over a plan version's votes. Pure; the answer is a tree that explains itself.

import { matchClauses, matchEachClause } from "./clause-matching.ts";
import type { Matching } from "./clause-matching.ts";
import { candidatesOf, eligibilityOf, sourceText, sourcesOf } from "./eligibility.ts";
import type { Clause } from "./policy.ts";
import { peopleText } from "./explain-refusal.ts";
import type { Verdict, VerdictFacts, VerdictNode, VerdictStatus, Vote } from "./verdict.ts";

/** Expired, then denied, then approved (reference: approval rule 2). */
export function decideVerdict(facts: VerdictFacts): Verdict {
  const sorted = sortVotes(facts);
  const counts = facts.rule.require.map(({ count }) => count);
  const needed = counts.reduce((sum, count) => sum + count, 0);
  const clausesFor = (userId: string): readonly number[] => {
    const eligibility = eligibilityOf(userId, facts);
    return eligibility.kind === "excluded" ? [] : eligibility.clauses;
  };
  const match = facts.rule.allowOverlap ? matchEachClause : matchClauses;
  const had = match(counts, sorted.approving, clausesFor);
  const candidates = candidatesOf(facts.rule.require, facts).filter(
    (userId) => clausesFor(userId).length > 0,
  );
  const missing = needed - had.filled.length;
  const approving = new Set(sorted.approving);
  const couldApprove = candidates.filter(
    (userId) => !approving.has(userId) && clausesFor(userId).some((clause) => had.open.has(clause)),
  );
  const decided = outcomeOf(facts, {
    rejections: sorted.rejecting.length,
    missing,
    reachable: () =>
      match(counts, [...sorted.approving, ...candidates], clausesFor).filled.length >= needed ||
      unaskedGroups(facts).length > 0,
  });
  const { outcome } = decided;
  return {
    ...decided,
    tree: explain(facts, {
      ...decided,
      had,
      rejecting: sorted.rejecting,
      ignored: sorted.ignored,
      couldApprove,
    }),
    counted: had.filled,
    ignored: sorted.ignored.map(({ vote, reason }) => ({ userId: vote.userId, reason })),
    needed,
    had: had.filled.length,
    couldApprove: outcome === "waiting" ? couldApprove : [],
  };
}

type Decided = Pick<Verdict, "outcome" | "by">;

function outcomeOf(
  facts: VerdictFacts,
  found: {
    readonly rejections: number;
    readonly missing: number;
    readonly reachable: () => boolean;
  },
): Decided {
  const { rule, standing } = facts;
  if (facts.now >= facts.approveBy) {
    // A single objection is enough for nothing to be approved by waiting.
    return rule.onTimeout === "approve" && found.rejections === 0
      ? { outcome: "approved", by: "timeout" }
      : { outcome: "expired", by: null };
  }
  if (found.rejections >= rule.denyAt) return { outcome: "denied", by: null };
  if (found.missing === 0)
    return { outcome: "approved", by: rule.require.length === 0 ? "nobody-needed" : "votes" };
  if (standing !== null) return { outcome: "approved", by: "standing" };
  return { outcome: found.reachable() ? "waiting" : "unreachable", by: null };
}

type Ignored = { readonly vote: Vote; readonly reason: string };
type SortedVotes = {
  readonly approving: readonly string[];
  readonly rejecting: readonly Vote[];
  readonly ignored: readonly Ignored[];
};

/** Each person's newest vote on this version and hash, and what it is worth. */
function sortVotes(facts: VerdictFacts): SortedVotes {
  const ignored: Ignored[] = [];
  const newest = new Map<string, Vote>();
  for (const vote of facts.votes) {
    const reason = otherPlan(vote, facts);
    if (reason !== null) {
      ignored.push({ vote, reason });
      continue;
    }
    const earlier = newest.get(vote.userId);
    if (earlier === undefined || supersedes(vote, earlier)) newest.set(vote.userId, vote);
  }
  const approving: string[] = [];
  const rejecting: Vote[] = [];
  for (const vote of [...newest.values()].toSorted((a, b) => (a.userId < b.userId ? -1 : 1))) {
    const eligibility = eligibilityOf(vote.userId, facts, vote.groups);
    const unproved = vote.choice === "approve" ? unprovedReason(vote, facts) : null;
    if (unproved !== null) ignored.push({ vote, reason: unproved });
    else if (eligibility.kind === "eligible" && vote.choice === "approve")
      approving.push(vote.userId);
    // What can't be asked never helps a plan, so an unverifiable rejection still stops it.
    else if (eligibility.kind !== "excluded" && vote.choice === "reject") rejecting.push(vote);
    else if (eligibility.kind !== "eligible") ignored.push({ vote, reason: eligibility.reason });
  }
  return { approving, rejecting, ignored };
}

function otherPlan(vote: Vote, facts: VerdictFacts): string | null {
  if (vote.planVersion !== facts.planVersion) {
    return `it was for version ${vote.planVersion} and this is version ${facts.planVersion}`;
  }
  return vote.planHash === facts.planHash ? null : "it was for a plan with another hash";
}

/** An approval without the proof that the policy asks for; null: it has it, or needs none. */
function unprovedReason({ stepUp }: Vote, { rule }: VerdictFacts): string | null {
  return rule.stepUp === null || stepUp !== undefined
    ? null
    : "the policy asks for a passkey, and none proved it";
}

/** At the same instant a rejection is taken for the newer word. */
function supersedes(vote: Vote, earlier: Vote): boolean {
  if (vote.at !== earlier.at) return vote.at > earlier.at;
  return vote.choice === "reject";
}

function unaskedGroups(facts: VerdictFacts): readonly string[] {
  const groups = facts.rule.require.flatMap((clause) => unaskedOf(clause, facts));
  return [...new Set(groups)];
}

function unaskedOf(clause: Clause, facts: VerdictFacts): readonly string[] {
  const { except, filterGroups = [] } = clause;
  const groups = [...sourcesOf(clause, facts).groups, ...(except?.groups ?? []), ...filterGroups];
  return groups.filter((group) => facts.members[group] === undefined);
}

type Explained = Decided & {
  readonly had: Matching;
  readonly rejecting: readonly Vote[];
  readonly ignored: readonly Ignored[];
  readonly couldApprove: readonly string[];
};

function explain(facts: VerdictFacts, found: Explained): VerdictNode {
  const children = facts.rule.require.map((_, index) => clauseNode(facts, found, index));
  const { denyAt } = facts.rule;
  const denies = found.rejecting.length >= denyAt;
  for (const vote of found.rejecting) {
    const more = denies ? "" : ` ${found.rejecting.length} of ${denyAt} rejections that deny it.`;
    children.push({
      name: "rejection",
      status: denies ? "denied" : "waiting",
      sentence: `@${vote.userId} rejected the plan.${more}`,
      children: [],
    });
  }
  const { outcome } = found;
  const status = outcome === "approved" ? "met" : outcome;
  return { name: "approval", status, sentence: rootSentence(facts, found), children };
}

function rootSentence(
  facts: VerdictFacts,
  { outcome, by, had, rejecting, couldApprove }: Explained,
): string {
  const needed = facts.rule.require.reduce((sum, { count }) => sum + count, 0);
  const progress = `${had.filled.length} of ${needed} approvals`;
  switch (outcome) {
    case "expired":
      return `The time to approve has run out with ${progress}.`;
    case "denied":
      return `Rejected by ${peopleText(rejecting.map(({ userId }) => userId))}.`;
    case "approved":
      if (by === "standing")
        return `Approved beforehand, by the standing approval ${facts.standing ?? ""}.`;
      if (by === "timeout")
        return `Nobody rejected it in time, and the policy lets it go on with ${progress}.`;
      return needed === 0
        ? "This needs no approval."
        : `Approved by ${peopleText([...new Set(had.filled.map(({ userId }) => userId))])}.`;
    case "unreachable":
      return `${progress}, and not enough people are left who could approve.`;
    case "waiting":
      return `${progress}; ${couldApproveText(couldApprove)}`;
  }
}

function couldApproveText(userIds: readonly string[]): string {
  if (userIds.length === 0)
    return "who could approve is not known just now, because Slack could not be asked.";
  const shown = userIds.slice(0, 8);
  const more = userIds.length > shown.length ? ` or ${userIds.length - shown.length} more` : "";
  return `${peopleText(shown, "or")}${more} could approve.`;
}

function clauseNode(facts: VerdictFacts, found: Explained, index: number): VerdictNode {
  const clause = facts.rule.require[index] ?? { count: 0, fromGroups: [], fromUsers: [] };
  const filling = found.had.filled
    .filter((entry) => entry.clause === index)
    .map(({ userId }) => userId);
  const who = filling.length === 0 ? "" : `: ${peopleText(filling)}`;
  const open = candidatesOf([clause], facts).filter((userId) => {
    const eligibility = eligibilityOf(userId, facts);
    return eligibility.kind !== "excluded" && eligibility.clauses.includes(index);
  });
  const unasked = unaskedOf(clause, facts);
  const parts = [`${filling.length} of ${clause.count} from ${sourceText(clause)}${who}`];
  if (open.length < clause.count && unasked.length === 0) parts.push(tooFew(open));
  if (unasked.length > 0) parts.push(`Slack could not be asked who is in ${unasked.join(" and ")}`);
  for (const { vote, reason } of found.ignored) {
    if (clauseOfIgnored(vote, facts) !== index) continue;
    const word = vote.choice === "approve" ? "approval" : "rejection";
    parts.push(`@${vote.userId}'s ${word} does not count because ${reason}`);
  }
  const status = clauseStatus(
    found.outcome,
    filling.length >= clause.count,
    open.length < clause.count,
  );
  return { name: sourceText(clause), status, sentence: `${parts.join("; ")}.`, children: [] };
}

function tooFew(open: readonly string[]): string {
  if (open.length === 0) return "nobody can fill this";
  return `only ${peopleText(open)} could, once the requester, editors and inactive people are left out`;
}

function clauseStatus(
  outcome: Verdict["outcome"],
  filled: boolean,
  tooFewLeft: boolean,
): VerdictStatus {
  if (filled) return "met";
  if (outcome === "expired") return "expired";
  return outcome === "unreachable" && tooFewLeft ? "unreachable" : "waiting";
}

/** The clause a vote was meant for, to be explained there; the first when that can't be said. */
function clauseOfIgnored(vote: Vote, facts: VerdictFacts): number {
  const meant = facts.rule.require.findIndex(
    (clause) =>
      clause.fromUsers.includes(vote.userId) ||
      clause.fromGroups.some(
        (group) => vote.groups.includes(group) || facts.members[group]?.includes(vote.userId),
      ),
  );
  return Math.max(0, meant);
}

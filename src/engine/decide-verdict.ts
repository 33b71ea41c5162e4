// The one decision over a plan version's votes. Pure; the answer is a tree that explains itself.

import { matchClauses } from "./clause-matching.ts";
import type { Matching } from "./clause-matching.ts";
import { candidatesOf, eligibilityOf, sourceText } from "./eligibility.ts";
import { peopleText } from "./refusal.ts";
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
  const had = matchClauses(counts, sorted.approving, clausesFor);
  const candidates = candidatesOf(facts.rule.require, facts.members).filter(
    (userId) => clausesFor(userId).length > 0,
  );
  const missing = needed - had.filled.length;
  const approving = new Set(sorted.approving);
  const couldApprove = candidates.filter(
    (userId) => !approving.has(userId) && clausesFor(userId).some((clause) => had.open.has(clause)),
  );
  const outcome = outcomeOf(facts, {
    denied: sorted.rejecting.length > 0,
    missing,
    reachable: () =>
      matchClauses(counts, [...sorted.approving, ...candidates], clausesFor).filled.length >=
        needed || unaskedGroups(facts).length > 0,
  });
  return {
    outcome,
    tree: explain(facts, {
      outcome,
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

function outcomeOf(
  facts: VerdictFacts,
  found: { readonly denied: boolean; readonly missing: number; readonly reachable: () => boolean },
): Verdict["outcome"] {
  if (facts.now >= facts.approveBy) return "expired";
  if (found.denied) return "denied";
  if (found.missing === 0) return "approved";
  return found.reachable() ? "waiting" : "unreachable";
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
    if (eligibility.kind === "eligible" && vote.choice === "approve") approving.push(vote.userId);
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

/** At the same instant a rejection is taken for the newer word. */
function supersedes(vote: Vote, earlier: Vote): boolean {
  if (vote.at !== earlier.at) return vote.at > earlier.at;
  return vote.choice === "reject";
}

function unaskedGroups(facts: VerdictFacts): readonly string[] {
  const groups = facts.rule.require.flatMap((clause) => clause.fromGroups);
  return [...new Set(groups)].filter((group) => facts.members[group] === undefined);
}

type Explained = {
  readonly outcome: Verdict["outcome"];
  readonly had: Matching;
  readonly rejecting: readonly Vote[];
  readonly ignored: readonly Ignored[];
  readonly couldApprove: readonly string[];
};

function explain(facts: VerdictFacts, found: Explained): VerdictNode {
  const children = facts.rule.require.map((_, index) => clauseNode(facts, found, index));
  for (const vote of found.rejecting) {
    children.push({
      name: "rejection",
      status: "denied",
      sentence: `@${vote.userId} rejected the plan.`,
      children: [],
    });
  }
  const { outcome } = found;
  const status = outcome === "approved" ? "met" : outcome;
  return { name: "approval", status, sentence: rootSentence(facts, found), children };
}

function rootSentence(
  facts: VerdictFacts,
  { outcome, had, rejecting, couldApprove }: Explained,
): string {
  const needed = facts.rule.require.reduce((sum, { count }) => sum + count, 0);
  const progress = `${had.filled.length} of ${needed} approvals`;
  switch (outcome) {
    case "expired":
      return `The time to approve has run out with ${progress}.`;
    case "denied":
      return `Rejected by ${peopleText(rejecting.map(({ userId }) => userId))}.`;
    case "approved":
      return needed === 0
        ? "This needs no approval."
        : `Approved by ${peopleText(had.filled.map(({ userId }) => userId))}.`;
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
  const open = candidatesOf([clause], facts.members).filter(
    (userId) => eligibilityOf(userId, facts).kind !== "excluded",
  );
  const unasked = clause.fromGroups.filter((group) => facts.members[group] === undefined);
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

// Whether one person's vote can count under a rule, now, and if not why, in words. Group membership is what
// Slack says now, never what it was when the person voted.

import { evaluateCondition } from "./expression.ts";
import type { Clause, People } from "./policy.ts";
import type { VerdictFacts } from "./verdict.ts";

export type Eligibility =
  | { readonly kind: "eligible"; readonly clauses: readonly number[] }
  /** May be eligible; Slack could not be asked, or was not. Never counts toward approval. */
  | { readonly kind: "unknown"; readonly clauses: readonly number[]; readonly reason: string }
  | { readonly kind: "excluded"; readonly reason: string };

/** Reads like "@U9's approval does not count because <reason>". */
export function eligibilityOf(
  userId: string,
  facts: VerdictFacts,
  votedIn: readonly string[] = [],
): Eligibility {
  const barred = barredReason(userId, facts);
  if (barred !== null) return { kind: "excluded", reason: barred };
  const standing = facts.standings[userId];
  if (standing === "refused") {
    return { kind: "excluded", reason: "they are not an active full member of the workspace" };
  }
  const own = clausesOf(userId, facts);
  const lent = clausesByDelegation(userId, facts);
  const sure = [...new Set([...own.sure, ...lent.sure])];
  const unasked = [...new Set([...own.unasked, ...lent.unasked])];
  if (sure.length === 0 && unasked.length === 0) {
    return { kind: "excluded", reason: own.filtered ?? notInGroups(facts, votedIn) };
  }
  if (standing !== "member") {
    const reason = "Slack could not be asked about them just now";
    return { kind: "unknown", clauses: [...new Set([...sure, ...unasked])], reason };
  }
  if (sure.length > 0) return { kind: "eligible", clauses: sure };
  return {
    kind: "unknown",
    clauses: unasked,
    reason: "Slack could not be asked who is in their group",
  };
}

/** Whoever wrote the plan does not decide on it, unless the policy lets its requester; null: not barred. */
function barredReason(userId: string, facts: VerdictFacts): string | null {
  const requester = userId === facts.requesterId;
  if (requester && facts.rule.selfApproval) return null;
  if (requester) return "they asked for the plan";
  return facts.editorIds.includes(userId) ? "they edited the plan" : null;
}

type Clauses = {
  readonly sure: readonly number[];
  /** With a group that could not be asked. */
  readonly unasked: readonly number[];
  /** Why a clause that names them is not theirs to fill. */
  readonly filtered: string | null;
};

function clausesOf(userId: string, facts: VerdictFacts): Clauses {
  const sure: number[] = [];
  const unasked: number[] = [];
  let filtered: string | null = null;
  facts.rule.require.forEach((clause, index) => {
    const place = placeIn(sourcesOf(clause, facts), userId, facts.members);
    if (place === "outside") return;
    const barrier = exceptionTo(clause, userId, facts);
    if (barrier === "unasked" || (barrier === null && place === "unasked")) unasked.push(index);
    else if (barrier === null) sure.push(index);
    else filtered ??= barrier;
  });
  return { sure, unasked, filtered };
}

/** Where somebody stands to these people; `unasked`: a group that could not be asked may hold them. */
function placeIn(
  { groups, users }: People,
  userId: string,
  members: VerdictFacts["members"],
): "inside" | "outside" | "unasked" {
  if (users.includes(userId)) return "inside";
  if (groups.some((group) => members[group]?.includes(userId) === true)) return "inside";
  return groups.some((group) => members[group] === undefined) ? "unasked" : "outside";
}

/** Everyone who may fill a clause now: its own people, the silent ones, and after a while those it is widened to. */
export function sourcesOf(
  { fromGroups, fromUsers }: Clause,
  { rule, widened }: Pick<VerdictFacts, "rule" | "widened">,
): People {
  const { silent, widen } = rule;
  const more = widened && widen !== null ? widen : NOBODY;
  return {
    groups: [...new Set([...fromGroups, ...silent.groups, ...more.groups])],
    users: [...new Set([...fromUsers, ...silent.users, ...more.users])],
  };
}

const NOBODY: People = { groups: [], users: [] };

/** Why this clause is not theirs although it names them; null: it is. What can't be told keeps them out. */
function exceptionTo(
  { except, filter, filterGroups = [] }: Clause,
  userId: string,
  { members, plan }: VerdictFacts,
): string | null {
  if (except !== undefined) {
    const place = placeIn(except, userId, members);
    if (place === "unasked") return "unasked";
    if (place === "inside")
      return `the policy leaves out ${[...except.groups, ...except.users.map((id) => `@${id}`)].join(" and ")}`;
  }
  if (filter === undefined) return null;
  if (filterGroups.some((group) => members[group] === undefined)) return "unasked";
  const groups = Object.keys(members).filter((group) => members[group]?.includes(userId));
  const held = evaluateCondition(filter, { person: { id: userId, groups }, plan });
  if (!held.ok) return `the policy's filter failed for them (${held.refusal})`;
  return held.value ? null : "the policy's filter leaves them out";
}

/**
 * Clauses of those in whose place they vote: a full member who could vote themselves, is not barred from this plan,
 * and has not voted. So nobody lends a say they don't have, and no say counts twice; and none to somebody whom the
 * clause leaves out.
 */
function clausesByDelegation(userId: string, facts: VerdictFacts): Omit<Clauses, "filtered"> {
  const lent = new Set(
    lendersOf(facts, userId)
      .filter((fromUserId) => lendingBar(fromUserId, facts) === null)
      .flatMap((fromUserId) => clausesOf(fromUserId, facts).sure),
  );
  const sure: number[] = [];
  const unasked: number[] = [];
  facts.rule.require.forEach((clause, index) => {
    if (!lent.has(index)) return;
    const barrier = exceptionTo(clause, userId, facts);
    if (barrier === null) sure.push(index);
    else if (barrier === "unasked") unasked.push(index);
  });
  return { sure, unasked };
}

/** Why somebody's say can't be used by their delegate; null: it can, as far as it goes. */
function lendingBar(fromUserId: string, facts: VerdictFacts): string | null {
  if (fromUserId === facts.requesterId) return "asked for the plan";
  if (barredReason(fromUserId, facts) !== null) return "edited the plan";
  if (facts.standings[fromUserId] !== "member") return "is not known to be an active full member";
  return facts.votes.some((vote) => vote.userId === fromUserId) ? "has voted" : null;
}

/** In whose place a person votes under these facts, and why not where it does not count. */
export function lentTo(
  userId: string,
  facts: VerdictFacts,
): readonly { readonly fromUserId: string; readonly bar: string | null }[] {
  return lendersOf(facts, userId)
    .filter((fromUserId) => clausesOf(fromUserId, facts).sure.length > 0)
    .map((fromUserId) => ({ fromUserId, bar: lendingBar(fromUserId, facts) }));
}

/** In whose place a person votes now. */
function lendersOf(
  { delegations, now }: Pick<VerdictFacts, "delegations" | "now">,
  userId: string,
): readonly string[] {
  return delegations
    .filter(
      ({ fromUserId, toUserId, until }) =>
        toUserId === userId && fromUserId !== toUserId && now < until,
    )
    .map(({ fromUserId }) => fromUserId);
}

function notInGroups(facts: VerdictFacts, votedIn: readonly string[]): string {
  const groups = [...new Set(facts.rule.require.flatMap((clause) => clause.fromGroups))];
  const left = votedIn.filter((group) => groups.includes(group));
  if (left.length > 0) return `they are no longer in ${left.join(" or ")}`;
  return groups.length === 0
    ? "they are not one of its approvers"
    : `they are not in ${groups.join(" or ")}`;
}

/** Everyone a clause names, by group or by id, as far as Slack could be asked, and whoever votes in their place. */
export function candidatesOf(
  clauses: readonly Clause[],
  facts: Pick<VerdictFacts, "rule" | "widened" | "members" | "delegations">,
): readonly string[] {
  const candidates = new Set<string>();
  for (const clause of clauses) {
    const { groups, users } = sourcesOf(clause, facts);
    for (const userId of users) candidates.add(userId);
    for (const group of groups)
      for (const userId of facts.members[group] ?? []) candidates.add(userId);
  }
  for (const { fromUserId, toUserId } of facts.delegations)
    if (candidates.has(fromUserId)) candidates.add(toUserId);
  return [...candidates].toSorted();
}

/** `sre`, `sre or platform`, `sre or @U1`; `nobody` for an empty set. */
export function sourceText(clause: Clause): string {
  const names = [...clause.fromGroups, ...clause.fromUsers.map((userId) => `@${userId}`)];
  return names.length === 0 ? "nobody" : names.join(" or ");
}

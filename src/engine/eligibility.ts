// Whether one person's vote can count under a rule, now, and if not why, in words. Group membership is what
// Slack says now, never what it was when the person voted.

import type { Clause } from "./policy.ts";
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
  if (userId === facts.requesterId) return { kind: "excluded", reason: "they asked for the plan" };
  if (facts.editorIds.includes(userId)) return { kind: "excluded", reason: "they edited the plan" };
  const standing = facts.standings[userId];
  if (standing === "refused") {
    return { kind: "excluded", reason: "they are not an active full member of the workspace" };
  }
  const sure = clausesOf(userId, facts);
  const unasked = clausesThatMayHold(userId, facts);
  if (sure.length === 0 && unasked.length === 0) {
    return { kind: "excluded", reason: notInGroups(facts, votedIn) };
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

function clausesOf(userId: string, facts: VerdictFacts): readonly number[] {
  return facts.rule.require.flatMap((clause, index) => {
    const listed = clause.fromUsers.includes(userId);
    const member = clause.fromGroups.some(
      (group) => facts.members[group]?.includes(userId) === true,
    );
    return listed || member ? [index] : [];
  });
}

/** Clauses with a group that could not be asked. */
function clausesThatMayHold(userId: string, facts: VerdictFacts): readonly number[] {
  return facts.rule.require.flatMap((clause, index) =>
    !clause.fromUsers.includes(userId) &&
    clause.fromGroups.some((group) => facts.members[group] === undefined)
      ? [index]
      : [],
  );
}

function notInGroups(facts: VerdictFacts, votedIn: readonly string[]): string {
  const groups = [...new Set(facts.rule.require.flatMap((clause) => clause.fromGroups))];
  const left = votedIn.filter((group) => groups.includes(group));
  if (left.length > 0) return `they are no longer in ${left.join(" or ")}`;
  return groups.length === 0
    ? "they are not one of its approvers"
    : `they are not in ${groups.join(" or ")}`;
}

/** Everyone a clause names, by group or by id, as far as Slack could be asked. */
export function candidatesOf(
  clauses: readonly Clause[],
  members: VerdictFacts["members"],
): readonly string[] {
  const candidates = new Set<string>();
  for (const clause of clauses) {
    for (const userId of clause.fromUsers) candidates.add(userId);
    for (const group of clause.fromGroups)
      for (const userId of members[group] ?? []) candidates.add(userId);
  }
  return [...candidates].toSorted();
}

/** `sre`, `sre or platform`, `sre or @U1`; `nobody` for an empty set. */
export function sourceText(clause: Clause): string {
  const names = [...clause.fromGroups, ...clause.fromUsers.map((userId) => `@${userId}`)];
  return names.length === 0 ? "nobody" : names.join(" or ");
}

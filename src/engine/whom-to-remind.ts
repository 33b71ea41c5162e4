// Whom a waiting plan's reminder is for, and when: people who could still approve, each within the hours in which
// their groups work. Pure; counts nothing and sends nothing.

import type { Circle } from "./gather-facts.ts";
import type { Policy, WeeklyHours } from "./policy.ts";
import type { Instant } from "./time.ts";
import { nextOpening } from "./weekly-hours.ts";

type Reminding = {
  /** Those to be written to now. */
  readonly now: readonly string[];
  /** When the first of the others can be; null: there are none. */
  readonly nextAt: Instant | null;
};

/**
 * @param asked.candidates people who could approve.
 * @param asked.told those who were written to about this version already.
 */
export function whomToRemind(asked: {
  readonly candidates: readonly string[];
  readonly told: readonly string[];
  readonly circle: Circle;
  readonly groups: Policy["groups"];
  readonly at: Instant;
}): Reminding {
  const { candidates, told, circle, groups, at } = asked;
  const left = candidates.filter((userId) => !told.includes(userId) && !isSilent(userId, circle));
  const openings = left.map((userId) => ({
    userId,
    opening: openingOf(userId, circle, groups, at),
  }));
  const later = openings.map(({ opening }) => opening).filter((opening) => opening > at);
  return {
    now: openings.filter(({ opening }) => opening <= at).map(({ userId }) => userId),
    nextAt: later.length === 0 ? null : Math.min(...later),
  };
}

/** May approve and is not pinged, whatever else names them. */
export function isSilent(
  userId: string,
  { rule: { silent }, members }: Pick<Circle, "rule" | "members">,
): boolean {
  return (
    silent.users.includes(userId) ||
    silent.groups.some((group) => members[group]?.includes(userId) === true)
  );
}

/** From when on somebody can be written to: at once for whoever is named by id, or by a group without hours. */
function openingOf(userId: string, circle: Circle, groups: Policy["groups"], at: Instant): Instant {
  const hours = hoursOf(userId, circle, groups);
  if (hours.length === 0 || hours.includes(null)) return at;
  return Math.min(...hours.map((one) => (one === null ? at : nextOpening(one, at))));
}

/** Of each group that makes them an approver; a delegate who is in none keeps the hours of whom they vote for. */
function hoursOf(
  userId: string,
  circle: Circle,
  groups: Policy["groups"],
): readonly (WeeklyHours | null)[] {
  const { rule, widened, members, delegations } = circle;
  const more = widened && rule.widen !== null ? [rule.widen] : [];
  const named = [
    ...rule.require.map(({ fromGroups, fromUsers }) => ({ groups: fromGroups, users: fromUsers })),
    ...more,
  ];
  const of = (person: string): readonly (WeeklyHours | null)[] =>
    named.flatMap(({ groups: names, users }) => [
      ...(users.includes(person) ? [null] : []),
      ...names
        .filter((name) => members[name]?.includes(person) === true)
        .map((name) => groups[name]?.workingHours ?? null),
    ]);
  const own = of(userId);
  if (own.length > 0) return own;
  return delegations
    .filter(({ toUserId }) => toUserId === userId)
    .flatMap(({ fromUserId }) => of(fromUserId));
}

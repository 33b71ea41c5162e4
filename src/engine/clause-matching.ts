// Which approval fills which clause, so that one person fills one clause and as many places as possible are
// filled. Knows people and places only.

/** A place to fill: one of a clause's `count`. */
type Place = { readonly clause: number };

export type Matching = {
  /** Each matched person and the clause they fill, by clause, then person. */
  readonly filled: readonly { readonly userId: string; readonly clause: number }[];
  /** Clauses that one more person could help to fill, directly or by freeing someone else for it. */
  readonly open: ReadonlySet<number>;
};

/**
 * The largest matching of people to clauses (Kuhn's augmenting paths; people in order of id, so that the
 * answer doesn't depend on the order of the votes).
 * @param counts places of each clause.
 * @param eligible the clauses a person may fill.
 */
export function matchClauses(
  counts: readonly number[],
  people: Iterable<string>,
  eligible: (userId: string) => readonly number[],
): Matching {
  const places: Place[] = counts.flatMap((count, clause) =>
    Array.from({ length: count }, () => ({ clause })),
  );
  const byClause = counts.map((_, clause) => places.filter((place) => place.clause === clause));
  const holder = new Map<Place, string>();

  const seat = (userId: string, seen: Set<Place>): boolean => {
    for (const place of eligible(userId).flatMap((clause) => byClause[clause] ?? [])) {
      if (seen.has(place)) continue;
      seen.add(place);
      const sitting = holder.get(place);
      if (sitting === undefined || seat(sitting, seen)) {
        holder.set(place, userId);
        return true;
      }
    }
    return false;
  };
  for (const userId of [...new Set(people)].toSorted()) {
    if (holder.size === places.length) break;
    seat(userId, new Set());
  }

  const filled = places.flatMap((place) => {
    const userId = holder.get(place);
    return userId === undefined ? [] : [{ userId, clause: place.clause }];
  });
  return { filled, open: openClauses(counts, filled, eligible) };
}

/** The same where one person may fill a place in each of several clauses. */
export function matchEachClause(
  counts: readonly number[],
  people: Iterable<string>,
  eligible: (userId: string) => readonly number[],
): Matching {
  const everyone = [...new Set(people)];
  const filled = counts.flatMap((count, clause) =>
    matchClauses([count], everyone, (userId) =>
      eligible(userId).includes(clause) ? [0] : [],
    ).filled.map(({ userId }) => ({ userId, clause })),
  );
  const open = counts.flatMap((count, clause) =>
    filled.filter((entry) => entry.clause === clause).length < count ? [clause] : [],
  );
  return { filled, open: new Set(open) };
}

/** Clauses with a free place, and those whose holders could move to such a clause. */
function openClauses(
  counts: readonly number[],
  filled: Matching["filled"],
  eligible: (userId: string) => readonly number[],
): ReadonlySet<number> {
  const open = new Set<number>();
  counts.forEach((count, clause) => {
    if (filled.filter((entry) => entry.clause === clause).length < count) open.add(clause);
  });
  for (let grown = true; grown;) {
    grown = false;
    for (const { userId, clause } of filled) {
      if (open.has(clause) || !eligible(userId).some((other) => open.has(other))) continue;
      open.add(clause);
      grown = true;
    }
  }
  return open;
}

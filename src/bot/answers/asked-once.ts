// The directory while one signature is worked on: each live question is asked once for all of its plans. Slack allows
// twenty questions about groups a minute, which ten plans by themselves could use up.

import type { Directory } from "#engine/identity.ts";
import type { Clock, Instant } from "#engine/time.ts";

/** An answer older than this is asked for again: the signature took longer than a moment. */
const MOMENT_MS = 10_000;

export function askedOnce(directory: Directory, clock: Clock): Directory {
  const standings = new Map<string, Asked<Awaited<ReturnType<Directory["standing"]>>>>();
  const groups = new Map<string, Asked<readonly string[]>>();
  return {
    ...directory,
    standing: (teamId, userId, freshness) =>
      freshness === "cached"
        ? directory.standing(teamId, userId, freshness)
        : once(standings, clock, `${teamId} ${userId}`, () =>
            directory.standing(teamId, userId, freshness),
          ),
    groupMembers: (teamId, groupId, freshness) =>
      freshness === "cached"
        ? directory.groupMembers(teamId, groupId, freshness)
        : once(groups, clock, `${teamId} ${groupId}`, () =>
            directory.groupMembers(teamId, groupId, freshness),
          ),
  };
}

type Asked<T> = { readonly at: Instant; readonly answer: Promise<T> };

function once<T>(
  asked: Map<string, Asked<T>>,
  clock: Clock,
  key: string,
  ask: () => Promise<T>,
): Promise<T> {
  const known = asked.get(key);
  const now = clock.now();
  if (known !== undefined && now - known.at < MOMENT_MS) return known.answer;
  const answer = ask();
  asked.set(key, { at: now, answer });
  return answer;
}

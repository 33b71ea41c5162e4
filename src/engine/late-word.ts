// What was said before a plan was edited or a step asked again, or before the same person said something else, is
// not said again by being heard late: the one check for the votes on plans and on steps of runs.

import type { Instant } from "./time.ts";
import type { Asker } from "./use-case-ports.ts";

/** What is worked on so long after it came in was left behind by a process that died, or had to wait. */
const LATE_MS = 10_000;

export type HeardWord = {
  readonly asker: Pick<Asker, "userId" | "receivedAt">;
  /** They named neither version nor asking: they mean the one that was there when they spoke. */
  readonly byWords: boolean;
  readonly now: Instant;
};

export type VotedOn = {
  /** Since when there has been what is voted on. */
  readonly begunAt: Instant;
  readonly votes: readonly { readonly userId: string; readonly at: Instant }[];
};

/** Why such a word no longer counts; null: it does. */
export function lateWord(
  { begunAt, votes }: VotedOn,
  { asker: { userId, receivedAt }, byWords, now }: HeardWord,
): "begun-since" | "said-otherwise-since" | null {
  const said = receivedAt ?? now;
  // However quickly it was heard: they can't have meant what was not there.
  if (byWords && begunAt > said) return "begun-since";
  if (now - said < LATE_MS) return null;
  const since = votes.some((vote) => vote.userId === userId && vote.at > said);
  return since ? "said-otherwise-since" : null;
}

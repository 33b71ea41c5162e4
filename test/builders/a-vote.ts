// One person's word on version 1 of the plan whose hash is `hash`, for tests of the decision alone.

import type { Vote } from "#engine/verdict.ts";

export function voteOf(
  userId: string,
  choice: Vote["choice"] = "approve",
  changes: Partial<Vote> = {},
): Vote {
  return {
    planVersion: 1,
    planHash: "hash",
    userId,
    choice,
    reason: null,
    groups: [],
    policyVersion: "p",
    requestId: `Ev-${userId}`,
    at: 100,
    ...changes,
  };
}

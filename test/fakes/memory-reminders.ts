// Reminders counted in memory, for tests. Runs under the same contract suite as the Postgres store.

import type { ReminderStore } from "#engine/reminder-store.ts";

const HOUR_MS = 3_600_000;

export function createMemoryReminders(): ReminderStore {
  const kept: { teamId: string; planId: string; version: number; userId: string; at: number }[] =
    [];
  return {
    allow: async ({ teamId, planId, version, userIds, at, perHour }) =>
      [...new Set(userIds)]
        .filter((userId) => {
          const mine = kept.filter((one) => one.teamId === teamId && one.userId === userId);
          if (mine.some((one) => one.planId === planId && one.version === version)) return true;
          if (mine.filter((one) => one.at > at - HOUR_MS).length >= perHour) return false;
          kept.push({ teamId, planId, version, userId, at });
          return true;
        })
        .toSorted(),
  };
}

// Checkpoints kept in memory, for tests. Runs under the same contract suite as the Postgres store.

import type { AuditEntry } from "#engine/audit-event.ts";
import { summaryOf } from "#engine/checkpoint.ts";
import type { Checkpoint, CheckpointStore, CheckpointSummary } from "#engine/checkpoint.ts";

/**
 * @param append where the audit entries go.
 * @param permalinkOf the conversation of a plan.
 */
export function createMemoryCheckpoints(
  append: (entries: readonly AuditEntry[]) => void,
  permalinkOf: (planId: string) => Promise<string | null>,
): CheckpointStore {
  const kept: Checkpoint[] = [];
  const summaries = (of: readonly Checkpoint[]): Promise<readonly CheckpointSummary[]> =>
    Promise.all(of.map(async (one) => summaryOf(one, await permalinkOf(one.planId))));
  const find = (teamId: string, name: string): Checkpoint | undefined =>
    kept.find((one) => one.teamId === teamId && one.name === name);

  return {
    save: async (checkpoint, entry) => {
      const earlier = find(checkpoint.teamId, checkpoint.name);
      if (earlier !== undefined) {
        return { kind: "exists", earlier: summaryOf(earlier, await permalinkOf(earlier.planId)) };
      }
      kept.push(checkpoint);
      append([entry]);
      return { kind: "saved" };
    },
    get: async (teamId, name) => find(teamId, name) ?? null,
    list: (teamId, limit) =>
      summaries(
        kept
          .filter((one) => one.teamId === teamId)
          .toSorted((a, b) => b.takenAt - a.takenAt || (a.name < b.name ? -1 : 1))
          .slice(0, limit),
      ),
    ofRun: (runId) =>
      summaries(
        kept
          .filter((one) => one.runId === runId)
          .toSorted((a, b) => a.takenAt - b.takenAt || (a.name < b.name ? -1 : 1)),
      ),
  };
}

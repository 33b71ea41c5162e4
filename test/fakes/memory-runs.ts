// Runs as far as use cases look at them: a view and the control requests made. Executes nothing; every other
// member of the port throws.

import type { AuditEntry } from "#engine/audit-event.ts";
import { FINAL_RUN_STATUSES } from "#engine/run.ts";
import type { ControlRequest, RunStatus } from "#engine/run.ts";
import type { RunStore, RunView } from "#engine/run-store.ts";

export type MemoryRuns = RunStore & {
  readonly put: (view: RunView) => void;
  readonly requested: readonly { readonly runId: string; readonly request: ControlRequest }[];
};

export function createMemoryRuns(append: (entries: readonly AuditEntry[]) => void): MemoryRuns {
  const views = new Map<string, RunView>();
  const requested: { runId: string; request: ControlRequest }[] = [];
  const final: readonly RunStatus[] = FINAL_RUN_STATUSES;
  const never = async (): Promise<never> => {
    throw new Error("these runs are only looked at");
  };
  return {
    requested,
    put: (view) => void views.set(view.runId, view),
    view: async (runId) => views.get(runId) ?? null,
    byPlan: async (planId) => [...views.values()].find((view) => view.planId === planId) ?? null,
    requestControl: async (runId, request, audit) => {
      const view = views.get(runId);
      if (view === undefined || final.includes(view.status)) return null;
      requested.push({ runId, request });
      append([audit]);
      return requested.length;
    },
    claim: never,
    flush: never,
    renew: never,
    release: never,
    controls: async (runId, after) =>
      requested
        .map(({ request }, index) => ({
          number: index + 1,
          request,
          runId: requested[index]?.runId,
        }))
        .filter((one) => one.runId === runId && one.number > after)
        .map(({ number, request }) => ({ number, request })),
    onControl: never,
    appendOutput: never,
    output: never,
    outputTail: never,
    activeOf: async (teamId, userId, limit) =>
      [...views.values()]
        .filter((view) => view.teamId === teamId && !final.includes(view.status))
        .filter(({ requesterId }) => userId === null || requesterId === userId)
        .slice(0, limit),
    ringable: never,
    nextWake: never,
    lockWait: async () => null,
    takeLocks: never,
  };
}

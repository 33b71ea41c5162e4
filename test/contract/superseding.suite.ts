// Filing in the place of another plan: all of it or nothing, whatever comes at the same time.

import { describe, expect, test } from "vitest";
import type { PlanStore, Superseding } from "#engine/plan-store.ts";
import type { PlanRecord } from "#engine/plan.ts";
import { supersedePlan } from "#engine/plan-life.ts";
import { accept, refuse } from "#engine/result.ts";
import { NOON } from "#test/builders/plan-records.ts";
import { aWorkspace, openStores, queueRun } from "./store-world.ts";
import type { Stores, Workspace } from "./store-world.ts";

const NOTHING = { events: [], notices: [] } as const;

/** Gives way as the use case does. */
function givingWay(byPlanId: string, changes: Partial<Superseding> = {}) {
  return (record: PlanRecord) => {
    const moved = supersedePlan(record, { planId: byPlanId, userId: "U0RITA", at: NOON });
    return moved.ok
      ? accept({ record: moved.value, ...NOTHING, cancelRun: null, ...changes })
      : moved;
  };
}

async function waiting(plans: PlanStore, workspace: Workspace) {
  const record = workspace.awaiting();
  await plans.file(record, NOTHING, 100);
  return record;
}

export function supersedingSuite(open: () => Stores): void {
  test("the old plan gives way and the new one is filed, and both are read back so", async () => {
    const { plans } = open();
    const workspace = aWorkspace();
    const old = await waiting(plans, workspace);
    const next = workspace.awaiting({ supersedes: old.id });
    const answer = await plans.supersede(
      old.id,
      givingWay(next.id),
      { record: next, change: NOTHING },
      1,
    );
    expect(answer).toEqual({ kind: "filed" });
    expect(await plans.get(old.id)).toMatchObject({ status: "withdrawn", supersededBy: next.id });
    expect(await plans.get(next.id)).toEqual(next);
  });

  test("of many at once for one plan a single one is filed", async () => {
    const { plans } = open();
    const workspace = aWorkspace();
    const old = await waiting(plans, workspace);
    const all = Array.from({ length: 8 }, () => workspace.awaiting({ supersedes: old.id }));
    const answers = await Promise.all(
      all.map((next) =>
        plans.supersede(old.id, givingWay(next.id), { record: next, change: NOTHING }, 100),
      ),
    );
    const filed = all.filter((_, index) => answers[index]?.kind === "filed");
    expect(filed).toHaveLength(1);
    const found = await Promise.all(all.map(({ id }) => plans.get(id)));
    expect(found.filter((record) => record !== null)).toHaveLength(1);
    for (const answer of answers)
      if (answer.kind !== "filed")
        expect(answer).toMatchObject({ kind: "refused", refusal: { byPlanId: filed[0]?.id } });
  });

  test("when the new one is not filed, the old one keeps its place", async () => {
    const { plans } = open();
    const workspace = aWorkspace();
    const old = await waiting(plans, workspace);
    await waiting(plans, workspace);
    const next = workspace.awaiting({ supersedes: old.id });
    const full = await plans.supersede(
      old.id,
      givingWay(next.id),
      { record: next, change: NOTHING },
      1,
    );
    expect(full).toEqual({ kind: "too-many-pending", pending: 1 });
    const barred = await plans.supersede(
      old.id,
      () => refuse({ code: "nothing-changed" }),
      { record: next, change: NOTHING },
      100,
    );
    expect(barred).toEqual({ kind: "refused", refusal: { code: "nothing-changed" } });
    expect(await plans.get(old.id)).toEqual(old);
    expect(await plans.get(next.id)).toBeNull();
  });

  test("the same request again answers the plan it filed, and a plan that is not there is not found", async () => {
    const { plans } = open();
    const workspace = aWorkspace();
    const old = await waiting(plans, workspace);
    const next = workspace.awaiting({ supersedes: old.id });
    await plans.supersede(old.id, givingWay(next.id), { record: next, change: NOTHING }, 100);
    const again = { ...workspace.awaiting(), requestId: next.requestId };
    expect(
      await plans.supersede(old.id, givingWay(again.id), { record: again, change: NOTHING }, 100),
    ).toEqual({ kind: "already-filed", planId: next.id });
    const other = workspace.awaiting();
    expect(
      await plans.supersede("pl-none", givingWay(other.id), { record: other, change: NOTHING }, 9),
    ).toEqual({ kind: "refused", refusal: { code: "plan-not-found", planId: "pl-none" } });
  });

  describe("its run", () => {
    test("is shown as it stands, and canceled with it", async () => {
      const stores = open();
      const workspace = aWorkspace();
      const runId = await queueRun(stores, workspace);
      const planId = (await stores.runs.view(runId))?.planId ?? "";
      const next = workspace.awaiting({ supersedes: planId });
      const by = workspace.person("U0RITA");
      const request = { kind: "cancel", by, rollback: false } as const;
      const event = { kind: "control.requested", request: "cancel", entry: "button" } as const;
      const entry = workspace.entry({ planId, runId, event });
      const seen: unknown[] = [];
      const answer = await stores.plans.supersede(
        planId,
        (record, run) => {
          seen.push(run);
          return givingWay(next.id, { cancelRun: { runId, request, entry } })(record);
        },
        { record: next, change: NOTHING },
        100,
      );
      expect(answer).toEqual({ kind: "filed" });
      expect(seen).toEqual([{ runId, status: "queued" }]);
      expect(await stores.runs.controls(runId, 0)).toEqual([{ number: 1, request }]);
    });

    test("is not asked anything when the new plan is not filed", async () => {
      const stores = openStores(open().database);
      const workspace = aWorkspace();
      await waiting(stores.plans, workspace);
      const runId = await queueRun(stores, workspace);
      const planId = (await stores.runs.view(runId))?.planId ?? "";
      const next = workspace.awaiting({ supersedes: planId });
      const request = { kind: "cancel", by: workspace.person("U0RITA"), rollback: false } as const;
      const entry = workspace.entry({ planId, runId });
      const answer = await stores.plans.supersede(
        planId,
        givingWay(next.id, { cancelRun: { runId, request, entry } }),
        { record: next, change: NOTHING },
        1,
      );
      expect(answer).toMatchObject({ kind: "too-many-pending" });
      expect(await stores.runs.controls(runId, 0)).toEqual([]);
      expect(await stores.plans.get(planId)).toMatchObject({ status: "approved" });
    });
  });
}

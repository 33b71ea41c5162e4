// Filing a plan in the place of another.

import { beforeEach, describe, expect, test } from "vitest";
import { anEnvironment, aPolicy } from "#test/builders/a-policy.ts";
import { createWorld, planSource } from "#test/builders/engine-world.ts";
import type { World } from "#test/builders/engine-world.ts";
import { aRunView } from "#test/builders/plan-records.ts";
import { castVote } from "./cast-vote.ts";
import { filePlan } from "./file-plan.ts";
import { spendPlan } from "./plan-life.ts";
import type { RunStatus } from "./run.ts";
import { supersedePlan } from "./supersede-plan.ts";
import type { Asker } from "./use-case-ports.ts";

const HOUR = 3_600_000;
let world: World;

beforeEach(async () => {
  const environment = anEnvironment();
  const [permission] = environment.allow;
  if (permission === undefined) throw new Error("nobody may ask");
  const allow = [permission, { ...permission, groups: ["sre"] }];
  world = createWorld(aPolicy({ environments: { production: { ...environment, allow } } }));
  await filePlan(world.ports, world.asks("U0REQ"), planSource());
});

const plan = async (planId: string) => {
  const record = await world.plans.get(planId);
  if (record === null) throw new Error(`there is no ${planId}`);
  return record;
};

function replace(asker: Asker, name = "web-2", planId = "pl-1") {
  const request = planSource("toy.destroy", { name });
  return supersedePlan(world.ports, asker, { planId, request });
}

async function codeOf(acting: ReturnType<typeof replace>): Promise<string> {
  const result = await acting;
  return result.ok ? "accepted" : result.refusal.code;
}

/** Both approvers sign, and the run stands as given. */
async function approved(status: RunStatus): Promise<void> {
  const vote = { planId: "pl-1", planVersion: 1, choice: "approve", reason: null } as const;
  for (const userId of ["U0ANN", "U0BOB"])
    await castVote(world.ports, world.asks(userId), { ...vote, viewHash: null });
  const record = await plan("pl-1");
  if (record.status !== "approved") throw new Error(`it is ${record.status}`);
  const { runId } = record;
  world.runs.put({ ...aRunView(record.plan), runId, planId: "pl-1", requesterId: "U0REQ", status });
}

async function spent(): Promise<void> {
  await world.plans.change("pl-1", (record) => {
    const moved = spendPlan(record, world.clock.now());
    if (!moved.ok) throw new Error(moved.refusal.code);
    return { change: { record: moved.value, events: [], notices: [] }, answer: null };
  });
}

describe("a plan that waits", () => {
  test("is withdrawn in the transaction that files the new one, and each names the other", async () => {
    const result = await replace(world.asks("U0REQ"));
    if (!result.ok) throw new Error(result.refusal.code);
    const { planId } = result.value;
    expect(await plan("pl-1")).toMatchObject({ status: "withdrawn", supersededBy: planId });
    expect(await plan(planId)).toMatchObject({ status: "awaiting-approval", supersedes: "pl-1" });
    expect(world.audit.entries.slice(-2).map(({ event }) => event)).toMatchObject([
      { kind: "plan.superseded", byPlanId: planId },
      { kind: "plan.filed", supersedes: "pl-1" },
    ]);
    expect(world.plans.notices).toContainEqual({ kind: "plan-card", planId: "pl-1" });
  });

  test("leaves its place to the new one, so that the cap is not in the way", async () => {
    await filePlan(world.ports, world.asks("U0REQ"), planSource("toy.destroy", { name: "b" }));
    await filePlan(world.ports, world.asks("U0REQ"), planSource("toy.destroy", { name: "c" }));
    expect(await codeOf(replace(world.asks("U0REQ")))).toBe("accepted");
    expect(await world.plans.awaiting("T0ACME")).toHaveLength(3);
  });

  test("is its requester's alone to replace", async () => {
    expect(await codeOf(replace(world.asks("U0ANN")))).toBe("not-yours");
    expect(await codeOf(replace(world.asks("U0DEV")))).toBe("not-yours");
    expect(await plan("pl-1")).toMatchObject({ status: "awaiting-approval" });
  });

  test("stays when the new one is refused", async () => {
    expect(await codeOf(replace(world.asks("U0REQ"), ""))).toBe("plan-invalid");
    world.directory.setGroup("S0SRE", ["U0ANN"]);
    expect(await codeOf(replace(world.asks("U0REQ")))).toBe("quorum-unreachable");
    expect(await plan("pl-1")).toMatchObject({ status: "awaiting-approval", supersededBy: null });
  });

  test("is replaced once: the same request again answers the same plan, another is told of it", async () => {
    const asker = world.asks("U0REQ");
    const first = await replace(asker);
    expect(await replace(asker)).toMatchObject({
      ok: true,
      value: { planId: first.ok && first.value.planId, alreadyFiled: true },
    });
    expect(await codeOf(replace(world.asks("U0REQ"), "web-3"))).toBe("superseded");
  });
});

describe("an approved plan", () => {
  test("whose run is held gives way to an approver's as well: the run is canceled and its requester is told", async () => {
    await approved("held");
    expect(await codeOf(replace(world.asks("U0ANN")))).toBe("accepted");
    expect(world.runs.requested).toMatchObject([{ request: { kind: "cancel", rollback: false } }]);
    expect(await plan("pl-1")).toMatchObject({ status: "withdrawn", withdrawnBy: "U0ANN" });
    expect(world.plans.notices).toContainEqual({
      kind: "outcome-private",
      planId: "pl-1",
      userId: "U0REQ",
    });
    expect(world.audit.kinds()).toContain("control.requested");
  });

  test("that has started and is held stays spent, because what was done stays", async () => {
    await approved("held");
    await spent();
    expect(await codeOf(replace(world.asks("U0REQ")))).toBe("accepted");
    const record = await plan("pl-1");
    expect(record).toMatchObject({ status: "spent" });
    expect(record.supersededBy).not.toBeNull();
    expect(world.runs.requested).toHaveLength(1);
  });

  test("whose time to start ran out while its run was held can be asked for again", async () => {
    await approved("held");
    world.clock.advance(2 * HOUR);
    expect(await codeOf(replace(world.asks("U0REQ")))).toBe("accepted");
    expect(await plan("pl-1")).toMatchObject({ status: "expired", clock: "start-by" });
    expect(world.runs.requested).toHaveLength(1);
  });

  test("that runs, has run, or expired without a run is not replaced", async () => {
    await approved("running");
    await spent();
    expect(await codeOf(replace(world.asks("U0REQ")))).toBe("already-decided");
    const { runId } = world.plans.queued[0] ?? { runId: "" };
    const view = await world.runs.view(runId);
    if (view !== null) world.runs.put({ ...view, status: "completed" });
    expect(await codeOf(replace(world.asks("U0REQ")))).toBe("run-ended");
    expect(world.runs.requested).toEqual([]);
  });

  test("people without a say can't have it asked for again, nor those who may not ask for it", async () => {
    await approved("held");
    expect(await codeOf(replace(world.asks("U0DEV")))).toBe("not-yours");
    world.directory.refuse("U0REQ", "deactivated");
    expect(await codeOf(replace(world.asks("U0REQ")))).toBe("not-a-member");
    expect(world.runs.requested).toEqual([]);
  });
});

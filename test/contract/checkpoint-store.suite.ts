// The rules every store of checkpoints keeps, in memory and in Postgres.

import { expect, test } from "vitest";
import type { AuditEntry } from "#engine/audit-event.ts";
import type { Checkpoint, CheckpointStore } from "#engine/checkpoint.ts";
import { summaryOf } from "#engine/checkpoint.ts";
import type { PlanStore } from "#engine/plan-store.ts";
import { NOON, PERMALINK } from "#test/builders/plan-records.ts";
import { aWorkspace } from "./store-world.ts";
import type { Workspace } from "./store-world.ts";

export type CheckpointStoreUnderTest = {
  readonly checkpoints: CheckpointStore;
  readonly plans: PlanStore;
  /** Kinds of the events written about the plan, in order. */
  readonly eventsOf: (teamId: string, planId: string) => Promise<readonly string[]>;
};

export function checkpointStoreSuite(open: () => CheckpointStoreUnderTest): void {
  test("a checkpoint is read back as it was kept, odd text included", async () => {
    const { checkpoints, plans } = open();
    const workspace = aWorkspace();
    const checkpoint = await aCheckpoint(plans, workspace, {
      entries: [
        {
          stepId: "stop[0]",
          uses: "ec2.stop_instances",
          input: { ids: ["i-1"], "quote ' \u0000": ["\u202E", 1e21] },
          profile: "ops",
          state: { kind: "captured", captured: { states: { "i-1": "running" } } },
        },
        {
          stepId: "call",
          uses: "http.request",
          input: {},
          profile: null,
          state: { kind: "unreadable", why: "http.request cannot read a state." },
        },
        {
          stepId: "tag",
          uses: "ec2.tag_resources",
          input: {},
          profile: null,
          state: { kind: "unread", why: "EC2 did not answer." },
        },
      ],
    });
    expect(await checkpoints.save(checkpoint, entryOf(checkpoint))).toEqual({ kind: "saved" });
    expect(await checkpoints.get(workspace.teamId, checkpoint.name)).toEqual(checkpoint);
    expect(await checkpoints.list(workspace.teamId, 10)).toEqual([
      summaryOf(checkpoint, PERMALINK),
    ]);
    expect(summaryOf(checkpoint, null)).toMatchObject({ captured: 1, unread: 2 });
  });

  test("a name is given once in a workspace, however many ask for it at the same time", async () => {
    const { checkpoints, plans, eventsOf } = open();
    const workspace = aWorkspace();
    const first = await aCheckpoint(plans, workspace);
    const wishes = Array.from({ length: 8 }, (_, index) => ({ ...first, takenAt: NOON + index }));
    const answers = await Promise.all(wishes.map((wish) => checkpoints.save(wish, entryOf(wish))));
    expect(answers.filter(({ kind }) => kind === "saved")).toHaveLength(1);
    const kept = await checkpoints.get(workspace.teamId, first.name);
    for (const answer of answers) {
      if (answer.kind === "exists") expect(answer.earlier.takenAt).toBe(kept?.takenAt);
    }
    expect(await eventsOf(workspace.teamId, first.planId)).toEqual(["checkpoint.taken"]);
  });

  test("the same name in another workspace is another checkpoint", async () => {
    const { checkpoints, plans } = open();
    const [here, there] = [aWorkspace(), aWorkspace()];
    for (const workspace of [here, there]) {
      const checkpoint = await aCheckpoint(plans, workspace, { environment: workspace.teamId });
      expect(await checkpoints.save(checkpoint, entryOf(checkpoint))).toEqual({ kind: "saved" });
    }
    expect((await checkpoints.get(here.teamId, "before"))?.environment).toBe(here.teamId);
    expect(await checkpoints.get("T-nowhere", "before")).toBeNull();
  });

  test("the newest come first in the list, the oldest among those of a run", async () => {
    const { checkpoints, plans } = open();
    const workspace = aWorkspace();
    const runId = workspace.id("run");
    for (const [index, name] of ["a", "b", "c"].entries()) {
      const checkpoint = await aCheckpoint(plans, workspace, {
        name,
        takenAt: NOON + index,
        runId: name === "b" ? null : runId,
      });
      await checkpoints.save(checkpoint, entryOf(checkpoint));
    }
    const names = (of: readonly { readonly name: string }[]) => of.map(({ name }) => name);
    expect(names(await checkpoints.list(workspace.teamId, 2))).toEqual(["c", "b"]);
    expect(names(await checkpoints.ofRun(runId))).toEqual(["a", "c"]);
    expect(await checkpoints.ofRun("run-none")).toEqual([]);
  });
}

async function aCheckpoint(
  plans: PlanStore,
  workspace: Workspace,
  changes: Partial<Checkpoint> = {},
): Promise<Checkpoint> {
  const plan = workspace.awaiting();
  await plans.file(plan, { events: [], notices: [] }, 1_000);
  return {
    name: "before",
    teamId: workspace.teamId,
    takenAt: NOON,
    takenBy: workspace.person("U0RITA"),
    planId: plan.id,
    runId: null,
    environment: "production",
    requestId: workspace.id("Ev"),
    entries: [],
    ...changes,
  };
}

function entryOf(checkpoint: Checkpoint): AuditEntry {
  const { takenAt: at, teamId, takenBy: actor, planId, runId, name, requestId } = checkpoint;
  return {
    at,
    teamId,
    actor,
    conversation: null,
    planId,
    runId,
    event: { kind: "checkpoint.taken", name, captured: [], unread: [], requestId },
  };
}

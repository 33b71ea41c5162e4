// Filing the plan of a finished run once more.

import { beforeEach, describe, expect, test } from "vitest";
import { anEnvironment, aPolicy, aRule, aClause } from "#test/builders/a-policy.ts";
import { createWorld, planSource } from "#test/builders/engine-world.ts";
import type { World } from "#test/builders/engine-world.ts";
import { aRunView } from "#test/builders/plan-records.ts";
import { filePlan } from "./file-plan.ts";
import type { FiledPlan } from "./file-plan.ts";
import { createRegistry } from "./operation.ts";
import { explainRefusal } from "./explain-refusal.ts";
import type { Refusal } from "./refusal.ts";
import { replayPlan } from "./replay-plan.ts";
import type { Result } from "./result.ts";
import type { RunStatus } from "./run.ts";
import type { EnginePorts } from "./use-case-ports.ts";
import { withdrawPlan } from "./withdraw-plan.ts";

const SOURCE = planSource("toy.destroy");
if (SOURCE.kind !== "source") throw new Error("a whole plan is what can be replayed");
const request = SOURCE;

let world: World;
beforeEach(async () => {
  world = createWorld();
  await filePlan(world.ports, world.asks("U0REQ"), request);
});

async function ran(status: RunStatus = "completed"): Promise<void> {
  const record = await world.plans.get("pl-1");
  if (record === null) throw new Error("there is no pl-1");
  world.runs.put({ ...aRunView(record.plan), runId: "run-9", planId: "pl-1", status });
  await withdrawPlan(world.ports, world.asks("U0REQ"), { planId: "pl-1", reason: null });
}

const again = (changes: Partial<EnginePorts> = {}, userId = "U0REQ") =>
  replayPlan({ ...world.ports, ...changes }, world.asks(userId), { planId: "pl-1", request });

function filed(result: Result<FiledPlan, Refusal>): FiledPlan {
  if (!result.ok) throw new Error(explainRefusal(result.refusal));
  return result.value;
}

function refusal(result: Result<FiledPlan, Refusal>): Refusal {
  if (result.ok) throw new Error(`filed as ${result.value.planId}`);
  return result.refusal;
}

async function notesOf({ planId }: FiledPlan): Promise<readonly string[]> {
  return (await world.plans.get(planId))?.origin?.notes ?? [];
}

describe("what is over", () => {
  test("is filed again as a plan of its own that needs its approvals anew", async () => {
    await ran();
    const { planId, runId } = filed(await again());
    const record = await world.plans.get(planId);
    expect(runId).toBeNull();
    expect(record).toMatchObject({ status: "awaiting-approval", votes: [], version: 1 });
    expect(record?.hash).toBe((await world.plans.get("pl-1"))?.hash);
    expect(record?.origin).toMatchObject({
      kind: "replay",
      planId: "pl-1",
      ofRun: "run-9",
      notes: ["Nothing that this plan is made of has changed."],
    });
    expect(world.audit.entries.at(-1)?.event).toMatchObject({
      kind: "plan.filed",
      origin: { kind: "replay", planId: "pl-1" },
    });
  });

  test("is filed by whoever asks, with their own rights", async () => {
    await ran();
    const code = refusal(await again({}, "U0CAT")).code;
    expect(code).toBe("operation-not-allowed");
  });

  test("is filed once while it waits, also when the same request comes twice", async () => {
    await ran();
    const asker = world.asks("U0REQ");
    const once = () => replayPlan(world.ports, asker, { planId: "pl-1", request });
    const first = filed(await once());
    expect(filed(await once()).planId).toBe(first.planId);
    expect(filed(await again()).sameAs?.id).toBe(first.planId);
    expect(await world.plans.awaiting("T0ACME")).toHaveLength(1);
    // Whoever may not ask for it does not ask for it once more either.
    expect(refusal(await again({}, "U0CAT")).code).toBe("operation-not-allowed");
  });
});

describe("what has changed since is said", () => {
  test("of who must approve", async () => {
    await ran();
    const approval = { ...anEnvironment().approval, destructive: aRule([aClause(3, "sre")]) };
    const policy = aPolicy({ environments: { production: { ...anEnvironment(), approval } } });
    expect(await notesOf(filed(await again({ policy })))).toEqual([
      "Who must approve was 2 of sre, and is 3 of sre now.",
    ]);
  });

  test("of the operations and the risk", async () => {
    await ran();
    const registry = createRegistry(
      world.ports.registry.list().flatMap(({ name }) => {
        const operation = world.ports.registry.get(name);
        if (operation === undefined) return [];
        return name === "toy.destroy"
          ? [
              {
                ...operation,
                worstRisk: "modify" as const,
                risk: () => "modify" as const,
                defaultTimeoutMs: 60_000,
              },
            ]
          : [operation];
      }),
    );
    const notes = await notesOf(filed(await again({ registry })));
    expect(notes[0]).toBe("The risk was destructive and is modify now.");
    expect(notes.join("\n")).toContain("timeoutMs was 30000, is 60000");
    expect(notes.join("\n")).toContain("risk was destructive, is modify");
  });

  test("of what is there now, where the operation can be asked, with secrets masked", async () => {
    const looking = planSource("toy.read", { name: "web-1" });
    if (looking.kind !== "source") throw new Error("not a source");
    const { planId } = filed(await filePlan(world.ports, world.asks("U0REQ"), looking));
    const record = await world.plans.get(planId);
    if (record === null) throw new Error("it was not filed");
    world.runs.put({ ...aRunView(record.plan), runId: "run-8", planId, status: "completed" });
    const { redactor } = world.ports;
    const masking = { ...redactor, text: (text: string) => text.replace("is there", "***") };
    const result = await replayPlan({ ...world.ports, redactor: masking }, world.asks("U0REQ"), {
      planId,
      request: looking,
    });
    const notes = await notesOf(filed(result));
    expect(notes.at(-1)).toMatch(/^Step \S+ now: web-1 \*\*\*\.$/);
  });
});

describe("refused is", () => {
  test("a plan whose operation is gone, by its place", async () => {
    await ran();
    const found = refusal(await again({ registry: createRegistry([]) }));
    expect(found.code).toBe("replay-gone");
    expect(explainRefusal(found)).toMatch(
      /Plan pl-1 cannot be filed again, .*steps\[0\]\.uses: found unknown operation toy\.destroy/,
    );
  });

  test.each(["running", "held", "paused"] as const)("a plan whose run is %s", async (status) => {
    await ran(status);
    expect(refusal(await again())).toEqual({ code: "replay-too-early", planId: "pl-1", status });
  });

  test("a plan that still waits, on record", async () => {
    expect(refusal(await again())).toMatchObject({ status: "awaiting-approval" });
    expect(world.audit.entries.at(-1)?.event).toMatchObject({
      kind: "refused",
      code: "replay-too-early",
    });
  });

  test("a way back, which looks at how things are", async () => {
    await ran();
    const record = await world.plans.get("pl-1");
    const origin = { kind: "restore", checkpoint: "noon", takenAt: 0, notes: [] } as const;
    const plans = {
      ...world.plans,
      get: async () => (record === null ? null : { ...record, origin }),
    };
    expect(refusal(await again({ plans })).code).toBe("replay-of-way-back");
  });

  test("a plan of another workspace", async () => {
    await ran();
    const asker = { ...world.asks("U0REQ"), teamId: "T0OTHER" };
    const result = await replayPlan(world.ports, asker, { planId: "pl-1", request });
    expect(refusal(result).code).toBe("plan-not-found");
  });
});

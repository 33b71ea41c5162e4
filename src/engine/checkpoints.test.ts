import { beforeEach, describe, expect, test } from "vitest";
import { createWorld, sha256 } from "#test/builders/engine-world.ts";
import type { World } from "#test/builders/engine-world.ts";
import { aRecord } from "#test/builders/plan-records.ts";
import { switchPlan, switchStep } from "#test/builders/run-plans.ts";
import { World as Switches } from "#test/fakes/recording-operations.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { planHash } from "./plan-hash.ts";
import type { PlanStep } from "./plan.ts";
import { explainRefusal } from "./explain-refusal.ts";
import type { Refusal } from "./refusal.ts";
import { restoreCheckpoint } from "./restore-checkpoint.ts";
import type { Restored } from "./restore-checkpoint.ts";
import type { Result } from "./result.ts";
import { takeCheckpoint } from "./take-checkpoint.ts";
import type { Asker, EnginePorts } from "./use-case-ports.ts";

const PLAN = "pl-9";

let world: World;
let switches: Switches;
let ports: EnginePorts;

beforeEach(() => {
  world = createWorld();
  switches = new Switches(world.clock);
  ports = { ...world.ports, registry: switches.registry() };
});

async function planned(...steps: readonly PlanStep[]): Promise<void> {
  const plan = switchPlan(steps, { environment: "production" });
  const record = aRecord({
    id: PLAN,
    plan,
    hash: planHash(plan, sha256),
    requester: { teamId: "T0ACME", userId: "U0REQ", name: "rita" },
  });
  await world.plans.file(record, { events: [], notices: [] }, 10);
}

const take = (name: string, who: string | Asker = "U0REQ") =>
  takeCheckpoint(ports, typeof who === "string" ? world.asks(who) : who, { planId: PLAN, name });
const restore = (name: string, userId = "U0REQ") =>
  restoreCheckpoint(ports, world.asks(userId), name);

function taken(result: Result<Checkpoint, Refusal>): Checkpoint {
  if (!result.ok) throw new Error(explainRefusal(result.refusal));
  return result.value;
}

function refusal(result: Result<unknown, Refusal>): Refusal {
  if (result.ok) throw new Error("it was done");
  return result.refusal;
}

function restored(result: Result<Restored, Refusal>): Restored {
  if (!result.ok) throw new Error(explainRefusal(result.refusal));
  return result.value;
}

describe("taking a checkpoint", () => {
  test("keeps the state of everything the plan changes, once, with who took it", async () => {
    await planned(
      switchStep("a"),
      switchStep("b"),
      switchStep("again", { with: { switch: "a", to: "on" } }),
    );
    switches.preset("a", "half");
    const checkpoint = taken(await take("before-lunch"));
    expect(checkpoint).toMatchObject({
      name: "before-lunch",
      planId: PLAN,
      takenBy: { kind: "person", userId: "U0REQ" },
      environment: "production",
    });
    expect(checkpoint.entries.map(({ stepId, state }) => [stepId, state])).toEqual([
      ["a", { kind: "captured", captured: { was: "half" } }],
      ["b", { kind: "captured", captured: { was: "off" } }],
    ]);
    expect(world.audit.entries.at(-1)?.event).toMatchObject({
      kind: "checkpoint.taken",
      name: "before-lunch",
      captured: ["a", "b"],
      unread: [],
    });
    expect(switches.state("a")).toBe("half");
  });

  test("names what cannot be read instead of guessing", async () => {
    await planned(
      switchStep("a"),
      switchStep("b", { with: { switch: "${{ inputs.x }}", to: "on" } }),
    );
    expect(taken(await take("one")).entries.map(({ state }) => state.kind)).toEqual([
      "captured",
      "unreadable",
    ]);
  });

  test("of the same request worked on twice is one checkpoint", async () => {
    await planned(switchStep("a"));
    const asker = world.asks("U0REQ");
    const first = taken(await take("one", asker));
    switches.preset("a", "half");
    expect(taken(await take("one", asker))).toEqual(first);
    expect(world.audit.kinds().filter((kind) => kind === "checkpoint.taken")).toHaveLength(1);
  });

  test("never writes over another", async () => {
    await planned(switchStep("a"));
    taken(await take("one"));
    expect(refusal(await take("one", "U0ANN"))).toMatchObject({
      code: "checkpoint-exists",
      name: "one",
      takenBy: "U0REQ",
    });
  });

  test("is for the requester and whoever could approve the plan", async () => {
    await planned(switchStep("a"));
    expect(refusal(await take("one", "U0DEV"))).toMatchObject({ code: "not-yours" });
    taken(await take("one", "U0ANN"));
  });

  test.each(["", "auto/run-1/0", "a b", "../x", "x".repeat(61)])(
    "is not called %j",
    async (name) => {
      await planned(switchStep("a"));
      expect(refusal(await take(name))).toMatchObject({ code: "checkpoint-name-invalid" });
    },
  );

  test("is refused where there is nothing to capture", async () => {
    await planned(switchStep("b", { with: { switch: "${{ inputs.x }}", to: "on" } }));
    expect(refusal(await take("one"))).toMatchObject({ code: "nothing-to-capture" });
  });
});

describe("restoring a checkpoint", () => {
  test("files the difference to now as a plan, the last made put back first", async () => {
    await planned(switchStep("a"), switchStep("b"), switchStep("c"));
    taken(await take("one"));
    switches.preset("a", "on");
    switches.preset("c", "on");
    const found = restored(await restore("one"));
    if (found.kind !== "filed") throw new Error(found.kind);
    const { plan, planId } = found.filed;
    expect(plan.steps.map((step) => step.with)).toEqual([
      { switch: "c", to: "off" },
      { switch: "a", to: "off" },
    ]);
    expect(plan.steps.map(({ preconditions }) => preconditions.map((one) => one.captured))).toEqual(
      [[{ was: "on" }], [{ was: "on" }]],
    );
    expect(await world.plans.get(planId)).toMatchObject({
      status: "awaiting-approval",
      origin: { kind: "restore", checkpoint: "one", notes: [] },
    });
    expect(world.audit.entries.at(-1)?.event).toMatchObject({
      kind: "plan.filed",
      restores: "one",
    });
    expect(switches.state("a")).toBe("on");
  });

  test("files nothing where nothing differs", async () => {
    await planned(switchStep("a"));
    taken(await take("one"));
    expect(restored(await restore("one"))).toEqual({ kind: "nothing-differs", notes: [] });
  });

  test("says what the checkpoint does not hold", async () => {
    await planned(
      switchStep("a"),
      switchStep("b", { with: { switch: "${{ inputs.x }}", to: "on" } }),
    );
    taken(await take("one"));
    expect(restored(await restore("one"))).toMatchObject({
      kind: "nothing-differs",
      notes: [expect.stringContaining("What step b manages is not in the checkpoint")],
    });
  });

  test("tells the nearest name of one that is not there, and takes no path for a name", async () => {
    await planned(switchStep("a"));
    taken(await take("before-lunch"));
    expect(refusal(await restore("before-lnch"))).toEqual({
      code: "checkpoint-not-found",
      found: "before-lnch",
      nearest: "before-lunch",
    });
    expect(refusal(await restore("../../x"))).toMatchObject({ code: "checkpoint-not-found" });
  });

  test("is refused to whoever may not ask for its calls", async () => {
    await planned(switchStep("a"));
    taken(await take("one"));
    switches.preset("a", "on");
    expect(refusal(await restore("one", "U0CAT"))).toMatchObject({ code: "operation-not-allowed" });
  });
});

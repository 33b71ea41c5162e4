import { beforeEach, describe, expect, test } from "vitest";
import { createWorld, sha256 } from "#test/builders/engine-world.ts";
import type { World } from "#test/builders/engine-world.ts";
import { switchPlan, switchStep } from "#test/builders/run-plans.ts";
import { World as Switches } from "#test/fakes/recording-operations.ts";
import { keepState } from "./keep-state.ts";
import type { AnyOperation } from "./operation.ts";
import { planHash } from "./plan-hash.ts";
import type { PlanStep } from "./plan.ts";
import type { RunView } from "./run-store.ts";
import type { EnginePorts } from "./use-case-ports.ts";

let world: World;
let switches: Switches;
let ports: EnginePorts;

beforeEach(() => {
  world = createWorld();
  switches = new Switches(world.clock);
  ports = { ...world.ports, registry: switches.registry() };
});

function running(steps: readonly PlanStep[]): RunView {
  const plan = switchPlan(steps, { environment: "production" });
  const view: RunView = {
    runId: "run-9",
    planId: "pl-9",
    planVersion: 1,
    planHash: planHash(plan, sha256),
    plan,
    teamId: "T0ACME",
    requesterId: "U0REQ",
    conversation: world.asks("U0REQ").conversation,
    queuedAt: 0,
    status: "running",
    owner: null,
    events: [],
  };
  world.runs.put(view);
  return view;
}

const kept = () => world.checkpoints.get("T0ACME", "auto/run-9/0");

describe("the automatic checkpoint", () => {
  test("keeps the state of the stage's steps under the run's and the stage's name, with its audit entry", async () => {
    const steps = [switchStep("a", { risk: "destructive" }), switchStep("b")];
    switches.preset("a", "half");
    expect(await keepState(ports, running(steps), { place: 0, steps })).toMatchObject({ ok: true });
    expect(await kept()).toMatchObject({
      runId: "run-9",
      takenBy: { kind: "system", part: "engine" },
      entries: [
        { stepId: "a", state: { kind: "captured", captured: { was: "half" } } },
        { stepId: "b", state: { kind: "captured", captured: { was: "off" } } },
      ],
    });
    expect(world.audit.entries.at(-1)).toMatchObject({
      runId: "run-9",
      event: { kind: "checkpoint.taken", name: "auto/run-9/0" },
    });
  });

  test("taken twice, by a worker that follows a lost one, is the one from before", async () => {
    const steps = [switchStep("a", { risk: "destructive" })];
    const run = running(steps);
    await keepState(ports, run, { place: 0, steps });
    switches.preset("a", "gone");
    expect(await keepState(ports, run, { place: 0, steps })).toMatchObject({ ok: true });
    expect((await kept())?.entries[0]?.state).toEqual({
      kind: "captured",
      captured: { was: "off" },
    });
    expect(world.audit.kinds().filter((kind) => kind === "checkpoint.taken")).toHaveLength(1);
  });

  test("holds nothing back where no state can be read, and keeps nothing then", async () => {
    const steps = [
      switchStep("a", { risk: "destructive", with: { switch: "${{ inputs.x }}", to: "gone" } }),
    ];
    expect(await keepState(ports, running(steps), { place: 0, steps })).toMatchObject({ ok: true });
    expect(await kept()).toBeNull();
  });

  test("that should be taken and cannot be says of which step and why", async () => {
    const operation = ports.registry.get("world.set");
    if (operation === undefined) throw new Error("no world.set");
    const capture = () => Promise.reject(new Error("the target is away"));
    const get = (): AnyOperation => ({ ...operation, capture });
    const broken = { ...ports, registry: { ...ports.registry, get } };
    const steps = [switchStep("a", { risk: "destructive" })];
    const result = await keepState(broken, running(steps), { place: 0, steps });
    expect(result).toMatchObject({
      ok: false,
      refusal: [expect.stringMatching(/"a" could not be kept .*the target is away/)],
    });
    expect(await kept()).toBeNull();
  });
});

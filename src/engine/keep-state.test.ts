import { beforeEach, describe, expect, test } from "vitest";
import { createWorld, sha256 } from "#test/builders/engine-world.ts";
import type { World } from "#test/builders/engine-world.ts";
import { switchPlan, switchStep } from "#test/builders/run-plans.ts";
import { World as Switches } from "#test/fakes/recording-operations.ts";
import type { JsonObject } from "./json.ts";
import { keepState } from "./keep-state.ts";
import type { AnyOperation } from "./operation.ts";
import { planHash } from "./plan-hash.ts";
import type { PlanStep } from "./plan.ts";
import type { RunEvent } from "./run.ts";
import type { RunView } from "./run-store.ts";
import type { EnginePorts } from "./use-case-ports.ts";

const ENGINE = { kind: "system", part: "engine" } as const;

let world: World;
let switches: Switches;
let ports: EnginePorts;

beforeEach(() => {
  world = createWorld();
  switches = new Switches(world.clock);
  ports = { ...world.ports, registry: switches.registry() };
});

function running(steps: readonly PlanStep[], events: readonly RunEvent[] = []): RunView {
  const plan = switchPlan(steps, { environment: "production" });
  const hash = planHash(plan, sha256);
  const queued: RunEvent = { kind: "run.queued", planVersion: 1, planHash: hash };
  const log = [queued, ...events];
  const view: RunView = {
    runId: "run-9",
    planId: "pl-9",
    planVersion: 1,
    planHash: hash,
    plan,
    teamId: "T0ACME",
    requesterId: "U0REQ",
    conversation: world.asks("U0REQ").conversation,
    queuedAt: 0,
    status: "running",
    owner: null,
    emergency: false,
    events: log.map((event) => ({ at: 0, actor: ENGINE, event })),
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

  const attempt = (stepId: string, input: JsonObject): readonly RunEvent[] => {
    const call = { phase: "forward", stepId } as const;
    const started = { uses: "world.set", input, idempotencyKey: `key-${stepId}`, captured: null };
    return [
      { kind: "attempt.started", call, attempt: 1, ...started },
      { kind: "attempt.succeeded", call, attempt: 1, result: { id: "c" }, durationMs: 5 },
    ];
  };

  test("reads what the step will be given once earlier steps have told it", async () => {
    const steps = [
      switchStep("a"),
      switchStep("b", {
        stage: 1,
        needs: ["a"],
        risk: "destructive",
        deferred: true,
        with: { switch: "${{ steps.a.result.id }}", to: "gone" },
      }),
    ];
    const [, last] = steps;
    if (last === undefined) throw new Error("no step b");
    const run = running(steps, [
      { kind: "run.started" },
      ...attempt("a", { switch: "a", to: "on" }),
    ]);
    switches.preset("c", "half");
    await keepState(ports, run, { place: 0, steps: [last] });
    expect((await kept())?.entries).toMatchObject([
      { stepId: "b", input: { switch: "c" }, state: { captured: { was: "half" } } },
    ]);
  });

  test("is never taken of a stage that has begun: its state is no longer the one from before", async () => {
    const steps = [switchStep("a", { risk: "destructive" }), switchStep("b")];
    const begun = running(steps, [
      { kind: "run.started" },
      ...attempt("b", { switch: "b", to: "on" }),
    ]);
    expect(await keepState(ports, begun, { place: 0, steps })).toMatchObject({ ok: true });
    expect(await kept()).toBeNull();
  });

  test("opens no secret answer, and is not held up by one", async () => {
    const secret = `secret:answer/run-9/a/token/${"0".repeat(16)}`;
    const steps = [switchStep("a", { risk: "destructive", with: { switch: secret, to: "gone" } })];
    expect(await keepState(ports, running(steps), { place: 0, steps })).toMatchObject({ ok: true });
    expect(await kept()).toBeNull();
  });
});

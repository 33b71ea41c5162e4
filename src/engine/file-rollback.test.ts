import { beforeEach, describe, expect, test } from "vitest";
import { createWorld, sha256 } from "#test/builders/engine-world.ts";
import type { World } from "#test/builders/engine-world.ts";
import { switchPlan, switchStep } from "#test/builders/run-plans.ts";
import { World as Switches } from "#test/fakes/recording-operations.ts";
import { fileRollback, writeRollback } from "./file-rollback.ts";
import type { FiledPlan } from "./file-plan.ts";
import type { JsonObject } from "./json.ts";
import { planHash } from "./plan-hash.ts";
import type { PlanStep } from "./plan.ts";
import { explainRefusal } from "./explain-refusal.ts";
import type { Refusal } from "./refusal.ts";
import type { Result } from "./result.ts";
import type { RunEvent, RunStatus } from "./run.ts";
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

/** What the log says of a step that set its switch to "on". */
function did(stepId: string, changes: { readonly after?: JsonObject | null } = {}): RunEvent[] {
  const call = { phase: "forward", stepId } as const;
  const { after = { was: "on" } } = changes;
  switches.preset(stepId, "on");
  return [
    {
      kind: "attempt.started",
      call,
      attempt: 1,
      idempotencyKey: `key-${stepId}`,
      uses: "world.set",
      input: { switch: stepId, to: "on" },
      captured: { was: "off" },
    },
    {
      kind: "attempt.succeeded",
      call,
      attempt: 1,
      result: { id: `made-${stepId}` },
      durationMs: 5,
      ...(after !== null && { after }),
    },
  ];
}

const COMPLETED: RunEvent = { kind: "run.completed", failedSteps: [] };

function finished(
  steps: readonly PlanStep[],
  events: readonly RunEvent[],
  status: RunStatus = "completed",
): void {
  const plan = switchPlan(steps, { environment: "production" });
  const hash = planHash(plan, sha256);
  const begin: readonly RunEvent[] = [
    { kind: "run.queued", planVersion: 1, planHash: hash },
    { kind: "run.started" },
  ];
  world.runs.put({
    runId: "run-9",
    planId: "pl-9",
    planVersion: 1,
    planHash: hash,
    plan,
    teamId: "T0ACME",
    requesterId: "U0REQ",
    conversation: world.asks("U0REQ").conversation,
    queuedAt: 0,
    status,
    owner: null,
    emergency: false,
    events: [...begin, ...events].map((event) => ({ at: 0, actor: ENGINE, event })),
  });
}

const rollBack = (userId = "U0REQ") => fileRollback(ports, world.asks(userId), "run-9");

function filed(result: Result<FiledPlan, Refusal>): FiledPlan {
  if (!result.ok) throw new Error(explainRefusal(result.refusal));
  return result.value;
}

function refusal(result: Result<FiledPlan, Refusal>): Refusal {
  if (result.ok) throw new Error(`filed as ${result.value.planId}`);
  return result.refusal;
}

describe("rolling back a finished run", () => {
  test("files a plan that takes its steps back in reverse and waits for an approval", async () => {
    finished([switchStep("a"), switchStep("b")], [...did("a"), ...did("b"), COMPLETED]);
    const { plan, planId, runId } = filed(await rollBack());
    expect(plan.title).toBe("Roll back: Set switches");
    expect(plan.mode).toBe("sequential");
    expect(plan.steps.map((step) => step.with)).toEqual([
      { switch: "b", to: "off" },
      { switch: "a", to: "off" },
    ]);
    expect(plan.steps.map(({ onFailure }) => onFailure)).toEqual(["stop", "stop"]);
    expect(runId).toBeNull();
    const record = await world.plans.get(planId);
    expect(record?.status).toBe("awaiting-approval");
    expect(record?.origin).toMatchObject({ kind: "rollback", runId: "run-9", notes: [] });
    expect(world.audit.entries.at(-1)?.event).toMatchObject({
      kind: "plan.filed",
      rollsBack: "run-9",
    });
  });

  test("expects each step to find what the run left", async () => {
    finished([switchStep("a")], [...did("a"), COMPLETED]);
    const { plan } = filed(await rollBack());
    expect(plan.steps[0]?.preconditions).toEqual([
      {
        uses: "world.set",
        with: { switch: "a", to: "on" },
        profile: null,
        captured: { was: "on" },
      },
    ]);
  });

  test("fills the commands of a rollback with what was recorded", async () => {
    const step = switchStep("a", {
      rollback: {
        kind: "commands",
        calls: [
          {
            uses: "world.set",
            with: { switch: "${{ result.id }}", to: "gone" },
            profile: null,
            summary: "Remove what was made",
            risk: "destructive",
            timeoutMs: 7_000,
          },
        ],
      },
    });
    finished([step], [...did("a"), COMPLETED]);
    const { plan } = filed(await rollBack());
    expect(plan.risk).toBe("destructive");
    expect(plan.steps[0]).toMatchObject({
      with: { switch: "made-a", to: "gone" },
      timeoutMs: 7_000,
    });
  });

  test("names what has no way back and leaves it out", async () => {
    const without = switchStep("b", { rollback: { kind: "none" } });
    finished([switchStep("a"), without], [...did("a"), ...did("b"), COMPLETED]);
    const { plan, planId } = filed(await rollBack());
    expect(plan.steps).toHaveLength(1);
    expect((await world.plans.get(planId))?.origin?.notes).toEqual([
      "Step b stays as it is: it has no rollback.",
    ]);
  });

  test("says where nothing tells whether it has changed since", async () => {
    finished([switchStep("a")], [...did("a", { after: null }), COMPLETED]);
    const { planId } = filed(await rollBack());
    expect((await world.plans.get(planId))?.origin?.notes[0]).toContain("was not recorded");
  });

  test("takes back exactly what a run that failed left", async () => {
    const failed: RunEvent = {
      kind: "run.failed",
      reason: "It failed.",
      failedSteps: ["b"],
      leftovers: [],
    };
    const call = { phase: "forward", stepId: "b" } as const;
    const refused: RunEvent = {
      kind: "attempt.failed",
      call,
      attempt: 1,
      failure: { category: "validation", message: "No." },
      retryAt: null,
      durationMs: 0,
    };
    finished([switchStep("a"), switchStep("b")], [...did("a"), refused, failed], "failed");
    expect(filed(await rollBack()).plan.steps.map((step) => step.with)).toEqual([
      { switch: "a", to: "off" },
    ]);
  });

  test("is refused with what differs when the world has moved on", async () => {
    finished([switchStep("a")], [...did("a"), COMPLETED]);
    switches.preset("a", "half");
    const found = refusal(await rollBack());
    expect(found).toMatchObject({
      code: "world-moved-on",
      differences: [{ stepId: "a", path: "was", was: "on", is: "half" }],
    });
    expect(explainRefusal(found)).toContain("was after step a was on, now it is half.");
    expect(world.audit.entries.at(-1)?.event).toMatchObject({
      kind: "refused",
      code: "world-moved-on",
    });
  });

  test("does not take what a later step of the same run changed for somebody else's change", async () => {
    const again = switchStep("b", { with: { switch: "a", to: "half" } });
    const [started, succeeded] = did("b", { after: { was: "half" } });
    if (started?.kind !== "attempt.started" || succeeded === undefined) throw new Error("no start");
    const second: RunEvent = {
      ...started,
      input: { switch: "a", to: "half" },
      captured: { was: "on" },
    };
    finished([switchStep("a"), again], [...did("a"), second, succeeded, COMPLETED]);
    switches.preset("a", "half");
    expect(filed(await rollBack()).plan.steps.map((step) => step.with)).toEqual([
      { switch: "a", to: "on" },
      { switch: "a", to: "off" },
    ]);
  });

  test("is refused while another plan is to take the same run back", async () => {
    finished([switchStep("a")], [...did("a"), COMPLETED]);
    const { planId } = filed(await rollBack());
    expect(refusal(await rollBack("U0DEV"))).toEqual({
      code: "rollback-pending",
      runId: "run-9",
      planId,
    });
  });

  test("is another plan once nobody approved the first in time", async () => {
    finished([switchStep("a")], [...did("a"), COMPLETED]);
    const { planId } = filed(await rollBack());
    world.clock.advance(24 * 3_600_000);
    expect(filed(await rollBack()).planId).not.toBe(planId);
    expect((await world.plans.get(planId))?.status).toBe("expired");
  });

  test("keeps away from a secret answer, which is not kept after the run", async () => {
    const [started, ...others] = did("a");
    if (started?.kind !== "attempt.started") throw new Error("no start");
    const token = `secret:answer/run-9/a/token/${"0".repeat(16)}`;
    const given = { ...started, captured: { was: token } };
    finished([switchStep("a"), switchStep("b")], [given, ...others, ...did("b"), COMPLETED]);
    const { planId, plan } = filed(await rollBack());
    expect(plan.steps.map((step) => step.with)).toEqual([{ switch: "b", to: "off" }]);
    expect((await world.plans.get(planId))?.origin?.notes).toEqual([
      "Step a stays as it is: what takes it back needs a secret answer, which is not kept after the run.",
    ]);
  });

  test("names no secret because a target answered with what reads as one", async () => {
    const [started, succeeded] = did("a");
    if (succeeded?.kind !== "attempt.succeeded" || started === undefined) throw new Error("no end");
    const back = { ...switchStep("back"), with: { switch: "a", to: "${{ result.id }}" } };
    const named = switchStep("a", { rollback: { kind: "commands", calls: [back] } });
    const answered = { ...succeeded, result: { id: "secret:db" } };
    finished([named, switchStep("b")], [started, answered, ...did("b"), COMPLETED]);
    const { planId, plan } = filed(await rollBack());
    expect(plan.steps.map((step) => step.with)).toEqual([{ switch: "b", to: "off" }]);
    expect((await world.plans.get(planId))?.origin?.notes).toEqual([
      "Step a stays as it is: what takes it back would name a secret that the plan does not.",
    ]);
  });

  test("is the same plan when the same request is worked on twice", async () => {
    finished([switchStep("a")], [...did("a"), COMPLETED]);
    const asker = world.asks("U0REQ");
    const first = filed(await fileRollback(ports, asker, "run-9"));
    const second = filed(await fileRollback(ports, asker, "run-9"));
    expect(second).toMatchObject({ planId: first.planId, alreadyFiled: true });
  });

  test("is refused while the run goes on", async () => {
    finished([switchStep("a")], did("a"), "running");
    expect(refusal(await rollBack())).toEqual({
      code: "run-not-ended",
      runId: "run-9",
      status: "running",
    });
  });

  test("is refused once what the run did was taken off the log with its month", async () => {
    finished([switchStep("a")], [...did("a"), COMPLETED]);
    const view = await ports.runs.view("run-9");
    if (view === null) throw new Error("no run");
    world.runs.put({ ...view, detached: true, events: [] });
    const detached = { code: "run-detached", runId: "run-9" };
    expect(refusal(await rollBack())).toEqual(detached);
    expect(await writeRollback(ports, "run-9")).toEqual({ ok: false, refusal: detached });
  });

  test("is refused when nothing was done", async () => {
    const skipped: RunEvent = { kind: "step.skipped", stepId: "a", reason: "Not needed." };
    finished([switchStep("a")], [skipped, COMPLETED]);
    expect(refusal(await rollBack())).toMatchObject({ code: "nothing-to-take-back", stays: [] });
  });

  test("is refused when the run took back everything itself", async () => {
    const back: readonly RunEvent[] = [
      { kind: "run.rollback-started", reason: "Asked for.", by: ENGINE },
      { kind: "step.rolled-back", stepId: "a", calls: 0 },
      { kind: "run.rolled-back", reason: "Asked for." },
    ];
    finished([switchStep("a")], [...did("a"), ...back], "rolled-back");
    expect(refusal(await rollBack())).toEqual({
      code: "already-rolled-back",
      runId: "run-9",
      byPlanId: null,
    });
  });

  test("is refused to whoever may not ask for its calls", async () => {
    finished([switchStep("a")], [...did("a"), COMPLETED]);
    expect(refusal(await rollBack("U0CAT")).code).toBe("operation-not-allowed");
    // Nor are they told how the world is now.
    switches.preset("a", "half");
    expect(refusal(await rollBack("U0CAT")).code).toBe("operation-not-allowed");
  });
});

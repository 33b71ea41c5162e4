import { beforeEach, describe, expect, test } from "vitest";
import { anApproval, askingRun, RUN_ID } from "#test/builders/asking-run.ts";
import type { AskingRun } from "#test/builders/asking-run.ts";
import { createWorld } from "#test/builders/engine-world.ts";
import type { World } from "#test/builders/engine-world.ts";
import { aStep } from "#test/builders/plan-records.ts";
import { steerStep } from "./steer-step.ts";
import type { StepWish } from "./steer-step.ts";

const RETRY: StepWish = { kind: "retry" };
const SKIP: StepWish = { kind: "skip", reason: " done by hand " };
let world: World;
let asking: AskingRun;

beforeEach(async () => {
  world = createWorld();
  asking = await askingRun(world, [
    aStep({ id: "one", onFailure: "stop" }),
    aStep({ id: "two", onFailure: "stop" }),
    aStep({ id: "gate", approval: anApproval() }),
  ]);
});

function fails(...failedSteps: readonly string[]): void {
  const failure = { category: "permanent", message: "no", code: "NO" } as const;
  for (const stepId of failedSteps) {
    const call = { phase: "forward", stepId } as const;
    const sent = { idempotencyKey: `k/${stepId}`, uses: "toy.do", input: {}, captured: null };
    asking.note(
      { kind: "attempt.started", call, attempt: 1, ...sent },
      { kind: "attempt.failed", call, attempt: 1, failure, retryAt: null, durationMs: 1 },
    );
  }
  asking.note({ kind: "run.held", reasons: ["A step failed."], failedSteps });
}

const steer = (who: string, wish: StepWish, stepId: string | null = null) =>
  steerStep(world.ports, world.asks(who), { runId: RUN_ID, stepId, wish });

async function refusal(...given: Parameters<typeof steer>) {
  const result = await steer(...given);
  if (result.ok) throw new Error("it was done");
  return result.refusal;
}

const requests = () => world.runs.requested.map(({ request }) => request);

describe("a failed step of a held run", () => {
  test("is tried again for its requester, who need not name it", async () => {
    fails("one");
    expect(await steer("U0REQ", RETRY)).toEqual({ ok: true, value: { stepId: "one" } });
    expect(requests()).toMatchObject([{ kind: "retry", stepId: "one" }]);
    expect(world.audit.kinds()).toEqual(["control.requested"]);
  });

  test("is tried again for somebody who could approve the plan, and for nobody else", async () => {
    fails("one");
    expect(await steer("U0ANN", RETRY, "one")).toMatchObject({ ok: true });
    expect(await refusal("U0DEV", RETRY, "one")).toMatchObject({ code: "not-yours" });
    expect(requests()).toHaveLength(1);
  });

  test("is left out by an approver with a reason, and never by the requester", async () => {
    fails("one");
    expect(await refusal("U0REQ", SKIP)).toEqual({
      code: "self-skip",
      whoCan: ["U0ANN", "U0BOB", "U0CAT"],
    });
    expect(await refusal("U0ANN", { kind: "skip", reason: "  " })).toEqual({
      code: "reason-missing",
      of: "skip",
    });
    expect(await steer("U0ANN", SKIP)).toEqual({ ok: true, value: { stepId: "one" } });
    expect(requests()).toMatchObject([{ kind: "skip", stepId: "one", reason: "done by hand" }]);
  });

  test("is named when several failed, by its own name or the nearest is told", async () => {
    fails("one", "two");
    expect(await refusal("U0REQ", RETRY)).toMatchObject({
      code: "step-not-found",
      known: ["one", "two"],
    });
    expect(await refusal("U0REQ", RETRY, "tow")).toMatchObject({
      code: "step-not-found",
      found: "tow",
      nearest: "two",
    });
    expect(await steer("U0REQ", RETRY, "two")).toMatchObject({ ok: true });
  });
});

describe("another step", () => {
  test("is neither tried again nor left out while it is not what the run is held for", async () => {
    fails("one");
    expect(await refusal("U0REQ", RETRY, "two")).toEqual({
      code: "step-not-failed",
      stepId: "two",
      status: "pending",
    });
  });

  test("that has not begun is left out by an approver in a run that has not ended, however it stands", async () => {
    expect(await steer("U0ANN", SKIP, "two")).toMatchObject({ ok: true });
    asking.note({ kind: "run.paused", by: { kind: "person", teamId: "T0ACME", userId: "U0REQ" } });
    expect(await steer("U0ANN", SKIP, "two")).toMatchObject({ ok: true });
    expect(await refusal("U0REQ", SKIP, "two")).toMatchObject({ code: "self-skip" });
    expect(await refusal("U0DEV", SKIP, "two")).toMatchObject({ code: "not-yours" });
    expect(await refusal("U0ANN", { kind: "skip", reason: "" }, "two")).toMatchObject({
      code: "reason-missing",
    });
    expect(requests()).toMatchObject([
      { kind: "skip", stepId: "two" },
      { kind: "skip", stepId: "two" },
    ]);
  });

  test("that is under way or has ended is not left out", async () => {
    const call = { phase: "forward", stepId: "two" } as const;
    const sent = { idempotencyKey: "k", uses: "toy.do", input: {}, captured: null };
    asking.note({ kind: "attempt.started", call, attempt: 1, ...sent });
    expect(await refusal("U0ANN", SKIP, "two")).toEqual({
      code: "step-has-begun",
      stepId: "two",
      status: "running",
    });
    asking.note({ kind: "attempt.succeeded", call, attempt: 1, result: null, durationMs: 1 });
    expect(await refusal("U0ANN", SKIP, "two")).toMatchObject({
      code: "step-has-begun",
      status: "succeeded",
    });
  });

  test("that waits for an approval may be left out", async () => {
    const closesAt = world.clock.now() + 1000;
    asking.note({ kind: "step.approval-opened", stepId: "gate", closesAt });
    expect(await steer("U0ANN", SKIP, "gate")).toMatchObject({ ok: true });
    expect(await refusal("U0REQ", RETRY, "gate")).toEqual({
      code: "run-not-held",
      status: "waiting-approval",
    });
  });
});

test("a run of another workspace, one that has ended and one not held are told apart", async () => {
  expect(await refusal("U0REQ", RETRY)).toEqual({ code: "run-not-held", status: "running" });
  const foreign = { ...world.asks("U0REQ"), teamId: "T0OTHER" };
  expect(
    await steerStep(world.ports, foreign, { runId: RUN_ID, stepId: "one", wish: RETRY }),
  ).toMatchObject({ ok: false, refusal: { code: "run-not-found" } });
  world.runs.put({ ...asking.run(), status: "completed" });
  expect(await refusal("U0REQ", RETRY)).toEqual({ code: "run-ended", status: "completed" });
  expect(requests()).toEqual([]);
});

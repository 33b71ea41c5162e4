import { beforeEach, describe, expect, test } from "vitest";
import { anApproval, askingRun, RUN_ID } from "#test/builders/asking-run.ts";
import type { AskingRun } from "#test/builders/asking-run.ts";
import { createWorld } from "#test/builders/engine-world.ts";
import type { World } from "#test/builders/engine-world.ts";
import { aStep } from "#test/builders/plan-records.ts";
import { aClause } from "#test/builders/a-policy.ts";
import { carryOut } from "./carry-out.ts";
import { foldRun } from "./run-fold.ts";
import type { Asker } from "./use-case-ports.ts";
import { voteOnStep } from "./vote-on-step.ts";
import type { VoteOnStep } from "./vote-on-step.ts";

const HOUR = 3_600_000;
let world: World;
let asking: AskingRun;

beforeEach(async () => {
  world = createWorld();
  asking = await askingRun(
    world,
    [
      aStep({
        id: "stop",
        risk: "destructive",
        approval: anApproval({ require: [aClause(2, "sre")] }),
      }),
      aStep({ id: "free" }),
    ],
    { editors: ["U0CAT"] },
  );
  asking.note({ kind: "step.approval-opened", stepId: "stop", closesAt: world.clock.now() + HOUR });
});

function vote(who: string | Asker, changes: Partial<VoteOnStep> = {}) {
  const asker = typeof who === "string" ? world.asks(who) : who;
  const given: VoteOnStep = {
    runId: RUN_ID,
    stepId: "stop",
    opening: 1,
    choice: "approve",
    reason: null,
    viewHash: "seen",
    ...changes,
  };
  return voteOnStep(world.ports, asker, given);
}

async function refusal(...given: Parameters<typeof vote>) {
  const result = await vote(...given);
  if (result.ok) throw new Error("the vote counted");
  return result.refusal;
}

const requests = () => world.runs.requested.map(({ request }) => request);

describe("a vote on a step", () => {
  test("is recorded for the run's owner, with the voter, the groups and what was shown", async () => {
    const asker = world.asks("U0ANN");
    const before = world.directory.questions.length;
    expect(await vote(asker)).toMatchObject({
      ok: true,
      value: { stepId: "stop", verdict: { had: 1, needed: 2, outcome: "waiting" } },
    });
    expect(requests()).toEqual([
      {
        kind: "vote",
        opening: 1,
        by: { kind: "person", teamId: "T0ACME", userId: "U0ANN" },
        stepId: "stop",
        vote: {
          userId: "U0ANN",
          choice: "approve",
          reason: null,
          groups: ["sre"],
          viewHash: "seen",
          requestId: asker.requestId,
          at: world.clock.now(),
        },
      },
    ]);
    expect(world.audit.kinds()).toEqual(["control.requested"]);
    // Before anything is told from what is known.
    expect(world.directory.questions.slice(before, before + 2)).toEqual([
      "standing U0ANN fresh",
      "group S0SRE fresh",
    ]);
  });

  test("counts with votes that the run's owner has not come to yet", async () => {
    await vote("U0ANN");
    expect(await vote("U0BOB")).toMatchObject({
      ok: true,
      value: { verdict: { had: 2, outcome: "approved" } },
    });
  });

  test("of the same request twice is one vote with the same answer", async () => {
    const asker = world.asks("U0ANN");
    const first = await vote(asker);
    expect(await vote(asker)).toEqual(first);
    expect(requests()).toHaveLength(1);
  });

  test("is not the requester's, an editor's, or that of somebody outside the approvers", async () => {
    expect(await refusal("U0REQ")).toEqual({ code: "self-approval", whoCan: ["U0ANN", "U0BOB"] });
    expect(await refusal("U0CAT")).toEqual({ code: "editor-approval", whoCan: ["U0ANN", "U0BOB"] });
    expect(await refusal("U0DEV")).toMatchObject({ code: "not-an-approver", groups: ["sre"] });
    expect(requests()).toEqual([]);
    expect(world.audit.kinds()).toEqual(["refused", "refused", "refused"]);
  });

  test("is not a guest's, nor anybody's while Slack can't be asked", async () => {
    world.directory.refuse("U0ANN", "guest");
    expect(await refusal("U0ANN")).toEqual({ code: "not-a-member", reason: "guest" });
    world.directory.takeDown({ id: "S0SRE" });
    expect(await refusal("U0BOB")).toMatchObject({ code: "directory-unavailable" });
  });

  test("to reject needs a reason", async () => {
    expect(await refusal("U0ANN", { choice: "reject", reason: " " })).toEqual({
      code: "reason-missing",
      of: "step",
    });
    expect(await vote("U0ANN", { choice: "reject", reason: "not tonight" })).toMatchObject({
      ok: true,
      value: { verdict: { outcome: "denied" } },
    });
  });

  test("after the time, after the decision, or for an earlier asking is refused", async () => {
    expect(await refusal("U0ANN", { opening: 2 })).toEqual({
      code: "step-approval-stale",
      stepId: "stop",
    });
    world.clock.advance(HOUR);
    expect(await refusal("U0ANN")).toMatchObject({
      code: "step-approval-closed",
      outcome: "expired",
    });
    asking.note({
      kind: "step.approval-closed",
      stepId: "stop",
      outcome: "approved",
      counted: ["U0BOB"],
      explanation: "Approved.",
    });
    expect(await refusal("U0ANN")).toEqual({
      code: "step-approval-closed",
      stepId: "stop",
      outcome: "approved",
      byUserIds: ["U0BOB"],
    });
  });

  test("is for a step that asks: others and unknown ones are refused with the nearest name", async () => {
    expect(await refusal("U0ANN", { stepId: "free" })).toEqual({
      code: "step-approval-not-open",
      stepId: "free",
    });
    expect(await refusal("U0ANN", { stepId: "stpo" })).toMatchObject({
      code: "step-not-found",
      nearest: "stop",
    });
    expect(await refusal("U0ANN", { runId: "run-9" })).toMatchObject({ code: "run-not-found" });
  });

  test("is taken while the run is paused, when the clock stands, and for the time left after that", async () => {
    const by = { kind: "person", teamId: "T0ACME", userId: "U0REQ" } as const;
    world.clock.advance(HOUR / 2);
    asking.note({ kind: "run.paused", by });
    world.clock.advance(HOUR);
    expect(await vote("U0ANN")).toMatchObject({
      ok: true,
      value: { verdict: { had: 1, outcome: "waiting" } },
    });
    asking.note({ kind: "run.resumed", by });
    world.clock.advance(HOUR / 2 - 1);
    expect(await vote("U0BOB")).toMatchObject({ ok: true });
    world.clock.advance(1);
    expect(await refusal("U0DAN")).toMatchObject({ code: "step-approval-closed" });
  });

  test("by words means the newest asking, and earlier votes are void", async () => {
    await vote("U0ANN");
    const [first] = requests();
    if (first?.kind !== "vote") throw new Error("it was recorded");
    world.clock.advance(1000);
    asking.note(
      { kind: "step.approval-voted", stepId: "stop", vote: first.vote },
      { kind: "step.approval-opened", stepId: "stop", closesAt: world.clock.now() + HOUR },
    );
    expect(await vote("U0BOB", { opening: null })).toMatchObject({
      ok: true,
      value: { verdict: { had: 1 } },
    });
  });

  test("that a dead process left behind does not take the place of a newer one", async () => {
    const early = world.asks("U0ANN", { receivedAt: world.clock.now() });
    world.clock.advance(1);
    await vote("U0ANN");
    world.clock.advance(30_000);
    expect(await refusal(early, { choice: "reject", reason: "no" })).toEqual({
      code: "said-otherwise-since",
      about: "step",
    });
    expect(requests()).toHaveLength(1);
    expect(world.audit.kinds()).toEqual(["control.requested", "refused"]);
  });

  test("that a dead process left behind counts when its voter has said nothing since", async () => {
    const early = world.asks("U0ANN", { receivedAt: world.clock.now() });
    await vote("U0BOB");
    world.clock.advance(30_000);
    expect(await vote(early)).toMatchObject({ ok: true, value: { verdict: { had: 2 } } });
  });

  test("is not carried out once the step asks again, however late its request arrives", async () => {
    await vote("U0ANN");
    const [request] = requests();
    if (request === undefined) throw new Error("nothing was requested");
    const now = () => carryOut(foldRun(asking.run().plan, asking.run().events), request);
    expect(now()).toMatchObject([{ kind: "step.approval-voted", stepId: "stop" }]);
    const call = { phase: "forward", stepId: "stop" } as const;
    const failure = { category: "timeout", message: "Nobody did." } as const;
    const by = { kind: "person", teamId: "T0ACME", userId: "U0REQ" } as const;
    const closed = { outcome: "expired", counted: [], explanation: "Nobody did." } as const;
    const again = { kind: "step.approval-opened", stepId: "stop", closesAt: HOUR } as const;
    asking.note(
      { kind: "step.approval-closed", stepId: "stop", ...closed },
      { kind: "attempt.failed", call, attempt: 1, failure, retryAt: null, durationMs: 0 },
      { kind: "step.retried", stepId: "stop", by },
      again,
    );
    expect(now()).toEqual([]);
  });

  test("by words that a dead process left behind is not for what a step asked after them", async () => {
    const early = world.asks("U0ANN", { receivedAt: world.clock.now() });
    world.clock.advance(30_000);
    asking.note({
      kind: "step.approval-opened",
      stepId: "stop",
      closesAt: world.clock.now() + HOUR,
    });
    expect(await refusal(early, { opening: null })).toEqual({
      code: "step-approval-stale",
      stepId: "stop",
    });
    const late = world.asks("U0ANN", { receivedAt: world.clock.now() });
    world.clock.advance(30_000);
    expect(await vote(late, { opening: null })).toMatchObject({ ok: true });
  });

  test("is void once the run is rolled back", async () => {
    asking.note({
      kind: "run.rollback-started",
      reason: "asked",
      by: { kind: "person", teamId: "T0ACME", userId: "U0BOB" },
    });
    expect(await refusal("U0ANN")).toMatchObject({ code: "step-approval-closed", outcome: "left" });
  });
});

// One named person acts without the quorum, and somebody else looks at it afterwards.

import { beforeEach, describe, expect, test } from "vitest";
import { aPolicy } from "#test/builders/a-policy.ts";
import { createWorld, planSource } from "#test/builders/engine-world.ts";
import type { World } from "#test/builders/engine-world.ts";
import { aRunView } from "#test/builders/plan-records.ts";
import { breakGlass } from "./break-glass.ts";
import { castVote } from "./cast-vote.ts";
import { filePlan } from "./file-plan.ts";
import type { FreezeWindow } from "./policy.ts";
import { remindReviews, reviewGlass } from "./review-glass.ts";
import type { RunStatus } from "./run.ts";
import { checkStart } from "./start-check.ts";
import { withdrawPlan } from "./withdraw-plan.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
let world: World;

const GLASS = {
  groups: ["sre"],
  users: ["U0REQ"],
  environments: ["production"],
  reviewWithinMs: 2 * DAY,
};

async function openWorld(changes: Parameters<typeof aPolicy>[0] = {}): Promise<void> {
  world = createWorld(aPolicy({ breakGlass: GLASS, ...changes }));
  await file();
}
beforeEach(() => openWorld());

const file = async (name = "web-1") => {
  const result = await filePlan(
    world.ports,
    world.asks("U0REQ"),
    planSource("toy.destroy", { name }),
  );
  if (!result.ok) throw new Error(result.refusal.code);
  return result.value.planId;
};
const plan = async (planId = "pl-1") => {
  const record = await world.plans.get(planId);
  if (record === null) throw new Error(`there is no ${planId}`);
  return record;
};

async function smash(userId: string, planId = "pl-1", reason = "the site is down") {
  const wish = { planId, planVersion: 1, reason, viewHash: null, viewFormat: null };
  const result = await breakGlass(world.ports, world.asks(userId), wish);
  return result.ok ? "accepted" : result.refusal.code;
}

async function lookedAt(userId: string, note = "it was right", planId = "pl-1") {
  const result = await reviewGlass(world.ports, world.asks(userId), { planId, note });
  return result.ok ? "accepted" : result.refusal.code;
}

function vote(userId: string, choice: "approve" | "reject") {
  const word = { planId: "pl-1", planVersion: 1, choice, reason: "no", viewHash: null } as const;
  return castVote(world.ports, world.asks(userId), word);
}

async function run(status: RunStatus, planId = "pl-1") {
  const record = await plan(planId);
  if (record.status !== "approved") throw new Error(`it is ${record.status}`);
  const { runId, hash } = record;
  const view = { ...aRunView(record.plan), runId, planId, planHash: hash, status };
  world.runs.put(view);
  return view;
}

describe("breaking the glass", () => {
  test("approves by one word, queues the run, tells everyone passed over, and opens a review", async () => {
    expect(await smash("U0ANN")).toBe("accepted");
    expect(await plan()).toMatchObject({
      status: "approved",
      verdict: { by: "break-glass", outcome: "approved", counted: [] },
      emergency: { userId: "U0ANN", reason: "the site is down", review: null },
    });
    expect(world.plans.queued).toHaveLength(1);
    expect(world.audit.kinds().slice(-2)).toEqual(["plan.glass-broken", "plan.approved"]);
    expect(world.audit.entries.at(-2)?.event).toMatchObject({ skipped: ["U0BOB", "U0CAT"] });
    const told = world.plans.notices.flatMap((notice) =>
      notice.kind === "glass-broken-private" ? [notice.userId] : [],
    );
    expect(told).toEqual(["U0BOB", "U0CAT", "U0REQ"]);
    expect(world.plans.notices).toContainEqual({ kind: "glass-broken", planId: "pl-1" });
  });

  test("is for those who are named alone, active, with a reason; its requester may be one", async () => {
    expect(await smash("U0DEV")).toBe("glass-not-yours");
    expect(await smash("U0ANN", "pl-1", "  ")).toBe("reason-missing");
    world.directory.refuse("U0ANN", "deactivated");
    expect(await smash("U0ANN")).toBe("not-a-member");
    expect((await plan()).status).toBe("awaiting-approval");
    expect(await smash("U0REQ")).toBe("accepted");
  });

  test("is for nobody where the configuration says nothing, or of another environment", async () => {
    await openWorld({ breakGlass: null });
    expect(await smash("U0ANN")).toBe("glass-not-yours");
    await openWorld({ breakGlass: { ...GLASS, environments: ["staging"] } });
    expect(await smash("U0ANN")).toBe("glass-not-yours");
  });

  test("goes through rejections that do not deny, and through nothing that is over", async () => {
    const policy = aPolicy({ breakGlass: GLASS });
    const { production } = policy.environments;
    if (production === undefined) throw new Error("no production");
    const { approval } = production;
    const destructive = { ...approval.destructive, denyAt: 2 };
    const patient = { ...production, approval: { ...approval, destructive } };
    await openWorld({ environments: { production: patient } });
    await vote("U0BOB", "reject");
    expect(await smash("U0ANN")).toBe("accepted");
    await openWorld();
    await vote("U0BOB", "reject");
    expect(await smash("U0ANN")).toBe("already-decided");
    await openWorld();
    world.clock.advance(5 * HOUR);
    expect(await smash("U0ANN")).toBe("expired");
    await openWorld();
    await withdrawPlan(world.ports, world.asks("U0REQ"), { planId: "pl-1", reason: null });
    expect(await smash("U0ANN")).toBe("already-decided");
  });

  test("stops at a freeze, unless the freeze yields to it", async () => {
    const now = world.clock.now();
    const freeze: FreezeWindow = {
      name: "holidays",
      environments: ["production"],
      risks: ["destructive"],
      reason: "nobody is there",
      breakGlass: false,
      when: { kind: "once", from: now - HOUR, until: now + HOUR },
    };
    await openWorld({ freezes: [freeze] });
    expect(await smash("U0ANN")).toBe("glass-frozen");
    await openWorld({ freezes: [{ ...freeze, breakGlass: true }] });
    expect(await smash("U0ANN")).toBe("accepted");
    expect(await checkStart(world.ports, await run("queued"), "start")).toMatchObject({ ok: true });
  });

  test("never goes through what a policy forbids, nor past the group that can't be asked", async () => {
    const forbid = { name: "never", match: {}, forbid: "not from Slack", terms: {} };
    world = createWorld(aPolicy({ breakGlass: GLASS }));
    await file();
    const ports = { ...world.ports, policy: { ...world.ports.policy, policies: [forbid] } };
    const wish = { planId: "pl-1", planVersion: 1, reason: "x", viewHash: null, viewFormat: null };
    expect(await breakGlass(ports, world.asks("U0ANN"), wish)).toMatchObject({
      refusal: { code: "forbidden" },
    });
    world.directory.takeDown({ id: "S0SRE" });
    expect(await smash("U0REQ")).toBe("directory-unavailable");
  });

  test("waits for the review of the last time, however many come at once", async () => {
    const others = [await file("b"), await file("c")];
    const answers = await Promise.all(["pl-1", ...others].map((planId) => smash("U0ANN", planId)));
    expect(answers.toSorted()).toEqual(["accepted", "review-open", "review-open"]);
    expect(await smash("U0BOB", others[0])).toBe("accepted");
  });
});

describe("the start of such a run", () => {
  test("needs no votes, but the person who broke the glass, still there and still named", async () => {
    await smash("U0ANN");
    const view = await run("queued");
    expect(await checkStart(world.ports, view, "start")).toMatchObject({ ok: true });
    world.directory.setGroup("S0SRE", ["U0BOB", "U0CAT"]);
    expect(await checkStart(world.ports, view, "start")).toMatchObject({
      refusal: { reasons: [expect.stringContaining("may not do that")] },
    });
    world.directory.setGroup("S0SRE", ["U0ANN"]);
    world.directory.refuse("U0ANN", "deactivated");
    expect(JSON.stringify(await checkStart(world.ports, view, "start"))).toContain("who broke");
  });
});

describe("the after-review", () => {
  test("is closed by somebody else who could have approved, once the run has ended", async () => {
    await smash("U0ANN");
    await run("running");
    expect(await lookedAt("U0BOB")).toBe("review-too-early");
    await run("completed");
    expect(await lookedAt("U0ANN")).toBe("own-glass");
    expect(await lookedAt("U0REQ")).toBe("self-review");
    expect(await lookedAt("U0DEV")).toBe("not-yours");
    expect(await lookedAt("U0BOB", " ")).toBe("reason-missing");
    expect(await lookedAt("U0BOB")).toBe("accepted");
    expect(await lookedAt("U0CAT")).toBe("already-reviewed");
    expect(world.audit.entries.map(({ event }) => event)).toContainEqual(
      expect.objectContaining({ kind: "plan.reviewed", brokenBy: "U0ANN", note: "it was right" }),
    );
    expect(await world.plans.openReviews("T0ACME")).toEqual([]);
    expect(await smash("U0ANN", await file("again"))).toBe("accepted");
  });

  test("that is overdue is remembered once a day until it is closed", async () => {
    await smash("U0ANN");
    await run("completed");
    world.clock.advance(2 * DAY - 1);
    expect(await remindReviews(world.ports)).toBe(0);
    world.clock.advance(1);
    expect(await remindReviews(world.ports)).toBe(1);
    expect(await remindReviews(world.ports)).toBe(0);
    world.clock.advance(DAY);
    expect(await remindReviews(world.ports)).toBe(1);
    expect(await lookedAt("U0BOB")).toBe("accepted");
    world.clock.advance(DAY);
    expect(await remindReviews(world.ports)).toBe(0);
  });

  test("of a plan whose glass nobody broke is refused", async () => {
    expect(await lookedAt("U0BOB")).toBe("nothing-to-review");
  });
});

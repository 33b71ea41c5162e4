// One named person acts without the quorum, and somebody else looks at it afterwards.

import { beforeEach, describe, expect, test } from "vitest";
import { aPolicy } from "#test/builders/a-policy.ts";
import { GLASS, openGlassWorld } from "#test/builders/glass-world.ts";
import type { GlassWorld } from "#test/builders/glass-world.ts";
import type { FreezeWindow, Policy } from "./policy.ts";
import { remindReviews } from "./review-glass.ts";
import { checkStart } from "./start-check.ts";
import { withdrawPlan } from "./withdraw-plan.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
let world: GlassWorld;

async function openWorld(changes: Partial<Policy> = {}): Promise<void> {
  world = await openGlassWorld(changes);
}
beforeEach(() => openWorld());

describe("breaking the glass", () => {
  test("approves by one word, queues the run, tells everyone passed over, and opens a review", async () => {
    expect(await world.smash("U0ANN")).toBe("accepted");
    expect(await world.plan()).toMatchObject({
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
    expect(await world.smash("U0DEV")).toBe("glass-not-yours");
    expect(await world.smash("U0ANN", { reason: "  " })).toBe("reason-missing");
    world.directory.refuse("U0ANN", "deactivated");
    expect(await world.smash("U0ANN")).toBe("not-a-member");
    expect((await world.plan()).status).toBe("awaiting-approval");
    expect(await world.smash("U0REQ")).toBe("accepted");
  });

  test("is for nobody where the configuration says nothing, or of another environment", async () => {
    await openWorld({ breakGlass: null });
    expect(await world.smash("U0ANN")).toBe("glass-not-yours");
    await openWorld({ breakGlass: { ...GLASS, environments: ["staging"] } });
    expect(await world.smash("U0ANN")).toBe("glass-not-yours");
  });

  test("goes through rejections that do not deny, and through nothing that is over", async () => {
    const policy = aPolicy({ breakGlass: GLASS });
    const { production } = policy.environments;
    if (production === undefined) throw new Error("no production");
    const { approval } = production;
    const destructive = { ...approval.destructive, denyAt: 2 };
    const patient = { ...production, approval: { ...approval, destructive } };
    await openWorld({ environments: { production: patient } });
    await world.vote("U0BOB", "reject");
    expect(await world.smash("U0ANN")).toBe("accepted");
    await openWorld();
    await world.vote("U0BOB", "reject");
    expect(await world.smash("U0ANN")).toBe("already-decided");
    await openWorld();
    world.clock.advance(5 * HOUR);
    expect(await world.smash("U0ANN")).toBe("expired");
    await openWorld();
    await withdrawPlan(world.ports, world.asks("U0REQ"), { planId: "pl-1", reason: null });
    expect(await world.smash("U0ANN")).toBe("already-decided");
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
    expect(await world.smash("U0ANN")).toBe("glass-frozen");
    await openWorld({ freezes: [{ ...freeze, breakGlass: true }] });
    expect(await world.smash("U0ANN")).toBe("accepted");
    expect(await checkStart(world.ports, await world.run("queued"), "start")).toMatchObject({
      ok: true,
    });
  });

  test("never goes through what a policy forbids, nor past the group that can't be asked", async () => {
    const forbid = { name: "never", match: {}, forbid: "not from Slack", terms: {} };
    const ports = world.under({ policies: [forbid] });
    expect(await world.smash("U0ANN", {}, { ports })).toBe("forbidden");
    world.directory.takeDown({ id: "S0SRE" });
    expect(await world.smash("U0REQ")).toBe("directory-unavailable");
  });

  test("waits for the review of the last time, however many come at once", async () => {
    const others = [await world.file("b"), await world.file("c")];
    const answers = await Promise.all(
      ["pl-1", ...others].map((planId) => world.smash("U0ANN", { planId })),
    );
    expect(answers.toSorted()).toEqual(["accepted", "review-open", "review-open"]);
    expect(await world.smash("U0BOB", { planId: others[0] ?? "" })).toBe("accepted");
  });

  test("by the same person's second click, which read the plan before the first one had it, is one more word for the same", async () => {
    const { plans } = world.ports;
    const before = await world.plan();
    let reads = 0;
    const second = {
      ...world.ports,
      plans: { ...plans, get: async (id: string) => ((reads += 1) === 1 ? before : plans.get(id)) },
    };
    expect(await world.smash("U0ANN")).toBe("accepted");
    expect(await world.smash("U0ANN", {}, { ports: second })).toBe("accepted");
    expect(reads).toBeGreaterThan(1);
    expect(world.plans.queued).toHaveLength(1);
  });
});

describe("the start of such a run", () => {
  test("needs no votes, but the person who broke the glass, still there and still named", async () => {
    await world.smash("U0ANN");
    const view = await world.run("queued");
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
    await world.smash("U0ANN");
    await world.run("running");
    expect(await world.review("U0BOB")).toBe("review-too-early");
    await world.run("completed");
    expect(await world.review("U0ANN")).toBe("own-glass");
    expect(await world.review("U0REQ")).toBe("self-review");
    expect(await world.review("U0DEV")).toBe("not-yours");
    expect(await world.review("U0BOB", " ")).toBe("reason-missing");
    expect(await world.review("U0BOB")).toBe("accepted");
    expect(await world.review("U0CAT")).toBe("already-reviewed");
    expect(world.audit.entries.map(({ event }) => event)).toContainEqual(
      expect.objectContaining({ kind: "plan.reviewed", brokenBy: "U0ANN", note: "it was right" }),
    );
    expect(await world.plans.openReviews("T0ACME")).toEqual([]);
    expect(await world.smash("U0ANN", { planId: await world.file("again") })).toBe("accepted");
  });

  test("that is overdue is remembered once a day until it is closed", async () => {
    await world.smash("U0ANN");
    await world.run("completed");
    world.clock.advance(2 * DAY - 1);
    expect(await remindReviews(world.ports)).toBe(0);
    world.clock.advance(1);
    expect(await remindReviews(world.ports)).toBe(1);
    expect(await remindReviews(world.ports)).toBe(0);
    world.clock.advance(DAY);
    expect(await remindReviews(world.ports)).toBe(1);
    expect(await world.review("U0BOB")).toBe("accepted");
    world.clock.advance(DAY);
    expect(await remindReviews(world.ports)).toBe(0);
  });

  test("of a plan whose glass nobody broke is refused", async () => {
    expect(await world.review("U0BOB")).toBe("nothing-to-review");
  });
});

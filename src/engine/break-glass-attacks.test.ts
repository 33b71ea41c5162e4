// Ways round the quorum by way of the broken glass, and round its review: each is refused, and whatever is refused is
// in the audit log.

import { beforeEach, describe, expect, test } from "vitest";
import { aClause, aPolicy, aRule } from "#test/builders/a-policy.ts";
import { planSource } from "#test/builders/engine-world.ts";
import { GLASS, openGlassWorld } from "#test/builders/glass-world.ts";
import type { GlassWorld } from "#test/builders/glass-world.ts";
import { delegate } from "./delegate.ts";
import { editPlan } from "./edit-plan.ts";
import { expirePlans } from "./expire-plans.ts";
import { spendPlan } from "./plan-life.ts";
import { checkStart } from "./start-check.ts";
import { supersedePlan } from "./supersede-plan.ts";
import { withdrawPlan } from "./withdraw-plan.ts";

const HOUR = 3_600_000;
let world: GlassWorld;

beforeEach(async () => {
  world = await openGlassWorld();
  world.directory.setGroup("S0DEV", ["U0ANN", "U0CAT"]);
});

const refusals = () =>
  world.audit.entries.flatMap(({ event }) => (event.kind === "refused" ? [event.code] : []));
const queued = () => world.plans.queued.length;
const brokenTimes = () => world.audit.kinds().filter((kind) => kind === "plan.glass-broken").length;
const lend = (from: string, to: string) =>
  delegate(world.ports, world.asks(from), {
    toUserId: to,
    until: world.clock.now() + HOUR,
  });
const edit = (userId: string, name: string) =>
  editPlan(world.ports, world.asks(userId), {
    planId: "pl-1",
    fromVersion: 1,
    ...planSource("toy.destroy", { name }),
  });

const spend = () =>
  world.plans.change("pl-1", (record) => {
    const spent = spendPlan(record, world.clock.now());
    if (!spent.ok) throw new Error(spent.refusal.code);
    return { change: { record: spent.value, events: [], notices: [] }, answer: null };
  });

describe("the glass is not broken by", () => {
  test.each([
    ["a guest", "guest"],
    ["somebody of another workspace", "stranger"],
    ["a bot", "bot"],
    ["somebody who was deactivated", "deactivated"],
    ["somebody who moved to another workspace", "other-workspace"],
    ["nobody Slack knows", "not-found"],
  ] as const)("%s, though their group is named", async (_who, reason) => {
    world.directory.refuse("U0ANN", reason);
    expect(await world.smash("U0ANN")).toBe("not-a-member");
    expect(refusals()).toEqual(["not-a-member"]);
    expect([queued(), (await world.plan()).status]).toEqual([0, "awaiting-approval"]);
  });

  test("the same id in another workspace, which learns nothing of the plan", async () => {
    const asker = { teamId: "T0OTHER" };
    expect(await world.smash("U0ANN", {}, { asker })).toBe("plan-not-found");
    await world.smash("U0ANN");
    expect(await world.smash("U0ANN", {}, { asker })).toBe("plan-not-found");
  });

  test("a requester, an approver or an editor who is not named", async () => {
    const ports = world.under({ breakGlass: { ...GLASS, groups: [], users: ["U0CAT"] } });
    expect(await edit("U0ANN", "web-2")).toMatchObject({ ok: true });
    for (const userId of ["U0REQ", "U0ANN", "U0BOB"])
      expect(await world.smash(userId, { planVersion: 2 }, { ports })).toBe("glass-not-yours");
    expect(await world.smash("U0CAT", { planVersion: 2 }, { ports })).toBe("accepted");
  });

  test("somebody to whom one who is named has handed their say", async () => {
    expect(await lend("U0ANN", "U0DEV")).toMatchObject({ ok: true });
    expect(await world.smash("U0DEV")).toBe("glass-not-yours");
  });

  test("anybody while Slack can't be asked who they are, or who is in the group that is named", async () => {
    world.directory.takeDown({ id: "U0ANN" });
    expect(await world.smash("U0ANN")).toBe("directory-unavailable");
    world.directory.bringBack();
    world.directory.takeDown({ id: "S0SRE" });
    expect(await world.smash("U0ANN")).toBe("directory-unavailable");
    expect(queued()).toBe(0);
  });

  test("anybody for what its requester may not ask for any more, there or at all", async () => {
    const { production } = aPolicy().environments;
    if (production === undefined) throw new Error("no production");
    const environments = { production: { ...production, allow: [] } };
    const withoutRights = world.under({ environments });
    expect(await world.smash("U0ANN", {}, { ports: withoutRights })).toBe("operation-not-allowed");
    const elsewhere = world.under({ channels: ["C0OTHER"] });
    expect(await world.smash("U0ANN", {}, { ports: elsewhere })).toBe("channel-not-allowed");
    expect(queued()).toBe(0);
  });

  test("anybody where the plan takes a passkey, unless the configuration lets it go without", async () => {
    const passkey = aRule([aClause(2, "sre")], { stepUp: "webauthn" });
    const { production } = aPolicy().environments;
    if (production === undefined) throw new Error("no production");
    const approval = { ...production.approval, destructive: passkey };
    const environments = { production: { ...production, approval } };
    // By the rule it was filed under, and by the one in force.
    const ports = world.under({ environments });
    expect(await world.smash("U0ANN", {}, { ports })).toBe("glass-passkey");
    await world.smash("U0ANN");
    expect(await checkStart(ports, await world.run("queued"), "start")).toMatchObject({
      refusal: { reasons: [expect.stringContaining("passkey")] },
    });
    world = await openGlassWorld({ environments });
    const lenient = world.under({ environments: aPolicy().environments });
    expect(await world.smash("U0ANN", {}, { ports: lenient })).toBe("glass-passkey");
    const breakGlass = { ...GLASS, withoutPasskey: true };
    world = await openGlassWorld({ environments, breakGlass });
    expect(await world.smash("U0ANN")).toBe("accepted");
  });
});

describe("what runs is what was broken into", () => {
  test("a plan edited after the window was opened is not started by it", async () => {
    expect(await edit("U0REQ", "everything")).toMatchObject({ ok: true });
    expect(await world.smash("U0ANN")).toBe("stale-version");
    expect([queued(), brokenTimes()]).toEqual([0, 0]);
    expect(await world.smash("U0ANN", { planVersion: 2 })).toBe("accepted");
  });

  test("an edit at the same moment and the glass never both count", async () => {
    const [broken, edited] = await Promise.all([world.smash("U0ANN"), edit("U0REQ", "all")]);
    expect([broken === "accepted", edited.ok].filter(Boolean)).toHaveLength(1);
    expect(await edit("U0REQ", "later")).toMatchObject({ ok: false });
  });

  test("a run with other steps or another hash than the plan's is held", async () => {
    await world.smash("U0ANN");
    const view = await world.run("queued");
    const [step, ...rest] = view.plan.steps;
    if (step === undefined) throw new Error("no steps");
    const other = { ...view.plan, steps: [{ ...step, with: { name: "other" } }, ...rest] };
    for (const changed of [
      { ...view, plan: other },
      { ...view, planHash: "0".repeat(64) },
      { ...view, runId: "run-other" },
    ])
      expect(await checkStart(world.ports, changed, "start")).toMatchObject({ ok: false });
    expect(await checkStart(world.ports, view, "start")).toMatchObject({ ok: true });
  });

  test("before a destructive stage the person is asked about again", async () => {
    await world.smash("U0ANN");
    const view = await world.run("running");
    await spend();
    const look = (ports = world.ports) => checkStart(ports, view, "destructive-stage");
    expect(await look()).toMatchObject({ ok: true });
    for (const breakGlass of [null, { ...GLASS, groups: [] }])
      expect(await look(world.under({ breakGlass }))).toMatchObject({ ok: false });
    world.directory.takeDown({ id: "U0ANN" });
    await expect(look()).rejects.toThrow("did not answer");
    world.directory.bringBack();
    world.directory.refuse("U0ANN", "deactivated");
    expect(await look()).toMatchObject({ ok: false });
  });
});

describe("once is once", () => {
  test("a double click starts one run and tells everyone once", async () => {
    const clicks = Array.from({ length: 8 }, () => world.smash("U0ANN"));
    expect(await Promise.all(clicks)).toEqual(clicks.map(() => "accepted"));
    expect([queued(), brokenTimes()]).toEqual([1, 1]);
    const told = world.plans.notices.filter(({ kind }) => kind === "glass-broken-private");
    expect(told).toHaveLength(3);
  });

  test("of two people who break it at the same moment one does, and one review is open", async () => {
    const answers = await Promise.all(["U0ANN", "U0BOB"].map((userId) => world.smash(userId)));
    expect(answers.toSorted()).toEqual(["accepted", "already-decided"]);
    expect([queued(), brokenTimes()]).toEqual([1, 1]);
    expect(await world.plans.openReviews("T0ACME")).toHaveLength(1);
  });

  test("a request that is sent again after the plan was spent starts nothing", async () => {
    await world.smash("U0ANN");
    await spend();
    expect(await world.smash("U0ANN")).toBe("accepted");
    expect(await world.smash("U0BOB")).toBe("already-decided");
    expect([queued(), brokenTimes()]).toEqual([1, 1]);
    expect(refusals()).toEqual(["already-decided"]);
  });

  test("a rejection at the same moment and the glass never both count", async () => {
    const [broken, rejected] = await Promise.all([
      world.smash("U0ANN"),
      world.vote("U0BOB", "reject"),
    ]);
    expect([broken, rejected].filter((answer) => answer === "accepted")).toHaveLength(1);
    expect(queued()).toBe(broken === "accepted" ? 1 : 0);
  });
});

describe("the review stays open", () => {
  const isBarred = async () => {
    expect(await world.smash("U0ANN", { planId: await world.file("next") })).toBe("review-open");
  };

  test("when the plan is withdrawn before it starts", async () => {
    await world.smash("U0ANN");
    await withdrawPlan(world.ports, world.asks("U0REQ"), { planId: "pl-1", reason: null });
    expect((await world.plan()).status).toBe("withdrawn");
    await isBarred();
  });

  test("when its time to start runs out", async () => {
    await world.smash("U0ANN");
    world.clock.advance(2 * HOUR);
    await expirePlans(world.ports);
    expect((await world.plan()).status).toBe("expired");
    await isBarred();
  });

  test("when another plan takes its place, which needs its own approvals", async () => {
    await world.smash("U0ANN");
    const request = planSource("toy.destroy", { name: "other" });
    const filed = await supersedePlan(world.ports, world.asks("U0REQ"), {
      planId: "pl-1",
      request,
    });
    if (!filed.ok) throw new Error(filed.refusal.code);
    const next = await world.plan(filed.value.planId);
    expect(next).toMatchObject({ status: "awaiting-approval", emergency: null });
    await isBarred();
  });

  test("for whoever decides in the place of the one who broke it, its requester or an editor", async () => {
    expect(await edit("U0CAT", "web-2")).toMatchObject({ ok: true });
    await world.smash("U0ANN", { planVersion: 2 });
    await world.run("completed");
    for (const from of ["U0ANN", "U0REQ", "U0CAT"]) {
      await lend(from, "U0DEV");
      expect([from, await world.review("U0DEV")]).toEqual([from, "not-yours"]);
    }
    expect(await world.review("U0CAT")).toBe("not-yours");
    expect(await world.review("U0ANN")).toBe("own-glass");
    await isBarred();
    await lend("U0BOB", "U0DEV");
    expect(await world.review("U0DEV")).toBe("accepted");
  });

  test("for a guest, for somebody deactivated, and while Slack can't be asked", async () => {
    await world.smash("U0ANN");
    await world.run("completed");
    world.directory.refuse("U0BOB", "guest");
    expect(await world.review("U0BOB")).toBe("not-a-member");
    world.directory.takeDown({ id: "S0SRE" });
    expect(await world.review("U0CAT")).toBe("directory-unavailable");
    world.directory.bringBack();
    await isBarred();
    expect(await world.review("U0CAT")).toBe("accepted");
  });

  test("is closed once, however many say so at the same moment", async () => {
    await world.smash("U0ANN");
    await world.run("completed");
    const answers = await Promise.all(["U0BOB", "U0CAT"].map((userId) => world.review(userId)));
    expect(answers.toSorted()).toEqual(["accepted", "already-reviewed"]);
  });
});

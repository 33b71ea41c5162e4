import { beforeEach, expect, test } from "vitest";
import { aClause, anEnvironment, aPolicy, aRule } from "#test/builders/a-policy.ts";
import { createWorld, planSource } from "#test/builders/engine-world.ts";
import type { World } from "#test/builders/engine-world.ts";
import { castVote } from "./cast-vote.ts";
import { delegate } from "./delegate.ts";
import { filePlan } from "./file-plan.ts";
import type { ApprovalRule } from "./policy.ts";
import { waitingPlans } from "./waiting-plans.ts";

let world: World;
beforeEach(() => {
  world = createWorld();
});

async function file(name: string, userId = "U0REQ", uses = "toy.destroy"): Promise<string> {
  const filed = await filePlan(world.ports, world.asks(userId), planSource(uses, { name }));
  if (!filed.ok) throw new Error(`the plan was not filed: ${filed.refusal.code}`);
  return filed.value.planId;
}

async function seenBy(userId: string) {
  const { theirs, others } = await waitingPlans(world.ports, { teamId: "T0ACME", userId });
  const ids = (plans: typeof theirs) => plans.map(({ record }) => record.id);
  return { theirs: ids(theirs), others: ids(others) };
}

async function approve(planId: string, userId: string): Promise<void> {
  const vote = { planId, planVersion: 1, reason: null, viewHash: null };
  const voted = await castVote(world.ports, world.asks(userId), { ...vote, choice: "approve" });
  if (!voted.ok) throw new Error(`the vote was refused: ${voted.refusal.code}`);
}

/** A world in which what destroys is approved under other terms. */
function under(terms: Partial<ApprovalRule>, require = [aClause(2, "sre")]): World {
  const approval = { ...anEnvironment().approval, destructive: aRule(require, terms) };
  return createWorld(aPolicy({ environments: { production: anEnvironment({ approval }) } }));
}

test("what a person could approve comes first, each list with the oldest clock first", async () => {
  world.directory.setGroup("S0SRE", ["U0ANN", "U0BOB", "U0CAT", "U0DEV"]);
  const first = await file("a");
  world.clock.advance(1000);
  const own = await file("b", "U0DEV");
  world.clock.advance(1000);
  const last = await file("c");
  expect(await seenBy("U0DEV")).toEqual({ theirs: [first, last], others: [own] });
  expect(await seenBy("U0ANN")).toEqual({ theirs: [first, own, last], others: [] });
});

test("nothing waits for its requester, for people outside its circle, or for who has approved it", async () => {
  const planId = await file("a");
  await approve(planId, "U0ANN");
  for (const userId of ["U0REQ", "U0DEV", "U0ANN", "U0NOBODY"])
    expect(await seenBy(userId)).toEqual({ theirs: [], others: [planId] });
  expect(await seenBy("U0BOB")).toEqual({ theirs: [planId], others: [] });
});

test("nothing waits for who could fill no open place any more", async () => {
  world = under({}, [aClause(1, "sre"), aClause(1, "developers")]);
  const planId = await file("a");
  expect((await seenBy("U0CAT")).theirs).toEqual([planId]);
  await approve(planId, "U0ANN");
  expect((await seenBy("U0CAT")).theirs).toEqual([]);
  expect((await seenBy("U0DEV")).theirs).toEqual([planId]);
});

test("silent co-approvers see what they could approve although nobody pings them", async () => {
  world = under({ silent: { groups: [], users: ["U0QUIET"] } });
  const planId = await file("a");
  expect((await seenBy("U0QUIET")).theirs).toEqual([planId]);
});

test("whoever votes in another's place sees what waits for them, and a guest sees nothing of theirs", async () => {
  const planId = await file("a");
  const made = await delegate(world.ports, world.asks("U0ANN"), {
    toUserId: "U0DEV",
    until: world.clock.now() + 60_000,
  });
  expect(made.ok).toBe(true);
  expect((await seenBy("U0DEV")).theirs).toEqual([planId]);
  world.directory.refuse("U0BOB", "guest");
  expect((await seenBy("U0BOB")).theirs).toEqual([]);
});

test("what has run out of time waits for nobody, even before anybody swept it up", async () => {
  await file("a");
  world.clock.advance(5 * 3_600_000);
  expect(await seenBy("U0ANN")).toEqual({ theirs: [], others: [] });
});

test("what waits in a freeze says which one, and what does not is left alone", async () => {
  const frozen = {
    name: "weekends",
    reason: "Nobody is there.",
    environments: ["production"],
    risks: ["destructive"] as const,
    breakGlass: false,
    when: { kind: "once", from: 0, until: world.clock.now() + 60_000 } as const,
  };
  world = createWorld(aPolicy({ freezes: [frozen] }));
  await file("web-1");
  await file("web-2", "U0REQ", "toy.change");
  const { theirs } = await waitingPlans(world.ports, { teamId: "T0ACME", userId: "U0ANN" });
  const shown = new Map(theirs.map(({ record, freeze }) => [record.plan.risk, freeze?.name]));
  expect(Object.fromEntries(shown)).toEqual({ destructive: "weekends", modify: undefined });
});

// Who could approve a plan and who can't: what is said of each person is what a vote of theirs would meet.

import { beforeEach, describe, expect, it } from "vitest";
import { aClause, aGroup, anEnvironment, aPolicy, aRule } from "#test/builders/a-policy.ts";
import { createWorld, planSource } from "#test/builders/engine-world.ts";
import type { World } from "#test/builders/engine-world.ts";
import { castVote } from "./cast-vote.ts";
import { delegate } from "./delegate.ts";
import { explainApprovers } from "./explain-approvers.ts";
import { filePlan } from "./file-plan.ts";
import type { ApprovalRule, Policy } from "./policy.ts";

const HOUR = 3_600_000;
const clauses = [
  { ...aClause(1, "dba") },
  { ...aClause(1, "sre"), except: { groups: [], users: ["U0OLD"] } },
];

function policyWith(rule: Partial<ApprovalRule> = {}, changes: Partial<Policy> = {}): Policy {
  const destructive = aRule(clauses, { policies: ["production/destructive"], ...rule });
  const { approval } = anEnvironment();
  return aPolicy({
    groups: {
      ...aPolicy().groups,
      dba: aGroup("dba", { userIds: ["U0DBA", "U0ANN"] }),
    },
    environments: { production: anEnvironment({ approval: { ...approval, destructive } }) },
    ...changes,
  });
}

let world: World;
beforeEach(() => {
  world = createWorld(policyWith());
  world.directory.setGroup("S0SRE", ["U0ANN", "U0BOB", "U0CAT", "U0GUEST", "U0OLD", "U0REQ"]);
  world.directory.refuse("U0GUEST", "guest");
});

async function filed() {
  const answer = await filePlan(world.ports, world.asks("U0REQ"), planSource());
  if (!answer.ok) throw new Error(answer.refusal.code);
}

async function approve(userId: string): Promise<boolean> {
  const vote = { planId: "pl-1", planVersion: 1, choice: "approve", reason: null } as const;
  return (await castVote(world.ports, world.asks(userId), { ...vote, viewHash: null })).ok;
}

async function explained(viewerId: string | null = null) {
  const record = await world.ports.plans.get("pl-1");
  if (record === null) throw new Error("no plan");
  return explainApprovers(world.ports, record, viewerId);
}

async function said(viewerId: string | null = null): Promise<readonly string[]> {
  const { people } = await explained(viewerId);
  return people.map(({ userId, say, detail }) => `${userId} ${say}: ${detail}`);
}

describe("of each person it is said", () => {
  it("whether they could approve and for what, or why they can't", async () => {
    await filed();
    expect(await said()).toEqual([
      "U0ANN could: for dba and sre",
      "U0BOB could: for sre",
      "U0CAT could: for sre",
      "U0DBA could: for dba",
      "U0REQ cannot: they asked for the plan",
      "U0GUEST cannot: they are a guest of the workspace",
      "U0OLD cannot: the policy leaves out @U0OLD",
    ]);
  });

  it("for which clause their approval counts, and that what others could fill is filled", async () => {
    await filed();
    expect(await approve("U0BOB")).toBe(true);
    expect(await said()).toEqual([
      "U0ANN could: for dba and sre",
      "U0DBA could: for dba",
      "U0BOB counts: has approved, for sre",
      "U0REQ cannot: they asked for the plan",
      "U0CAT cannot: what they could fill (sre) is filled already",
      "U0GUEST cannot: they are a guest of the workspace",
      "U0OLD cannot: the policy leaves out @U0OLD",
    ]);
  });

  it("first of whoever asks, also when they are in none of its groups", async () => {
    await filed();
    expect((await said("U0DEV"))[0]).toBe("U0DEV cannot: they are not in dba or sre");
    expect((await said("U0REQ"))[0]).toBe("U0REQ cannot: they asked for the plan");
  });

  it("that they left the group or the workspace since they voted", async () => {
    await filed();
    await approve("U0BOB");
    world.directory.setGroup("S0SRE", ["U0ANN", "U0CAT"]);
    expect(await said()).toContain("U0BOB cannot: they are no longer in sre");
    world.directory.refuse("U0BOB", "deactivated");
    expect(await said()).toContain("U0BOB cannot: they are deactivated");
  });

  it("that Slack could not be asked about them, which is no approval", async () => {
    await filed();
    world.directory.takeDown({ id: "U0DBA" });
    expect(await said()).toContain("U0DBA unknown: Slack could not be asked about them just now");
  });

  it("what the filter makes of them", async () => {
    world = createWorld(
      policyWith({ require: [{ ...aClause(1, "sre"), filter: 'person.id != "U0CAT"' }] }),
    );
    await filed();
    expect(await said()).toContain("U0CAT cannot: the policy's filter leaves them out");
  });

  it("in whose place they stand, and when that does not count", async () => {
    const until = world.clock.now() + HOUR;
    await delegate(world.ports, world.asks("U0DBA"), { toUserId: "U0DEV", until });
    await filed();
    expect(await said()).toContain("U0DEV could: for dba, in the place of @U0DBA");
    expect(await said()).toContain("U0DBA could: for dba, unless @U0DEV decides in their place");
    expect(await approve("U0DBA")).toBe(true);
    expect(await said()).toContain(
      "U0DEV cannot: @U0DBA, in whose place they would decide, has voted",
    );
  });
});

describe("of the plan it is said", () => {
  it("which freeze is on, until it is over", async () => {
    const now = createWorld().clock.now();
    const freeze = {
      name: "audit",
      environments: ["production"],
      risks: ["destructive" as const],
      reason: "Auditors.",
      breakGlass: false,
      when: { kind: "once" as const, from: now, until: now + HOUR },
    };
    world = createWorld(policyWith({}, { freezes: [freeze] }));
    world.directory.setGroup("S0SRE", ["U0ANN", "U0BOB"]);
    await filed();
    expect((await explained()).freeze).toMatchObject({ name: "audit", until: now + HOUR });
    world.clock.advance(HOUR);
    expect((await explained()).freeze).toBeNull();
  });

  it("that it is widened, and that the configuration is another one now", async () => {
    world = createWorld(
      policyWith({ widen: { groups: ["developers"], users: [], afterMs: HOUR } }),
    );
    world.directory.setGroup("S0SRE", ["U0ANN", "U0BOB"]);
    await filed();
    expect(await explained()).toMatchObject({ widened: false, policyChanged: false });
    expect(await said()).not.toContainEqual(expect.stringMatching(/^U0DEV/));
    world.clock.advance(HOUR);
    expect(await explained()).toMatchObject({ widened: true });
    expect(await said()).toContain("U0DEV could: for dba and sre");
    const record = await world.ports.plans.get("pl-1");
    if (record === null) throw new Error("no plan");
    const policy = { ...world.ports.policy, version: "policy-2" };
    const later = await explainApprovers({ ...world.ports, policy }, record, null);
    expect(later.policyChanged).toBe(true);
  });

  it("nothing about people once it is decided or its time is over", async () => {
    await filed();
    world.clock.advance(5 * HOUR);
    expect(await explained()).toMatchObject({ people: [], verdict: { outcome: "expired" } });
  });
});

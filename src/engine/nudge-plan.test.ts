// The requester has those who could approve reminded.

import { beforeEach, expect, test } from "vitest";
import { aClause, anEnvironment, aPolicy, aRule } from "#test/builders/a-policy.ts";
import { createWorld, planSource } from "#test/builders/engine-world.ts";
import type { World } from "#test/builders/engine-world.ts";
import { castVote } from "./cast-vote.ts";
import { expirePlans } from "./expire-plans.ts";
import { filePlan } from "./file-plan.ts";
import { nudgePlan } from "./nudge-plan.ts";
import { NUDGE_EVERY_MS } from "./plan-life.ts";

let world: World;

beforeEach(async () => {
  world = createWorld();
  await filePlan(world.ports, world.asks("U0REQ"), planSource());
});

async function nudge(userId: string): Promise<string> {
  const result = await nudgePlan(world.ports, world.asks(userId), "pl-1");
  return result.ok ? "accepted" : result.refusal.code;
}

test("a nudge reminds those who could still approve, and is in the log", async () => {
  const vote = { planId: "pl-1", planVersion: 1, choice: "approve", reason: null } as const;
  await castVote(world.ports, world.asks("U0ANN"), { ...vote, viewHash: null });
  expect(await nudge("U0REQ")).toBe("accepted");
  expect(world.plans.notices.at(-1)).toEqual({
    kind: "plan-reminder",
    planId: "pl-1",
    people: ["U0BOB", "U0CAT"],
  });
  expect(world.audit.entries.at(-1)).toMatchObject({
    actor: { kind: "person", userId: "U0REQ" },
    event: { kind: "plan.nudged", people: ["U0BOB", "U0CAT"] },
  });
});

test("a nudge mentions nobody who is not to be disturbed, and says that somebody is left", async () => {
  const silent = { groups: [], users: ["U0BOB", "U0CAT", "U0SUE"] };
  const production = anEnvironment({
    approval: {
      ...anEnvironment().approval,
      destructive: aRule([aClause(2, "sre")], { silent }),
    },
  });
  world = createWorld(aPolicy({ environments: { production } }));
  await filePlan(world.ports, world.asks("U0REQ"), planSource());
  const nudged = await nudgePlan(world.ports, world.asks("U0REQ"), "pl-1");
  expect(nudged).toEqual({ ok: true, value: { people: ["U0ANN"], silent: 3 } });
  expect(world.plans.notices.at(-1)).toMatchObject({ kind: "plan-reminder", people: ["U0ANN"] });
});

test("a plan is nudged at most once in ten minutes, and not right after a reminder", async () => {
  expect(await nudge("U0REQ")).toBe("accepted");
  world.clock.advance(NUDGE_EVERY_MS - 1);
  expect(await nudge("U0REQ")).toBe("nudged-lately");
  world.clock.advance(1);
  expect(await nudge("U0REQ")).toBe("accepted");
  world.clock.advance(2 * NUDGE_EVERY_MS);
  expect(await expirePlans(world.ports)).toBe(1);
  expect(await nudge("U0REQ")).toBe("nudged-lately");
});

test("a nudge is the requester's alone, while the plan waits", async () => {
  expect(await nudge("U0ANN")).toBe("not-yours");
  world.clock.advance(4 * 3_600_000);
  expect(await nudge("U0REQ")).toBe("expired");
  expect(world.plans.notices.map(({ kind }) => kind)).not.toContain("plan-reminder");
});

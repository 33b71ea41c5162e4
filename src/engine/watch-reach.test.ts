// That too few people are left who could approve a waiting plan is said once, and that there are enough again.

import { beforeEach, expect, test } from "vitest";
import { createWorld, planSource } from "#test/builders/engine-world.ts";
import type { World } from "#test/builders/engine-world.ts";
import { filePlan } from "./file-plan.ts";
import { watchReach } from "./watch-reach.ts";

const TEAM = "T0ACME";
let world: World;

beforeEach(async () => {
  world = createWorld();
  await filePlan(world.ports, world.asks("U0REQ"), planSource());
});

const watch = () => watchReach(world.ports, TEAM);
const said = () => world.audit.kinds().filter((kind) => /reachable/.test(kind));

test("nothing is said while enough people are left", async () => {
  world.directory.refuse("U0CAT", "deactivated");
  expect(await watch()).toBe(0);
  expect(said()).toEqual([]);
});

test("too few people are announced once, in the thread and to the requester, with who is left", async () => {
  world.directory.setGroup("S0SRE", ["U0ANN"]);
  const before = world.plans.notices.length;
  expect(await watch()).toBe(1);
  expect(await watch()).toBe(0);
  expect(world.audit.entries.at(-1)).toMatchObject({
    actor: { kind: "system", part: "sweeper" },
    event: {
      kind: "plan.unreachable",
      version: 1,
      explanation: expect.stringMatching(/only @U0ANN could/) as string,
    },
  });
  expect(world.plans.notices.slice(before)).toEqual([
    { kind: "plan-card", planId: "pl-1" },
    { kind: "plan-reach", planId: "pl-1" },
    { kind: "reach-private", planId: "pl-1", userId: "U0REQ" },
  ]);
  expect(await world.plans.get("pl-1")).toMatchObject({ unreachableSince: world.clock.now() });
});

test("enough people again are announced once, and too few after that again", async () => {
  world.directory.setGroup("S0SRE", ["U0ANN"]);
  await watch();
  world.directory.setGroup("S0SRE", ["U0ANN", "U0BOB"]);
  expect(await watch()).toBe(1);
  expect(await watch()).toBe(0);
  expect(await world.plans.get("pl-1")).toMatchObject({ unreachableSince: null });
  world.directory.refuse("U0BOB", "guest");
  expect(await watch()).toBe(1);
  expect(said()).toEqual(["plan.unreachable", "plan.reachable", "plan.unreachable"]);
});

test("Slack that can't be asked is neither too few people nor enough", async () => {
  world.directory.takeDown("everything");
  expect(await watch()).toBe(0);
  world.directory.bringBack();
  world.directory.setGroup("S0SRE", ["U0ANN"]);
  await watch();
  world.directory.takeDown("everything");
  expect(await watch()).toBe(0);
  expect(said()).toEqual(["plan.unreachable"]);
});

test("a plan whose time is over is left alone", async () => {
  world.directory.setGroup("S0SRE", []);
  world.clock.advance(4 * 3_600_000);
  expect(await watch()).toBe(0);
});

// A group that Slack will not say the members of, whatever anybody waits for: people hear what to do instead.

import { beforeEach, expect, test } from "vitest";
import { createWorld, planSource } from "#test/builders/engine-world.ts";
import type { World } from "#test/builders/engine-world.ts";
import { castVote } from "./cast-vote.ts";
import { explainApprovers } from "./explain-approvers.ts";
import { filePlan } from "./file-plan.ts";
import { explainRefusal } from "./explain-refusal.ts";

const REMEDY = "Slack's user groups need a paid plan; list its people under `users` instead";
let world: World;
beforeEach(() => {
  world = createWorld();
});

const file = () => filePlan(world.ports, world.asks("U0REQ"), planSource());

test("a plan that needs a group of a free Slack plan is refused with what to do instead", async () => {
  world.directory.breakGroup("S0SRE", REMEDY);
  const filed = await file();
  const sentence = filed.ok ? "" : explainRefusal(filed.refusal);
  expect(sentence).toContain(`Group sre (S0SRE): ${REMEDY}.`);
  expect(sentence).not.toContain("Try again");
  expect(world.audit.entries.at(-1)?.event).toMatchObject({
    kind: "refused",
    code: "directory-unavailable",
    explanation: sentence,
  });
});

test("whoever may not be known to be allowed to ask hears it too", async () => {
  world.directory.breakGroup("S0DEV", REMEDY);
  const filed = await filePlan(world.ports, world.asks("U0ZOE"), planSource());
  expect(filed.ok ? "" : explainRefusal(filed.refusal)).toContain("Group developers (S0DEV)");
});

test("a vote hears it when the group was lost after the plan was filed", async () => {
  await file();
  world.directory.breakGroup("S0SRE", REMEDY);
  const vote = { planId: "pl-1", planVersion: 1, choice: "approve", reason: null } as const;
  const cast = await castVote(world.ports, world.asks("U0ANN"), { ...vote, viewHash: null });
  expect(cast.ok ? "" : explainRefusal(cast.refusal)).toContain(REMEDY);
});

test("an outage asks for patience", async () => {
  world.directory.takeDown({ id: "S0SRE" });
  const filed = await file();
  expect(filed.ok ? "" : explainRefusal(filed.refusal)).toContain("Try again in a minute.");
});

test("who could approve says of a lost group what a vote would be told", async () => {
  const unknown = async () => {
    const record = await world.ports.plans.get("pl-1");
    if (record === null) throw new Error("the plan was filed");
    return (await explainApprovers(world.ports, record, "U0ANN")).unknown;
  };
  await file();
  expect(await unknown()).toBeNull();
  world.directory.breakGroup("S0SRE", REMEDY);
  expect(await unknown()).toEqual({ names: ["sre"], remedy: `Group sre (S0SRE): ${REMEDY}.` });
});

test("who could approve asks for patience in an outage", async () => {
  await file();
  world.directory.takeDown({ id: "S0SRE" });
  const record = await world.ports.plans.get("pl-1");
  if (record === null) throw new Error("the plan was filed");
  const { unknown } = await explainApprovers(world.ports, record, null);
  expect(unknown).toEqual({ names: ["sre"], remedy: null });
});

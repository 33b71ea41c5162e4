// P7: no bot and no agent decides, whatever group its account was put into and whichever way it asks. Only what is
// registered for a person's own request reaches a use case, and each use case asks Slack who that is.

import { beforeEach, describe, expect, test } from "vitest";
import { createWorld, planSource } from "#test/builders/engine-world.ts";
import type { World } from "#test/builders/engine-world.ts";
import { aPolicy } from "#test/builders/a-policy.ts";
import type { EntryPath } from "./audit-event.ts";
import { breakGlass } from "./break-glass.ts";
import { castVote } from "./cast-vote.ts";
import { delegate } from "./delegate.ts";
import { editPlan } from "./edit-plan.ts";
import { filePlan } from "./file-plan.ts";
import { nudgePlan } from "./nudge-plan.ts";
import type { Refusal } from "./refusal.ts";
import type { Result } from "./result.ts";
import { supersedePlan } from "./supersede-plan.ts";
import type { Asker } from "./use-case-ports.ts";
import { withdrawPlan } from "./withdraw-plan.ts";

const BOT = "U0BOT";
const ENTRIES: readonly EntryPath[] = [
  "button",
  "modal",
  "command",
  "mention",
  "shortcut",
  "command-line",
  "web",
];

let world: World;

beforeEach(async () => {
  const glass = {
    groups: ["sre"],
    users: [BOT],
    environments: ["production"],
    withoutPasskey: true,
    reviewWithinMs: 1,
  };
  world = createWorld(aPolicy({ breakGlass: glass }));
  // It is where people are who may do everything.
  world.directory.setGroup("S0SRE", ["U0ANN", "U0BOB", "U0CAT", BOT]);
  world.directory.setGroup("S0DEV", [BOT]);
  world.directory.refuse(BOT, "bot");
  await filePlan(world.ports, world.asks("U0REQ"), planSource());
});

type Act = (asker: Asker) => Promise<Result<unknown, Refusal>>;
const planId = "pl-1";
const other = planSource("toy.destroy", { name: "web-2" });

const vote =
  (choice: "approve" | "reject"): Act =>
  (asker) =>
    castVote(world.ports, asker, {
      planId,
      planVersion: 1,
      choice,
      reason: "because",
      viewHash: null,
    });

const ACTS: Readonly<Record<string, Act>> = {
  approve: vote("approve"),
  reject: vote("reject"),
  edit: (asker) => editPlan(world.ports, asker, { planId, fromVersion: 1, ...other }),
  withdraw: (asker) => withdrawPlan(world.ports, asker, { planId, reason: null }),
  supersede: (asker) => supersedePlan(world.ports, asker, { planId, request: other }),
  nudge: (asker) => nudgePlan(world.ports, asker, planId),
  delegate: (asker) =>
    delegate(world.ports, asker, {
      toUserId: "U0ANN",
      until: world.clock.now() + 3_600_000,
    }),
  "break the glass": (asker) =>
    breakGlass(world.ports, asker, {
      planId,
      planVersion: 1,
      reason: "on fire",
      viewHash: null,
      viewFormat: null,
    }),
  file: (asker) => filePlan(world.ports, asker, other),
};

describe("an account of a bot", () => {
  test.each(ENTRIES)("P7: neither votes nor does anything else, by %s", async (entry) => {
    const before = await world.plans.get(planId);
    for (const [name, act] of Object.entries(ACTS)) {
      const result = await act(world.asks(BOT, { entry }));
      expect([name, result]).toEqual([
        name,
        { ok: false, refusal: { code: "not-a-member", reason: "bot" } },
      ]);
    }
    expect(await world.plans.get(planId)).toEqual(before);
    expect(await world.delegations.active("T0ACME", world.clock.now())).toEqual([]);
    // What it tried is in the log, each by itself.
    const refused = world.audit.kinds().filter((kind) => kind === "refused");
    expect(refused).toHaveLength(Object.keys(ACTS).length);
  });

  test("counts in no quorum, and is not told to anybody as one who could approve", async () => {
    await vote("approve")(world.asks("U0ANN"));
    const second = await castVote(world.ports, world.asks("U0BOB"), {
      planId,
      planVersion: 1,
      choice: "approve",
      reason: null,
      viewHash: null,
    });
    expect(second).toMatchObject({ ok: true, value: { verdict: { had: 2 } } });
    const verdicts = JSON.stringify(second);
    expect(verdicts).not.toContain(BOT);
  });
});

import { describe, expect, test } from "vitest";
import { aClause, anEnvironment, aPolicy, aRule } from "#test/builders/a-policy.ts";
import { createWorld, planSource, sha256 } from "#test/builders/engine-world.ts";
import type { World } from "#test/builders/engine-world.ts";
import { castVote } from "./cast-vote.ts";
import { editPlan } from "./edit-plan.ts";
import { explainRefusal } from "./explain-refusal.ts";
import { filePlan } from "./file-plan.ts";
import type { Policy } from "./policy.ts";
import type { Together } from "./vote-together.ts";

const TWO = aPolicy({
  environments: {
    production: anEnvironment({
      approval: { ...anEnvironment().approval, modify: aRule([aClause(2, "sre")]) },
    }),
  },
});
const picture = (planId: string) => sha256(`picture of ${planId}`);

function aBundle(policy: Policy = TWO) {
  const world = createWorld(policy);
  const files = async (name: string, uses = "toy.change", userId = "U0REQ") => {
    const filed = await filePlan(world.ports, world.asks(userId), planSource(uses, { name }));
    if (!filed.ok) throw new Error(`not filed: ${filed.refusal.code}`);
    return filed.value.planId;
  };
  return { world, files };
}

/** As the bot votes for a plan that was ticked, shown as it is now unless said otherwise. */
async function ticks(
  world: World,
  planId: string,
  { userId = "U0ANN", ...changes }: Partial<Together> & { readonly userId?: string } = {},
) {
  const record = await world.plans.get(planId);
  if (record === null) throw new Error(`there is no ${planId}`);
  const together = { requesterId: "U0REQ", hash: record.hash, viewHash: picture(planId) };
  return castVote(world.ports, world.asks(userId), {
    planId,
    planVersion: 1,
    choice: "approve",
    reason: null,
    viewHash: picture(planId),
    viewFormat: 1,
    together: { ...together, ...changes },
  });
}

async function refusal(...given: Parameters<typeof ticks>) {
  const result = await ticks(...given);
  if (result.ok) throw new Error("the vote counted");
  expect((await given[0].plans.get(given[1]))?.votes).toEqual([]);
  expect(given[0].audit.kinds().at(-1)).toBe("refused");
  return result.refusal;
}

describe("plans approved together", () => {
  test("get a vote each, with its own hash, version and picture", async () => {
    const { world, files } = aBundle();
    const planIds = [await files("web-1"), await files("web-2"), await files("web-3")];
    for (const planId of planIds) expect(await ticks(world, planId)).toMatchObject({ ok: true });
    const cast = world.audit.entries.filter(({ event }) => event.kind === "vote.cast");
    expect(cast.map(({ planId }) => planId)).toEqual(planIds);
    for (const [nth, planId] of planIds.entries()) {
      const record = await world.plans.get(planId);
      expect(record?.votes).toMatchObject([{ planHash: record?.hash, planVersion: 1 }]);
      const { hash } = record ?? {};
      expect(cast[nth]?.event).toMatchObject({ hash, version: 1, viewHash: picture(planId) });
    }
    expect(new Set(cast.map(({ event }) => JSON.stringify(event))).size).toBe(3);
  });

  test("never have a destructive one among them", async () => {
    const { world, files } = aBundle();
    const planId = await files("web-1", "toy.destroy");
    const said = await refusal(world, planId);
    expect(said).toEqual({ code: "not-together", planId, why: "destructive" });
    expect(explainRefusal(said)).toBe(
      `This plan is destructive, so it cannot be approved together with others. Approve it by itself, on its card or with /ops show ${planId}.`,
    );
  });

  test("never have one among them that became destructive by an edit", async () => {
    const { world, files } = aBundle();
    const planId = await files("web-1");
    const before = await world.plans.get(planId);
    const source = planSource("toy.destroy", { name: "web-1" });
    await editPlan(world.ports, world.asks("U0REQ"), { planId, fromVersion: 1, ...source });
    expect(await refusal(world, planId, { hash: before?.hash ?? "" })).toMatchObject({
      code: "stale-version",
    });
  });

  test("never have another requester's among them", async () => {
    const { world, files } = aBundle();
    const planId = await files("web-1", "toy.change", "U0DEV");
    expect(await refusal(world, planId)).toMatchObject({
      code: "not-together",
      why: "other-requester",
    });
    expect(await ticks(world, planId, { requesterId: "U0DEV" })).toMatchObject({ ok: true });
  });

  test("never have one among them that takes a passkey, and no link is sent for it", async () => {
    const modify = aRule([aClause(2, "sre")], { stepUp: "webauthn" });
    const approval = { ...anEnvironment().approval, modify };
    const production = anEnvironment({ approval });
    const { world, files } = aBundle(aPolicy({ environments: { production } }));
    const planId = await files("web-1");
    const sent = world.plans.notices.length;
    expect(await refusal(world, planId)).toMatchObject({ code: "not-together", why: "passkey" });
    expect(world.plans.notices).toHaveLength(sent);
  });

  test.each(["hash", "viewHash"] as const)(
    "are voted on as they were shown: with another %s, or only a part of it, nothing is approved",
    async (shown) => {
      const { world, files } = aBundle();
      const planId = await files("web-1");
      const { hash = "" } = (await world.plans.get(planId)) ?? {};
      const right = { hash, viewHash: picture(planId) }[shown];
      for (const wrong of [sha256("another"), right.slice(0, 16), ""])
        expect(await refusal(world, planId, { [shown]: wrong })).toEqual({ code: "hash-changed" });
    },
  );

  test("ask the same of a voter as any other vote", async () => {
    const { world, files } = aBundle();
    const planId = await files("web-1");
    expect(await refusal(world, planId, { userId: "U0REQ" })).toMatchObject({
      code: "self-approval",
    });
    expect(await refusal(world, planId, { userId: "U0DEV" })).toMatchObject({
      code: "not-an-approver",
    });
    world.directory.refuse("U0ANN", "deactivated");
    expect(await refusal(world, planId)).toMatchObject({ code: "not-a-member" });
  });
});

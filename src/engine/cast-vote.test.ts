import { beforeEach, describe, expect, test } from "vitest";
import { createWorld, planSource } from "#test/builders/engine-world.ts";
import type { World } from "#test/builders/engine-world.ts";
import type { EntryPath } from "./audit-event.ts";
import { castVote } from "./cast-vote.ts";
import { editPlan } from "./edit-plan.ts";
import { filePlan } from "./file-plan.ts";
import { explainRefusal } from "./explain-refusal.ts";
import type { Asker } from "./use-case-ports.ts";

let world: World;

beforeEach(async () => {
  world = createWorld();
  await filePlan(world.ports, world.asks("U0REQ"), planSource());
});

function vote(
  who: string | Asker,
  choice: "approve" | "reject" = "approve",
  planVersion: number | null = 1,
) {
  const asker = typeof who === "string" ? world.asks(who) : who;
  const reason = choice === "reject" ? "not tonight" : null;
  return castVote(world.ports, asker, {
    planId: "pl-1",
    planVersion,
    choice,
    reason,
    viewHash: null,
  });
}

async function refusal(...given: Parameters<typeof vote>) {
  const result = await vote(...given);
  if (result.ok) throw new Error("the vote counted");
  return result.refusal;
}

function kinds(): readonly string[] {
  return world.audit.kinds().slice(1);
}

describe("castVote", () => {
  test("approves at the quorum and queues the run in the same change", async () => {
    expect(await vote("U0ANN")).toMatchObject({
      ok: true,
      value: { record: { status: "awaiting-approval" }, verdict: { had: 1, needed: 2 } },
    });
    expect(world.plans.queued).toEqual([]);
    expect(await vote("U0BOB")).toMatchObject({
      ok: true,
      value: { record: { status: "approved" } },
    });
    expect(world.plans.queued).toHaveLength(1);
    expect(kinds()).toEqual(["vote.cast", "vote.cast", "plan.approved"]);
    expect(world.plans.notices.slice(1).map(({ kind }) => kind)).toEqual([
      "plan-card",
      "plan-card",
      "run-progress",
      "outcome-private",
    ]);
  });

  test("one rejection settles it, with the reason kept and the requester told", async () => {
    await vote("U0ANN");
    expect(await vote("U0BOB", "reject")).toMatchObject({
      ok: true,
      value: { record: { status: "rejected" } },
    });
    expect(kinds()).toEqual(["vote.cast", "vote.cast", "plan.rejected"]);
    expect(world.plans.notices.at(-1)).toEqual({
      kind: "outcome-private",
      planId: "pl-1",
      userId: "U0REQ",
    });
    expect(await refusal("U0CAT")).toEqual({
      code: "already-decided",
      status: "rejected",
      byUserIds: ["U0BOB"],
    });
  });

  test("a rejection needs a reason", async () => {
    const result = await castVote(world.ports, world.asks("U0ANN"), {
      planId: "pl-1",
      planVersion: 1,
      choice: "reject",
      reason: "  ",
      viewHash: null,
    });
    expect(result).toMatchObject({ ok: false, refusal: { code: "reason-missing" } });
  });

  test("the requester can't decide, nor can strangers to its groups, and both learn who can", async () => {
    expect(await refusal("U0REQ")).toEqual({
      code: "self-approval",
      whoCan: ["U0ANN", "U0BOB", "U0CAT"],
    });
    const said = await refusal("U0DEV");
    expect(said).toMatchObject({ code: "not-an-approver", groups: ["sre"] });
    expect(explainRefusal(said)).toBe(
      "You are not one of its approvers (sre). @U0ANN, @U0BOB or @U0CAT can.",
    );
    expect(kinds()).toEqual(["refused", "refused"]);
  });

  test("the requester can't decide even as a member of the group", async () => {
    world.directory.setGroup("S0SRE", ["U0REQ", "U0ANN", "U0BOB"]);
    expect(await refusal("U0REQ")).toMatchObject({ code: "self-approval" });
  });

  test("the same person twice is one person", async () => {
    await vote("U0ANN");
    expect(await vote("U0ANN")).toMatchObject({ ok: true, value: { verdict: { had: 1 } } });
    expect(world.plans.queued).toEqual([]);
  });

  test("the same request again gives the same answer and no second event", async () => {
    const asker = world.asks("U0ANN");
    await vote(asker);
    const [again, entries] = [await vote(asker), kinds()];
    expect(again).toMatchObject({
      ok: true,
      value: { record: { status: "awaiting-approval" }, verdict: { had: 1 } },
    });
    expect(entries).toEqual(["vote.cast"]);
    const second = world.asks("U0BOB");
    await vote(second);
    expect(await vote(second)).toMatchObject({
      ok: true,
      value: { record: { status: "approved" } },
    });
    expect(world.plans.queued).toHaveLength(1);
  });

  test("a hundred clicks at once make one decision", async () => {
    world.directory.setGroup(
      "S0SRE",
      Array.from({ length: 100 }, (_, index) => `U${index}`),
    );
    const results = await Promise.all(Array.from({ length: 100 }, (_, index) => vote(`U${index}`)));
    const counted = results.filter((result) => result.ok);
    expect(counted).toHaveLength(2);
    expect(world.plans.queued).toHaveLength(1);
    expect(kinds().filter((kind) => kind === "plan.approved")).toHaveLength(1);
    const late = results.find((result) => !result.ok);
    expect(late).toMatchObject({ refusal: { code: "already-decided", status: "approved" } });
    const refused = late?.ok === false ? late.refusal : null;
    expect(refused?.code === "already-decided" ? refused.byUserIds : []).toHaveLength(2);
  });

  test("two approvals at the same moment both count", async () => {
    await Promise.all([vote("U0ANN"), vote("U0BOB")]);
    expect(await world.plans.get("pl-1")).toMatchObject({ status: "approved" });
  });

  test("an approver who left since their vote no longer counts", async () => {
    await vote("U0ANN");
    world.directory.setGroup("S0SRE", ["U0BOB", "U0CAT"]);
    const second = await vote("U0BOB");
    expect(second).toMatchObject({
      ok: true,
      value: { record: { status: "awaiting-approval" }, verdict: { had: 1 } },
    });
    expect(second.ok && second.value.verdict.tree.children[0]?.sentence).toBe(
      "1 of 2 from sre: @U0BOB; @U0ANN's approval does not count because they are no longer in sre.",
    );
    expect(await vote("U0CAT")).toMatchObject({
      ok: true,
      value: { record: { status: "approved" } },
    });
  });

  test("an approver deactivated since their vote no longer counts", async () => {
    await vote("U0ANN");
    world.directory.refuse("U0ANN", "deactivated");
    expect(await vote("U0BOB")).toMatchObject({
      ok: true,
      value: { record: { status: "awaiting-approval" } },
    });
  });

  test("an approver who can't be asked about does not count until they can", async () => {
    await vote("U0ANN");
    world.directory.takeDown({ id: "U0ANN" });
    expect(await vote("U0BOB")).toMatchObject({
      ok: true,
      value: { record: { status: "awaiting-approval" } },
    });
    world.directory.bringBack();
    expect(await vote("U0BOB")).toMatchObject({
      ok: true,
      value: { record: { status: "approved" } },
    });
  });

  test.each<["everything" | { readonly id: string }]>([
    ["everything"],
    [{ id: "U0ANN" }],
    [{ id: "S0SRE" }],
  ])("with %j down nobody's vote counts", async (what) => {
    world.directory.takeDown(what);
    expect(await refusal("U0ANN")).toMatchObject({ code: "directory-unavailable" });
    expect((await world.plans.get("pl-1"))?.votes).toEqual([]);
  });

  test.each(["guest", "deactivated", "bot", "stranger"] as const)(
    "a %s can't vote",
    async (reason) => {
      world.directory.refuse("U0ANN", reason);
      expect(await refusal("U0ANN")).toEqual({ code: "not-a-member", reason });
    },
  );

  test("a click on an older version is refused, and the votes before an edit are void", async () => {
    await vote("U0ANN");
    const next = planSource("toy.destroy", { name: "web-2" });
    await editPlan(world.ports, world.asks("U0REQ"), { planId: "pl-1", fromVersion: 1, ...next });
    expect(await refusal("U0BOB")).toEqual({ code: "stale-version", seen: 1, current: 2 });
    expect(await vote("U0BOB", "approve", 2)).toMatchObject({
      ok: true,
      value: { verdict: { had: 1 } },
    });
  });

  test("a word that a dead process left behind does not take the place of a newer one", async () => {
    const early = world.asks("U0ANN", { receivedAt: world.clock.now() });
    world.clock.advance(1);
    await vote("U0ANN");
    world.clock.advance(30_000);
    expect(await refusal(early, "reject")).toEqual({
      code: "said-otherwise-since",
      about: "plan",
    });
    expect((await world.plans.get("pl-1"))?.votes).toMatchObject([{ choice: "approve" }]);
  });

  test("words that a dead process left behind don't mean a version that came after them", async () => {
    const early = world.asks("U0ANN", { receivedAt: world.clock.now() });
    world.clock.advance(30_000);
    const next = planSource("toy.destroy", { name: "web-2" });
    await editPlan(world.ports, world.asks("U0REQ"), { planId: "pl-1", fromVersion: 1, ...next });
    expect(await refusal(early, "approve", null)).toEqual({ code: "hash-changed" });
    const late = world.asks("U0ANN", { receivedAt: world.clock.now() });
    world.clock.advance(30_000);
    expect(await vote(late, "approve", null)).toMatchObject({ ok: true });
  });

  test("words don't mean a version that came after them, however soon they are heard", async () => {
    const early = world.asks("U0ANN", { receivedAt: world.clock.now() });
    world.clock.advance(1);
    const next = planSource("toy.destroy", { name: "web-2" });
    await editPlan(world.ports, world.asks("U0REQ"), { planId: "pl-1", fromVersion: 1, ...next });
    expect(await refusal(early, "approve", null)).toEqual({ code: "hash-changed" });
  });

  test("words mean the version of which it was made sure that it was read", async () => {
    const next = planSource("toy.destroy", { name: "web-2" });
    await editPlan(world.ports, world.asks("U0REQ"), { planId: "pl-1", fromVersion: 1, ...next });
    const words = { planId: "pl-1", planVersion: null, reason: null, viewHash: null } as const;
    expect(
      await castVote(world.ports, world.asks("U0ANN"), {
        ...words,
        readVersion: 1,
        choice: "approve",
      }),
    ).toEqual({ ok: false, refusal: { code: "stale-version", seen: 1, current: 2 } });
  });

  test("after its time a plan can't be approved, though nobody announced that", async () => {
    await vote("U0ANN");
    world.clock.advance(4 * 3_600_000);
    expect(await refusal("U0BOB")).toEqual({ code: "expired", clock: "approve-by" });
  });

  test("people of another workspace don't even learn that the plan exists", async () => {
    expect(await refusal(world.asks("U0ANN", { teamId: "T0EVIL" }))).toMatchObject({
      code: "plan-not-found",
    });
    expect(world.audit.entries.at(-1)).toMatchObject({ planId: null });
  });

  test.each<[EntryPath]>([["button"], ["modal"], ["mention"], ["command-line"], ["web"]])(
    "the way in (%s) makes no difference (P5)",
    async (entry) => {
      expect(await refusal(world.asks("U0REQ", { entry }))).toMatchObject({
        code: "self-approval",
      });
      expect(await vote(world.asks("U0ANN", { entry }), "approve", null)).toMatchObject({
        ok: true,
        value: { verdict: { had: 1 } },
      });
      expect(world.audit.entries.at(-1)?.event).toMatchObject({ kind: "vote.cast", entry });
    },
  );
});

import { describe, expect, test } from "vitest";
import { aClause, anEnvironment, aPolicy, aRule } from "#test/builders/a-policy.ts";
import { createWorld, planSource } from "#test/builders/engine-world.ts";
import type { World } from "#test/builders/engine-world.ts";
import { castVote } from "./cast-vote.ts";
import { editPlan } from "./edit-plan.ts";
import { filePlan } from "./file-plan.ts";
import { explainRefusal } from "./explain-refusal.ts";
import type { Refusal } from "./refusal.ts";
import type { Result } from "./result.ts";
import { withdrawPlan } from "./withdraw-plan.ts";

async function refusalOf(filing: Promise<Result<unknown, Refusal>>): Promise<Refusal> {
  const result = await filing;
  if (result.ok) throw new Error("it was filed");
  return result.refusal;
}

function lastEvent(world: World) {
  return world.audit.entries.at(-1)?.event;
}

describe("filePlan", () => {
  test("files a plan that waits, with its card and its event", async () => {
    const world = createWorld();
    const filed = await filePlan(world.ports, world.asks("U0REQ"), planSource());
    expect(filed).toMatchObject({
      ok: true,
      value: { planId: "pl-1", runId: null, alreadyFiled: false },
    });
    expect(await world.plans.get("pl-1")).toMatchObject({
      status: "awaiting-approval",
      version: 1,
      policyVersion: "policy-1",
    });
    expect(world.plans.notices).toEqual([{ kind: "plan-card", planId: "pl-1" }]);
    expect(world.audit.kinds()).toEqual(["plan.filed"]);
    expect(world.audit.entries[0]).toMatchObject({
      actor: { kind: "person", userId: "U0REQ" },
      planId: "pl-1",
    });
    expect(lastEvent(world)).toMatchObject({ risk: "destructive", operations: ["toy.destroy"] });
  });

  test("the same request again gives the same plan and no second event", async () => {
    const world = createWorld();
    const asker = world.asks("U0REQ");
    await filePlan(world.ports, asker, planSource());
    const again = await filePlan(world.ports, asker, planSource());
    expect(again).toMatchObject({ ok: true, value: { planId: "pl-1", alreadyFiled: true } });
    expect(world.audit.kinds()).toEqual(["plan.filed"]);
  });

  test("what the policy lets nobody approve is approved at once and queued with it", async () => {
    const world = createWorld();
    const filed = await filePlan(world.ports, world.asks("U0REQ"), planSource("toy.read"));
    expect(filed).toMatchObject({ ok: true, value: { runId: "run-1" } });
    expect(world.plans.queued).toEqual([{ planId: "pl-1", runId: "run-1" }]);
    expect(world.audit.kinds()).toEqual(["plan.filed", "plan.approved"]);
    expect(world.plans.notices.map(({ kind }) => kind)).toEqual(["plan-card", "run-progress"]);
  });

  test.each(["guest", "stranger", "bot", "deactivated", "not-found"] as const)(
    "a %s can't ask",
    async (reason) => {
      const world = createWorld();
      world.directory.refuse("U0REQ", reason);
      const refusal = await refusalOf(filePlan(world.ports, world.asks("U0REQ"), planSource()));
      expect(refusal).toEqual({ code: "not-a-member", reason });
      expect(lastEvent(world)).toMatchObject({
        kind: "refused",
        code: "not-a-member",
        entry: "button",
      });
      expect(world.directory.questions[0]).toBe("standing U0REQ fresh");
    },
  );

  test("people of another workspace can't ask", async () => {
    const world = createWorld();
    const refusal = await refusalOf(
      filePlan(world.ports, world.asks("U0REQ", { teamId: "T0EVIL" }), planSource()),
    );
    expect(refusal).toEqual({ code: "not-a-member", reason: "other-workspace" });
  });

  const inChannel = (world: World, channelId: string) => {
    const asker = world.asks("U0REQ");
    return { ...asker, conversation: { ...asker.conversation, channelId } };
  };

  test("channels must be listed, for the environment too, and shared ones by name", async () => {
    const world = createWorld();
    expect(
      await refusalOf(filePlan(world.ports, inChannel(world, "C0RANDOM"), planSource())),
    ).toMatchObject({ code: "channel-not-allowed", environment: null });
    const value = {
      title: "x",
      environment: "staging",
      steps: [{ id: "a", uses: "toy.destroy", with: { name: "w" } }],
    };
    const staging = { kind: "source", value, text: "" } as const;
    expect(
      await refusalOf(filePlan(world.ports, inChannel(world, "C0OPS"), staging)),
    ).toMatchObject({ code: "channel-not-allowed", environment: "staging" });
    expect((await filePlan(world.ports, inChannel(world, "C0STAGE"), staging)).ok).toBe(true);
    world.directory.shareChannel("C0OPS");
    expect(
      await refusalOf(filePlan(world.ports, inChannel(world, "C0OPS"), planSource())),
    ).toMatchObject({ code: "channel-shared" });
    const all = createWorld(aPolicy({ channels: ["*"], sharedChannels: ["C0PARTNER"] }));
    all.directory.shareChannel("C0PARTNER");
    all.directory.shareChannel("C0OPS");
    expect(
      await refusalOf(filePlan(all.ports, inChannel(all, "C0OPS"), planSource())),
    ).toMatchObject({ code: "channel-shared" });
    expect((await filePlan(all.ports, inChannel(all, "C0PARTNER"), planSource())).ok).toBe(true);
  });

  test("a permission for some channels holds there and nowhere else, and its refusal says where", async () => {
    const allow = [
      { groups: ["developers"], users: [], operations: ["toy.read"], profiles: [] },
      {
        groups: ["developers"],
        users: [],
        operations: ["toy.*"],
        profiles: ["ops"],
        channels: ["C0STAGE"],
      },
    ];
    const world = createWorld(aPolicy({ environments: { production: anEnvironment({ allow }) } }));
    const file = (channelId: string, step: Readonly<Record<string, unknown>> = {}) => {
      const value = {
        title: "x",
        steps: [{ id: "a", uses: "toy.change", with: { name: "w" }, ...step }],
      };
      return filePlan(world.ports, inChannel(world, channelId), {
        kind: "source",
        value,
        text: JSON.stringify(value),
      });
    };
    const refusal = await refusalOf(file("C0OPS"));
    expect(refusal).toMatchObject({ code: "operation-not-here", operation: "toy.change" });
    expect(explainRefusal(refusal)).toContain("Ask in #C0STAGE.");
    expect((await file("C0STAGE")).ok).toBe(true);
    expect((await file("C0OPS", { uses: "toy.read" })).ok).toBe(true);
    // What a permission of another channel says about profiles does not hold here either.
    expect(await refusalOf(file("C0OPS", { uses: "toy.read", profile: "ops" }))).toMatchObject({
      code: "profile-not-allowed",
    });
    const undone = { uses: "toy.read", rollback: [{ uses: "toy.change", with: { name: "w" } }] };
    expect(await refusalOf(file("C0OPS", undone))).toMatchObject({ code: "operation-not-here" });
  });

  test("operations and profiles must be allowed, those of a rollback too", async () => {
    const allow = [
      {
        groups: ["developers"],
        users: [],
        operations: ["toy.read", "toy.change"],
        profiles: ["ops"],
      },
    ];
    const world = createWorld(aPolicy({ environments: { production: anEnvironment({ allow }) } }));
    const file = (step: Readonly<Record<string, unknown>>, userId = "U0REQ") => {
      const value = {
        title: "x",
        steps: [{ id: "a", uses: "toy.change", with: { name: "w" }, ...step }],
      };
      return filePlan(world.ports, world.asks(userId), { kind: "source", value, text: "" });
    };
    expect((await file({})).ok).toBe(true);
    expect((await file({ profile: "ops" })).ok).toBe(true);
    expect(await refusalOf(file({ profile: "root" }))).toMatchObject({
      code: "profile-not-allowed",
      profile: "root",
    });
    expect(await refusalOf(file({ uses: "toy.destroy" }))).toMatchObject({
      code: "operation-not-allowed",
      operation: "toy.destroy",
    });
    expect(
      await refusalOf(file({ rollback: [{ uses: "toy.destroy", with: { name: "w" } }] })),
    ).toMatchObject({ code: "operation-not-allowed" });
    expect(await refusalOf(file({}, "U0ANN"))).toMatchObject({
      code: "operation-not-allowed",
      userId: "U0ANN",
    });
    expect(await refusalOf(file({ with: { name: "forbidden" } }))).toMatchObject({
      code: "operation-not-permitted",
      stepId: "a",
    });
  });

  test("a quorum that can't be reached is refused with the reason", async () => {
    const world = createWorld();
    world.directory.setGroup("S0SRE", ["U0REQ", "U0BOB", "U0CAT"]);
    world.directory.refuse("U0BOB", "deactivated");
    const refusal = await refusalOf(filePlan(world.ports, world.asks("U0REQ"), planSource()));
    expect(refusal.code).toBe("quorum-unreachable");
    expect(explainRefusal(refusal)).toMatch(/0 of 2 from sre; only @U0CAT could/);
  });

  test("a quorum is looked for only as far as needed", async () => {
    const world = createWorld();
    world.directory.setGroup(
      "S0SRE",
      Array.from({ length: 200 }, (_, index) => `U${index + 1000}`),
    );
    expect((await filePlan(world.ports, world.asks("U0REQ"), planSource())).ok).toBe(true);
    expect(
      world.directory.questions.filter((question) => question.startsWith("standing")).length,
    ).toBeLessThan(15);
  });

  test("an empty set of approvers is nobody", async () => {
    const approval = { ...anEnvironment().approval, destructive: aRule([aClause(1)]) };
    const world = createWorld(
      aPolicy({ environments: { production: anEnvironment({ approval }) } }),
    );
    expect(await refusalOf(filePlan(world.ports, world.asks("U0REQ"), planSource()))).toMatchObject(
      { code: "quorum-unreachable" },
    );
  });

  test.each<[string, "everything" | { readonly id: string }]>([
    ["Slack", "everything"],
    ["the channel", { id: "C0OPS" }],
    ["the approvers' group", { id: "S0SRE" }],
    ["every approver", { id: "U0ANN" }],
  ])("when %s can't be asked about, nothing is filed", async (_name, what) => {
    const world = createWorld();
    world.directory.setGroup("S0SRE", ["U0ANN", "U0BOB"]);
    world.directory.takeDown(what);
    expect(await refusalOf(filePlan(world.ports, world.asks("U0REQ"), planSource()))).toMatchObject(
      { code: "directory-unavailable" },
    );
    expect(await world.plans.get("pl-1")).toBeNull();
    expect(lastEvent(world)).toMatchObject({ kind: "refused", code: "directory-unavailable" });
  });

  test("when the group that would let them ask can't be asked, nothing is filed", async () => {
    const world = createWorld();
    world.directory.takeDown({ id: "S0DEV" });
    expect(await refusalOf(filePlan(world.ports, world.asks("U0NEW"), planSource()))).toMatchObject(
      { code: "directory-unavailable" },
    );
  });

  test("plans that wait are capped for each person", async () => {
    const world = createWorld();
    const file = (userId: string, name: string) =>
      filePlan(world.ports, world.asks(userId), planSource("toy.destroy", { name }));
    for (const name of ["a", "b", "c"]) await file("U0REQ", name);
    expect(await refusalOf(file("U0REQ", "d"))).toEqual({
      code: "too-many-pending",
      pending: 3,
      limit: 3,
    });
    expect((await file("U0DEV", "d")).ok).toBe(true);
    world.clock.advance(4 * 3_600_000);
    expect((await file("U0REQ", "e")).ok).toBe(true);
  });

  describe("the same plan while it waits", () => {
    async function filed(world: World, userId: string, request = planSource()) {
      const result = await filePlan(world.ports, world.asks(userId), request);
      if (!result.ok) throw new Error(explainRefusal(result.refusal));
      return result.value;
    }

    test("is not filed again: whoever asks is on record and its thread is told", async () => {
      const world = createWorld();
      await filed(world, "U0REQ");
      const again = await filed(world, "U0DEV");
      expect(again).toMatchObject({
        planId: "pl-1",
        runId: null,
        sameAs: { id: "pl-1", requester: { userId: "U0REQ" } },
      });
      expect(world.audit.kinds()).toEqual(["plan.filed", "plan.coalesced"]);
      expect(world.audit.entries.at(-1)).toMatchObject({
        actor: { userId: "U0DEV" },
        planId: "pl-1",
        event: { requesterId: "U0REQ", version: 1, requestId: "Ev2" },
      });
      expect(world.plans.notices.at(-1)).toEqual({
        kind: "plan-wanted",
        planId: "pl-1",
        userId: "U0DEV",
      });
      expect(await world.plans.awaiting("T0ACME")).toHaveLength(1);
    });

    test("asked for by the same person is on record, and the thread is spared", async () => {
      const world = createWorld();
      await filed(world, "U0REQ");
      expect(await filed(world, "U0REQ")).toMatchObject({ planId: "pl-1", alreadyFiled: false });
      expect(world.audit.kinds()).toEqual(["plan.filed", "plan.coalesced"]);
      expect(world.plans.notices).toEqual([{ kind: "plan-card", planId: "pl-1" }]);
    });

    test("is approved by whoever asked for it second as by anyone else", async () => {
      const world = createWorld(
        aPolicy({
          environments: {
            production: anEnvironment({
              allow: [
                { groups: ["sre", "developers"], users: [], operations: ["*"], profiles: [] },
              ],
            }),
          },
        }),
      );
      await filed(world, "U0REQ", planSource("toy.change"));
      await filed(world, "U0ANN", planSource("toy.change"));
      const vote = { planId: "pl-1", planVersion: 1, reason: null, viewHash: null } as const;
      const voted = await castVote(world.ports, world.asks("U0ANN"), {
        ...vote,
        choice: "approve",
      });
      expect(voted).toMatchObject({ ok: true, value: { record: { status: "approved" } } });
    });

    test.each<[string, (world: World) => Promise<unknown>]>([
      [
        "was withdrawn",
        (world) => withdrawPlan(world.ports, world.asks("U0REQ"), { planId: "pl-1", reason: null }),
      ],
      ["ran out of time", async (world) => world.clock.advance(4 * 3_600_000)],
      [
        "was edited into another",
        (world) => {
          const { value, text } = planSource("toy.destroy", { name: "other" });
          const edit = { planId: "pl-1", fromVersion: 1, value, text };
          return editPlan(world.ports, world.asks("U0REQ"), edit);
        },
      ],
    ])("that %s is filed anew", async (_what, end) => {
      const world = createWorld();
      await filed(world, "U0REQ");
      await end(world);
      expect((await filed(world, "U0DEV")).sameAs).toBeNull();
    });

    test("is filed anew when it is decided in the moment that it is asked for again", async () => {
      const world = createWorld();
      await filed(world, "U0REQ");
      const { plans } = world;
      let withdrawn = false;
      const ports = {
        ...world.ports,
        plans: {
          ...plans,
          file: async (...given: Parameters<typeof plans.file>) => {
            const answer = await plans.file(...given);
            if (answer.kind === "same-plan-waits" && !withdrawn) {
              withdrawn = true;
              const asker = world.asks("U0REQ");
              await withdrawPlan(world.ports, asker, { planId: "pl-1", reason: null });
            }
            return answer;
          },
        },
      };
      const again = await filePlan(ports, world.asks("U0DEV"), planSource());
      expect(again).toMatchObject({ ok: true, value: { sameAs: null } });
      expect(world.audit.kinds()).toEqual(["plan.filed", "plan.withdrawn", "plan.filed"]);
    });

    test("that needs nobody's approval is filed as often as it is asked for", async () => {
      const world = createWorld();
      for (const runId of ["run-1", "run-2"])
        expect(await filed(world, "U0REQ", planSource("toy.read"))).toMatchObject({ runId });
    });
  });

  test.each<[string, unknown, string]>([
    ["an AWS key", { name: "AKIAABCDEFGHIJKLMNOP" }, "steps[0].with.name"],
    ["a private key", { name: "-----BEGIN RSA PRIVATE KEY-----\nabc" }, "steps[0].with.name"],
    ["a Slack token", { name: "w", tags: ["xoxb-123456789012-abcdef"] }, "steps[0].with.tags[0]"],
    ["a GitHub token", { name: `ghp_${"a".repeat(36)}` }, "steps[0].with.name"],
    ["a password", { name: "w", db_password: "hunter2" }, "steps[0].with.db_password"],
    ["a password in an address", { name: "postgres://app:hunter2@db/x" }, "steps[0].with.name"],
  ])("%s in a plan is refused with its place and without itself", async (_name, input, path) => {
    const world = createWorld();
    const request = planSource("toy.change", input as Readonly<Record<string, unknown>>);
    const refusal = await refusalOf(filePlan(world.ports, world.asks("U0REQ"), request));
    expect(refusal).toMatchObject({ code: "secret-found", path });
    expect(JSON.stringify(world.audit.entries)).not.toMatch(/hunter2|AKIA|BEGIN|xoxb|ghp_/);
  });

  test("a secret made of two halves is found after they are joined", async () => {
    const world = createWorld();
    const value = {
      title: "x",
      inputs: { a: "AKIA" },
      steps: [
        { id: "a", uses: "toy.read", with: { name: "${{ inputs.a + 'ABCDEFGHIJKLMNOP' }}" } },
      ],
    };
    expect(
      await refusalOf(
        filePlan(world.ports, world.asks("U0REQ"), { kind: "source", value, text: "" }),
      ),
    ).toMatchObject({ code: "secret-found" });
  });

  test("unknown names get the nearest", async () => {
    const world = createWorld();
    const operation = { kind: "operation", name: "toy.chang", arguments: {} } as const;
    expect(await refusalOf(filePlan(world.ports, world.asks("U0REQ"), operation))).toEqual({
      code: "operation-not-found",
      found: "toy.chang",
      nearest: "toy.change",
    });
    const playbook = { kind: "playbook", name: "x", arguments: {} } as const;
    expect(await refusalOf(filePlan(world.ports, world.asks("U0REQ"), playbook))).toMatchObject({
      code: "playbook-not-found",
    });
    const refusal = await refusalOf(
      filePlan(world.ports, world.asks("U0REQ"), planSource("toy.red")),
    );
    expect(explainRefusal(refusal)).toBe(
      "The plan has 1 mistake: steps[0].uses: found unknown operation toy.red, expected one of toy.change, toy.destroy, toy.read. Did you mean toy.read?",
    );
  });
});

import { describe, expect, it } from "vitest";
import { aClause, anEnvironment, aPolicy, aRule } from "#test/builders/a-policy.ts";
import { createWorld, planSource } from "#test/builders/engine-world.ts";
import { castVote } from "./cast-vote.ts";
import { verdictOf } from "./explain-policy.ts";
import { filePlan } from "./file-plan.ts";
import { decideCase } from "./policy-case.ts";
import type { PolicyCase } from "./policy-case.ts";
import type { Policy } from "./policy.ts";
import { soundPlan } from "./sound-plan.ts";

const SRE = ["U0ANN", "U0BOB", "U0CAT"];

/** The same question to a table's case and to the use cases that people reach. */
async function bothWays(
  policy: Policy,
  uses: string,
  changes: Partial<PolicyCase> & { readonly approve?: readonly string[] } = {},
) {
  const { approve = [], ...rest } = changes;
  const world = createWorld(policy);
  const { ports, asks, clock } = world;
  for (const userId of rest.inactive ?? []) world.directory.refuse(userId, "deactivated");
  const sound = soundPlan(ports, planSource(uses));
  if (!sound.ok) throw new Error("the plan is not sound");
  const requesterId = rest.requesterId ?? "U0REQ";
  const one: PolicyCase = {
    plan: sound.value.plan,
    requesterId,
    editorIds: [],
    groups: { sre: SRE, developers: ["U0REQ", "U0DEV"] },
    inactive: [],
    delegations: [],
    votes: approve.map((userId) => ({ userId, choice: "approve" })),
    filedAt: clock.now(),
    askedAt: clock.now(),
    ...rest,
  };
  const answered = await decideCase({ ...ports, policy }, one);
  const filed = await filePlan(ports, asks(requesterId), planSource(uses));
  if (!filed.ok) return { answered, filed };
  for (const userId of approve)
    await castVote(ports, asks(userId), {
      planId: filed.value.planId,
      planVersion: 1,
      choice: "approve",
      reason: null,
      viewHash: null,
    });
  const record = await ports.plans.get(filed.value.planId);
  if (record === null) throw new Error("the plan is gone");
  return { answered, filed, record, verdict: await verdictOf(ports, record, "fresh") };
}

describe("a policy's case", () => {
  it("is asked for in the channel it names, or wherever the requester may", async () => {
    const [permission] = anEnvironment().allow;
    if (permission === undefined) throw new Error("nobody may ask for anything");
    const allow = [{ ...permission, channels: ["C0OPS"] }];
    const policy = aPolicy({ environments: { production: anEnvironment({ allow }) } });
    const codeIn = async (channelId?: string) => {
      const { answered } = await bothWays(policy, "toy.change", {
        ...(channelId !== undefined && { channelId }),
      });
      return answered.kind === "refused" ? answered.refusal.code : answered.kind;
    };
    expect(await codeIn()).toBe("accepted");
    expect(await codeIn("C0OPS")).toBe("accepted");
    expect(await codeIn("C0STAGE")).toBe("operation-not-here");
    expect(await codeIn("C0ELSE")).toBe("channel-not-allowed");
  });

  it.each([
    ["what only reads", "toy.read", {}],
    ["what changes something", "toy.change", {}],
    ["what destroys", "toy.destroy", {}],
    ["a first approval", "toy.destroy", { approve: ["U0ANN"] }],
    ["all approvals", "toy.destroy", { approve: ["U0ANN", "U0CAT"] }],
    ["an approver who has left", "toy.destroy", { inactive: ["U0BOB"] }],
  ])("answers for %s as filing and voting do", async (_, uses, changes) => {
    const { answered, verdict, record } = await bothWays(aPolicy(), uses, changes);
    expect(answered).toMatchObject({ kind: "accepted", rule: record?.rule });
    const found = answered.kind === "accepted" ? answered.verdict : null;
    expect(found?.outcome).toBe(verdict?.outcome);
    expect(found?.tree).toEqual(verdict?.tree);
    expect(found?.couldApprove).toEqual(verdict?.couldApprove);
  });

  const lonely = aPolicy({
    environments: {
      production: anEnvironment({
        approval: {
          "read-only": aRule([]),
          modify: aRule([aClause(1, "sre")]),
          destructive: aRule([aClause(4, "sre")]),
        },
      }),
    },
  });
  const forbidding = aPolicy({
    policies: [{ name: "never", match: { operations: ["toy.*"] }, forbid: "Not here.", terms: {} }],
  });
  it.each([
    ["too few people", lonely, {}],
    ["a policy that forbids it", forbidding, {}],
    ["somebody who may not ask", aPolicy(), { requesterId: "U0ZOE" }],
  ])("is refused for %s, as filing refuses it", async (_, policy, changes) => {
    const { answered, filed } = await bothWays(policy, "toy.destroy", changes);
    expect(filed.ok).toBe(false);
    expect(answered).toEqual({ kind: "refused", refusal: filed.ok ? null : filed.refusal });
  });

  it("knows nobody in a group of Slack's that it says nothing about", async () => {
    const policy = aPolicy();
    const { answered } = await bothWays(policy, "toy.destroy", {
      groups: { developers: ["U0REQ"] },
    });
    expect(answered).toMatchObject({
      kind: "refused",
      refusal: { code: "directory-unavailable", detail: "the members of sre are not known" },
    });
  });
});

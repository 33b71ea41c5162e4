// A passkey's proof is of one vote: one person's yes to one version of one plan, as it was drawn for them.

import { beforeEach, describe, expect, test } from "vitest";
import { aClause, anEnvironment, aPolicy, aRule } from "#test/builders/a-policy.ts";
import { createWorld, planSource } from "#test/builders/engine-world.ts";
import type { World } from "#test/builders/engine-world.ts";
import { castVote } from "./cast-vote.ts";
import { filePlan } from "./file-plan.ts";
import { issueStepUp, SESSION_MS } from "./step-up.ts";
import type { ProvenStepUp, StepUpAct } from "./step-up.ts";

const PROOF = "pf-1";
let world: World;
let act: StepUpAct;

beforeEach(async () => {
  const { approval } = anEnvironment();
  const destructive = aRule([aClause(1, "sre")], { stepUp: "webauthn" });
  const production = anEnvironment({ approval: { ...approval, destructive } });
  world = createWorld(aPolicy({ environments: { production } }));
  for (const name of ["web-1", "web-2"])
    await filePlan(world.ports, world.asks("U0REQ"), planSource("toy.destroy", { name }));
  const record = await world.plans.get("pl-1");
  act = {
    teamId: "T0ACME",
    userId: "U0ANN",
    planId: "pl-1",
    planVersion: 1,
    planHash: record?.hash ?? "",
    viewHash: "seen",
    viewFormat: 1,
    choice: "approve",
  };
});

/** Votes as Ann would, with a proof of this act. */
async function votes(proven: StepUpAct, changes: { userId?: string; choice?: "reject" } = {}) {
  const now = world.clock.now();
  const assertion = { salt: "s", authenticatorData: "a", clientDataJSON: "c", signature: "s" };
  const issued = issueStepUp(proven, "link", now);
  const proof = { id: PROOF, passkey: "digest", assertion, at: now };
  const session = { session: "session", until: now + SESSION_MS };
  await world.stepUps.issue(issued);
  await world.stepUps.change({ link: "link" }, () => {
    const stepUp: ProvenStepUp = { ...issued, ...session, status: "proven", proof };
    return { stepUp, answer: null };
  });
  const { userId = "U0ANN", choice = "approve" } = changes;
  return castVote(world.ports, world.asks(userId), {
    planId: "pl-1",
    planVersion: 1,
    choice,
    reason: "because",
    viewHash: "seen",
    viewFormat: 1,
    proofId: PROOF,
  });
}

describe("a proof", () => {
  test("is of the vote that it was given for", async () => {
    expect(await votes(act)).toMatchObject({ ok: true, value: { record: { status: "approved" } } });
    expect((await world.stepUps.find({ proof: PROOF }))?.status).toBe("spent");
  });

  test.each<Partial<StepUpAct>>([
    { teamId: "T0OTHER" },
    { userId: "U0BOB" },
    { planId: "pl-2" },
    { planVersion: 2 },
    { planHash: "another" },
    { viewHash: "another" },
    { viewHash: null },
    { viewFormat: 2 },
  ])("of another act, %j, approves nothing and is spent", async (other) => {
    expect(await votes({ ...act, ...other })).toMatchObject({
      ok: false,
      refusal: { code: "hash-changed" },
    });
    expect((await world.plans.get("pl-1"))?.votes).toEqual([]);
    expect((await world.stepUps.find({ proof: PROOF }))?.status).toBe("spent");
  });

  test("is no other person's, and none of a rejection", async () => {
    for (const changes of [{ userId: "U0BOB" }, { choice: "reject" }] as const)
      expect(await votes(act, changes)).toMatchObject({
        ok: false,
        refusal: { code: "hash-changed" },
      });
    expect((await world.plans.get("pl-1"))?.votes).toEqual([]);
  });
});

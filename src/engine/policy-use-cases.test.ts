// What policies do to the life of a plan: refused or approved beforehand when filed, votes that outlive an edit,
// approval by waiting, and freezes before the start.

import { describe, expect, test } from "vitest";
import { aClause, anEnvironment, aPolicy, aRule } from "#test/builders/a-policy.ts";
import { createWorld, planSource } from "#test/builders/engine-world.ts";
import type { World } from "#test/builders/engine-world.ts";
import { castVote } from "./cast-vote.ts";
import { editPlan } from "./edit-plan.ts";
import { expirePlans } from "./expire-plans.ts";
import { filePlan } from "./file-plan.ts";
import type { ApprovalPolicy, ApprovalRule, FreezeWindow, Policy } from "./policy.ts";
import { explainRefusal } from "./explain-refusal.ts";
import { checkStart } from "./start-check.ts";

const HOUR = 3_600_000;

function policy(
  terms: ApprovalPolicy["terms"],
  changes: Partial<ApprovalPolicy> = {},
): ApprovalPolicy {
  return { name: "named", match: {}, forbid: null, terms, ...changes };
}

async function file(world: World, source = planSource()) {
  const filed = await filePlan(world.ports, world.asks("U0REQ"), source);
  return filed.ok ? "accepted" : filed.refusal.code;
}

function vote(world: World, userId: string, choice: "approve" | "reject" = "approve") {
  return castVote(world.ports, world.asks(userId), {
    planId: "pl-1",
    planVersion: null,
    choice,
    reason: choice === "reject" ? "no" : null,
    viewHash: null,
  });
}

/** The same people and stores under another policy. */
function under(world: World, changes: Partial<Policy>): World {
  return { ...world, ports: { ...world.ports, policy: { ...world.ports.policy, ...changes } } };
}

async function start(world: World) {
  const record = await world.plans.get("pl-1");
  if (record?.status !== "approved") throw new Error(`the plan is ${record?.status}`);
  const header = {
    runId: record.runId,
    planId: record.id,
    planVersion: record.version,
    planHash: record.hash,
    plan: record.plan,
    teamId: "T0ACME",
    requesterId: "U0REQ",
    conversation: record.conversation,
    queuedAt: record.decidedAt,
  };
  const answer = await checkStart(world.ports, header, "start");
  return answer.ok ? null : answer.refusal;
}

describe("filing", () => {
  test("is refused by a policy that forbids it or fails, and both are in the log", async () => {
    const forbidding = policy({}, { forbid: "Never on a Friday." });
    const world = createWorld(aPolicy({ policies: [forbidding] }));
    expect(await file(world)).toBe("forbidden");
    const failing = policy({}, { match: { when: "step.with.nothing == 1" } });
    expect(await file(under(world, { policies: [failing] }))).toBe("policy-error");
    expect(world.audit.entries.map(({ event }) => "code" in event && event.code)).toEqual([
      "forbidden",
      "policy-error",
    ]);
  });

  test("is refused while Slack can't be asked about a group that a policy names", async () => {
    const about = policy({}, { match: { requesters: ["developers"] } });
    const world = createWorld(aPolicy({ policies: [about] }));
    world.directory.takeDown({ id: "S0DEV" });
    expect(await file(world)).toBe("directory-unavailable");
  });

  test("under a policy that asks for a quorum nobody can reach is refused", async () => {
    const impossible = policy({ require: [{ ...aClause(1, "sre"), filter: "false" }] });
    const world = createWorld(aPolicy({ policies: [impossible] }));
    expect(await file(world)).toBe("quorum-unreachable");
  });

  test("of what a standing approval covers queues its run and names it in the log", async () => {
    const standing = {
      name: "nightly",
      environment: "production",
      operations: ["toy.change"],
      playbooks: null,
      resources: null,
      requesters: ["developers"],
      until: Number.MAX_SAFE_INTEGER,
      reason: "Harmless.",
    };
    const world = createWorld(aPolicy({ standing: [standing] }));
    expect(await file(world, planSource("toy.change"))).toBe("accepted");
    expect(await world.plans.get("pl-1")).toMatchObject({
      status: "approved",
      verdict: { by: "standing", counted: [] },
    });
    expect(world.audit.entries.at(-1)?.event).toMatchObject({
      kind: "plan.approved",
      explanation: "Approved beforehand, by the standing approval nightly.",
    });
    expect(await start(world)).toBeNull();
    const gone = await start(under(world, { standing: [] }));
    expect(gone?.reasons.join(" ")).toContain("The approval does not hold any more");
  });
});

describe("an edit under a sticky policy", () => {
  const sticky = aPolicy({ policies: [policy({ sticky: true })] });
  const edit = (world: World, value: object, userId = "U0REQ") =>
    editPlan(world.ports, world.asks(userId), {
      planId: "pl-1",
      fromVersion: 1,
      value,
      text: JSON.stringify(value),
    });
  const base = planSource().value;

  test("that only changes words keeps the votes, for the new hash, and says whose", async () => {
    const world = createWorld(sticky);
    await file(world);
    await vote(world, "U0ANN");
    expect(await edit(world, { ...base, title: "Another title" })).toMatchObject({ ok: true });
    const record = await world.plans.get("pl-1");
    expect(record?.votes).toMatchObject([
      { userId: "U0ANN", planVersion: 2, planHash: record?.hash, carriedFrom: 1 },
    ]);
    expect(world.audit.entries.at(-1)?.event).toMatchObject({
      kind: "plan.edited",
      votesVoided: 0,
      votesKept: ["U0ANN"],
    });
    await vote(world, "U0BOB");
    expect(await world.plans.get("pl-1")).toMatchObject({ status: "approved", version: 2 });
    expect(await start(world)).toBeNull();
  });

  test("that adds or changes what acts voids them", async () => {
    for (const [what, value] of Object.entries({
      "another step": { ...base, steps: [...base.steps, { ...base.steps[0], id: "two" }] },
      "another target": { ...base, steps: [{ ...base.steps[0], with: { name: "web-2" } }] },
      "a guard taken away": { ...base, on_failure: "continue" },
    })) {
      const world = createWorld(sticky);
      await file(world);
      await vote(world, "U0ANN");
      expect([what, (await edit(world, value)).ok]).toEqual([what, true]);
      expect([what, (await world.plans.get("pl-1"))?.votes]).toEqual([what, []]);
    }
  });

  test("that changes what stands before what acts, or what it sees, voids them", async () => {
    const steps = [
      { id: "look", uses: "toy.read", with: { name: "web" } },
      { id: "one", uses: "toy.destroy", with: { name: "${{ steps.look.result.name }}" } },
      { id: "two", uses: "toy.change", needs: ["one"], when: "inputs.go", with: { name: "b" } },
    ].map((step, index) => ({ ...step, needs: index === 1 ? ["look"] : (step.needs ?? []) }));
    const [look, one, two] = steps;
    const read = { title: "Read, then act", inputs: { go: false }, steps };
    for (const [what, value, kept] of [
      ["only words", { ...read, title: "Other words" }, 1],
      ["another thing read", { ...read, steps: [{ ...look, with: { name: "db" } }, one, two] }, 0],
      ["another value seen", { ...read, inputs: { go: true } }, 0],
      [
        "a step after it all",
        { ...read, steps: [...steps, { ...look, id: "l", needs: ["two"] }] },
        1,
      ],
      ["a step taken away", { ...read, steps: [look, one] }, 1],
    ] as const) {
      const world = createWorld(sticky);
      const source = { kind: "source", value: read, text: JSON.stringify(read) } as const;
      expect([what, await file(world, source)]).toEqual([what, "accepted"]);
      await vote(world, "U0ANN");
      expect([what, await edit(world, value)]).toMatchObject([what, { ok: true }]);
      expect([what, (await world.plans.get("pl-1"))?.votes.length]).toEqual([what, kept]);
    }
    const order = (ids: readonly string[]) => ({
      title: "In order",
      mode: "sequential",
      steps: ids.map((id) => ({ id, uses: "toy.destroy", with: { name: id } })),
    });
    const world = createWorld(sticky);
    await file(world, { kind: "source", value: order(["a", "b"]), text: "in order" });
    await vote(world, "U0ANN");
    expect(await edit(world, order(["b", "a"]))).toMatchObject({ ok: true });
    expect((await world.plans.get("pl-1"))?.votes).toEqual([]);
  });

  test("is decided over the votes there are when it is written", async () => {
    const two = policy({ sticky: true, denyAt: 2 });
    const world = createWorld(aPolicy({ policies: [two] }));
    await file(world);
    await vote(world, "U0ANN");
    const terms = { sticky: true, denyAt: 2, require: [aClause(1, "sre")] };
    const easier = under(world, { policies: [policy(terms)] });
    const { plans } = world.ports;
    let changed = false;
    const change: typeof plans.change = async (...given) => {
      // They think better of it while the edit is worked out.
      if (!changed) {
        changed = true;
        expect(await vote(world, "U0ANN", "reject")).toMatchObject({ ok: true });
      }
      return plans.change(...given);
    };
    const late = { ...easier, ports: { ...easier.ports, plans: { ...plans, change } } };
    expect(await edit(late, { ...base, title: "Another title" })).toMatchObject({ ok: true });
    expect(await world.plans.get("pl-1")).toMatchObject({
      status: "awaiting-approval",
      version: 2,
    });
    expect(world.plans.queued).toEqual([]);
  });

  test("voids the editor's own vote", async () => {
    const world = createWorld(sticky);
    await file(world);
    await vote(world, "U0ANN");
    // An approver may edit if they may ask; here they may not.
    const open = under(world, {
      environments: {
        production: anEnvironment({
          allow: [{ groups: ["sre", "developers"], users: [], operations: ["*"], profiles: [] }],
        }),
      },
    });
    expect(await edit(open, { ...base, title: "Another title" }, "U0ANN")).toMatchObject({
      ok: true,
    });
    expect((await world.plans.get("pl-1"))?.votes).toEqual([]);
  });

  test("keeps nothing where the policy is not sticky", async () => {
    const world = createWorld();
    await file(world);
    await vote(world, "U0ANN");
    await edit(world, { ...base, title: "Another title" });
    expect((await world.plans.get("pl-1"))?.votes).toEqual([]);
  });
});

describe("approval by waiting", () => {
  const modify = (rule: Partial<ApprovalRule>) =>
    aPolicy({
      environments: {
        production: anEnvironment({
          approval: {
            "read-only": aRule([]),
            modify: aRule([aClause(1, "sre")], rule),
            destructive: aRule([aClause(2, "sre")]),
          },
        }),
      },
    });
  const waits = modify({ onTimeout: "approve" });

  test("approves at the end of the time, by the sweeper, and the run may start", async () => {
    const world = createWorld(waits);
    await file(world, planSource("toy.change"));
    world.clock.advance(4 * HOUR - 1);
    await expirePlans(world.ports);
    expect((await world.plans.get("pl-1"))?.status).toBe("awaiting-approval");
    world.clock.advance(1);
    await expirePlans(world.ports);
    expect(await world.plans.get("pl-1")).toMatchObject({
      status: "approved",
      verdict: { by: "timeout" },
    });
    expect(await start(world)).toBeNull();
    expect((await start(under(world, modify({}))))?.reasons[0]).toContain("does not hold any more");
  });

  test("expires the plan when somebody objected, when the policy changed, and waits while Slack is away", async () => {
    const objected = createWorld(modify({ onTimeout: "approve", denyAt: 2 }));
    await file(objected, planSource("toy.change"));
    await vote(objected, "U0ANN", "reject");
    objected.clock.advance(4 * HOUR);
    await expirePlans(objected.ports);
    expect(await objected.plans.get("pl-1")).toMatchObject({
      status: "expired",
      clock: "approve-by",
    });

    const changed = createWorld(waits);
    await file(changed, planSource("toy.change"));
    changed.clock.advance(4 * HOUR);
    await expirePlans(under(changed, modify({})).ports);
    expect(await changed.plans.get("pl-1")).toMatchObject({ status: "expired" });
  });

  test("never approves what destroys", async () => {
    const world = createWorld(aPolicy({ policies: [policy({ onTimeout: "approve" })] }));
    await file(world);
    world.clock.advance(4 * HOUR);
    await expirePlans(world.ports);
    expect(await world.plans.get("pl-1")).toMatchObject({ status: "expired" });
  });
});

describe("a freeze", () => {
  const freeze = (
    world: World,
    forMs: number,
    changes: Partial<FreezeWindow> = {},
  ): FreezeWindow => ({
    name: "quarter-end",
    environments: ["production"],
    risks: ["modify", "destructive"],
    reason: "The books are closed.",
    breakGlass: false,
    when: { kind: "once", from: 0, until: world.clock.now() + forMs },
    ...changes,
  });

  test("holds the run of an approved plan until it is over, and says what and how long", async () => {
    const world = createWorld();
    await file(world);
    await vote(world, "U0ANN");
    await vote(world, "U0BOB");
    const frozen = under(world, { freezes: [freeze(world, HOUR / 2)] });
    expect(await start(frozen)).toMatchObject({ mayPass: true });
    expect((await start(frozen))?.reasons[0]).toMatch(
      /^production is frozen until .* UTC \(quarter-end: The books are closed\.\)\.$/,
    );
    world.clock.advance(HOUR / 2);
    expect(await start(frozen)).toBeNull();
  });

  test("takes plans that can still start after it, and refuses the others with its end", async () => {
    const world = createWorld();
    expect(await file(under(world, { freezes: [freeze(world, 4 * HOUR)] }))).toBe("accepted");
    const long = under(world, { freezes: [freeze(world, 5 * HOUR)] });
    const filed = await filePlan(long.ports, long.asks("U0REQ"), planSource());
    expect(filed.ok || explainRefusal(filed.refusal)).toMatch(/frozen until .* \(quarter-end/);
  });

  test("lets plans be read-only", async () => {
    const world = createWorld();
    expect(
      await file(under(world, { freezes: [freeze(world, 100 * HOUR)] }), planSource("toy.read")),
    ).toBe("accepted");
  });
});

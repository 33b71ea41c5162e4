// Editing, withdrawing, expiring, previewing, the check before a start and the control of runs.

import { beforeEach, describe, expect, test } from "vitest";
import { aClause, aGroup, anEnvironment, aPolicy, aRule } from "#test/builders/a-policy.ts";
import { createWorld, planSource, sha256 } from "#test/builders/engine-world.ts";
import type { World } from "#test/builders/engine-world.ts";
import { castVote } from "./cast-vote.ts";
import { controlRun } from "./control-run.ts";
import type { RunControl } from "./control-run.ts";
import { editPlan } from "./edit-plan.ts";
import { expirePlans } from "./expire-plans.ts";
import { verdictOf } from "./explain-policy.ts";
import { filePlan } from "./file-plan.ts";
import { diffPlans } from "./plan-diff.ts";
import { planHash } from "./plan-hash.ts";
import { spendPlan } from "./plan-life.ts";
import type { AnyOperation } from "./operation.ts";
import { explainRefusal } from "./explain-refusal.ts";
import { previewPlan } from "./preview-plan.ts";
import type { Refusal } from "./refusal.ts";
import type { Result } from "./result.ts";
import type { RunStatus } from "./run.ts";
import type { Policy } from "./policy.ts";
import type { RunHeader } from "./run-store.ts";
import { DirectoryUnavailable } from "./identity.ts";
import { checkStart } from "./start-check.ts";
import { tellApprovers, waveOf } from "./tell-approvers.ts";
import { withdrawPlan } from "./withdraw-plan.ts";

const HOUR = 3_600_000;
let world: World;

beforeEach(async () => {
  world = createWorld();
  await filePlan(world.ports, world.asks("U0REQ"), planSource());
});

async function codeOf(acting: Promise<Result<unknown, Refusal>>): Promise<string> {
  const result = await acting;
  return result.ok ? "accepted" : result.refusal.code;
}

function approve(userId: string, planVersion = 1) {
  const vote = {
    planId: "pl-1",
    planVersion,
    choice: "approve",
    reason: null,
    viewHash: null,
  } as const;
  return castVote(world.ports, world.asks(userId), vote);
}

describe("editPlan", () => {
  const edit = (userId: string, uses = "toy.destroy", name = "web-2", fromVersion = 1) =>
    editPlan(world.ports, world.asks(userId), {
      planId: "pl-1",
      fromVersion,
      ...planSource(uses, { name }),
    });

  test("makes the next version, voids the votes and shows those who voted what changed", async () => {
    await approve("U0ANN");
    expect(await edit("U0REQ")).toMatchObject({
      ok: true,
      value: { record: { version: 2, votes: [], editors: ["U0REQ"] } },
    });
    expect(world.audit.entries.at(-1)?.event).toMatchObject({
      kind: "plan.edited",
      votesVoided: 1,
      version: 2,
    });
    expect(world.plans.notices.at(-1)).toEqual({
      kind: "plan-diff",
      planId: "pl-1",
      fromVersion: 1,
      toVersion: 2,
    });
    expect(await world.plans.version("pl-1", 1)).toMatchObject({ version: 1 });
  });

  test("whoever edits can't approve any more", async () => {
    world.directory.setGroup("S0SRE", ["U0ANN", "U0BOB", "U0CAT", "U0DEV"]);
    expect(await codeOf(edit("U0DEV"))).toBe("accepted");
    expect(await codeOf(approve("U0DEV", 2))).toBe("editor-approval");
    expect(await codeOf(approve("U0ANN", 2))).toBe("accepted");
  });

  test("an editor needs the right to ask, and so does the requester", async () => {
    expect(await codeOf(edit("U0ANN"))).toBe("operation-not-allowed");
    const allow = [
      { groups: ["developers"], users: [], operations: ["toy.destroy"], profiles: [] },
      { groups: ["sre"], users: [], operations: ["*"], profiles: [] },
    ];
    world = createWorld(aPolicy({ environments: { production: anEnvironment({ allow }) } }));
    await filePlan(world.ports, world.asks("U0REQ"), planSource());
    expect(await codeOf(edit("U0ANN", "toy.change"))).toBe("operation-not-allowed");
    expect(await codeOf(edit("U0ANN", "toy.destroy"))).toBe("accepted");
  });

  test("people without a say in the plan can't edit it", async () => {
    expect(await codeOf(edit("U0DEV"))).toBe("not-yours");
  });

  test("an edit that leaves too few approvers is refused", async () => {
    world.directory.setGroup("S0SRE", ["U0DEV", "U0BOB"]);
    expect(await codeOf(edit("U0DEV"))).toBe("quorum-unreachable");
    expect(await world.plans.get("pl-1")).toMatchObject({ version: 1 });
  });

  test("the same edit twice is one edit, the same text is none, and an old version is stale", async () => {
    await approve("U0ANN");
    expect(await codeOf(edit("U0REQ", "toy.destroy", "web-1"))).toBe("nothing-changed");
    expect((await world.plans.get("pl-1"))?.votes).toHaveLength(1);
    await edit("U0REQ");
    expect(await codeOf(edit("U0REQ"))).toBe("accepted");
    expect(world.audit.kinds().filter((kind) => kind === "plan.edited")).toHaveLength(1);
    expect(await codeOf(edit("U0REQ", "toy.destroy", "web-3"))).toBe("stale-version");
  });

  test("an edit to what needs no approval runs at once", async () => {
    expect(await edit("U0REQ", "toy.read")).toMatchObject({
      ok: true,
      value: { record: { status: "approved" } },
    });
    expect(world.plans.queued).toHaveLength(1);
  });

  test("a decided plan can't be edited", async () => {
    await approve("U0ANN");
    await approve("U0BOB");
    expect(await codeOf(edit("U0REQ"))).toBe("already-decided");
  });
});

describe("withdrawPlan", () => {
  const withdraw = (userId: string) =>
    withdrawPlan(world.ports, world.asks(userId), { planId: "pl-1", reason: " changed my mind " });

  test("is the requester's alone", async () => {
    expect(await codeOf(withdraw("U0ANN"))).toBe("not-yours");
    expect(await withdraw("U0REQ")).toMatchObject({
      ok: true,
      value: { record: { status: "withdrawn", reason: "changed my mind" } },
    });
    expect(await codeOf(withdraw("U0REQ"))).toBe("accepted");
    expect(world.audit.kinds()).toEqual(["plan.filed", "refused", "plan.withdrawn"]);
    expect(await codeOf(approve("U0ANN"))).toBe("already-decided");
  });

  test("works until the run has started", async () => {
    await approve("U0ANN");
    await approve("U0BOB");
    expect(await codeOf(withdraw("U0REQ"))).toBe("accepted");
  });

  test("a plan that doesn't exist is not found", async () => {
    expect(
      await codeOf(
        withdrawPlan(world.ports, world.asks("U0REQ"), { planId: "pl-9", reason: null }),
      ),
    ).toBe("plan-not-found");
  });
});

describe("expirePlans", () => {
  test("reminds once, then announces the end", async () => {
    expect(await expirePlans(world.ports)).toBe(0);
    world.clock.advance(HOUR / 2);
    expect(await expirePlans(world.ports)).toBe(1);
    expect(await expirePlans(world.ports)).toBe(0);
    expect(world.audit.entries.at(-1)).toMatchObject({
      actor: { kind: "system", part: "sweeper" },
      event: { kind: "plan.reminded", people: ["U0ANN", "U0BOB", "U0CAT"] },
    });
    world.clock.advance(4 * HOUR);
    expect(await expirePlans(world.ports)).toBe(1);
    expect(await expirePlans(world.ports)).toBe(0);
    expect(world.audit.entries.at(-1)?.event).toEqual({
      kind: "plan.expired",
      version: 1,
      clock: "approve-by",
    });
    expect(world.plans.notices.slice(-2)).toEqual([
      { kind: "plan-card", planId: "pl-1" },
      { kind: "outcome-private", planId: "pl-1", userId: "U0REQ" },
    ]);
  });

  test("writes to each person once, who then gets no more than six reminders in an hour", async () => {
    world.clock.advance(HOUR / 2);
    await world.ports.reminders.allow({
      teamId: "T0ACME",
      planId: "pl-other",
      version: 1,
      userIds: ["U0CAT"],
      at: world.clock.now(),
      perHour: 1,
    });
    for (let version = 2; version <= 6; version += 1)
      await world.ports.reminders.allow({
        teamId: "T0ACME",
        planId: "pl-other",
        version,
        userIds: ["U0CAT"],
        at: world.clock.now(),
        perHour: 6,
      });
    expect(await expirePlans(world.ports)).toBe(1);
    expect(world.plans.notices.filter(({ kind }) => /reminder/.test(kind))).toEqual([
      { kind: "plan-reminder", planId: "pl-1", people: ["U0ANN", "U0BOB", "U0CAT"] },
      { kind: "reminder-private", planId: "pl-1", userId: "U0ANN" },
      { kind: "reminder-private", planId: "pl-1", userId: "U0BOB" },
    ]);
  });

  test("waits with the reminder until somebody it is for works", async () => {
    const { sre } = world.ports.policy.groups;
    if (sre === undefined) throw new Error("no sre");
    // The world begins on a Saturday at nine.
    const workingHours = { days: ["sat"], from: "11:00", to: "18:00", timeZone: "UTC" } as const;
    const policy = {
      ...world.ports.policy,
      groups: { ...world.ports.policy.groups, sre: { ...sre, workingHours } },
    };
    const ports = { ...world.ports, policy };
    world.clock.advance(HOUR);
    expect(await expirePlans(ports)).toBe(0);
    world.clock.advance(HOUR);
    expect(await expirePlans(ports)).toBe(1);
    expect(world.audit.kinds().at(-1)).toBe("plan.reminded");
  });

  test("reminds whoever is off work when their hours open, and nobody twice", async () => {
    // The world begins on a Saturday at nine.
    const hours = { days: ["sat"], from: "09:00", to: "18:00", timeZone: "UTC" } as const;
    const late = { ...hours, from: "11:00" } as const;
    const groups = {
      ...world.ports.policy.groups,
      sre: aGroup("sre", { userIds: ["U0ANN", "U0BOB"], workingHours: hours }),
      late: aGroup("late", { userIds: ["U0CAT"], workingHours: late }),
    };
    const production = anEnvironment({
      approval: {
        ...anEnvironment().approval,
        destructive: aRule([aClause(2, "sre", "late")]),
      },
    });
    world = createWorld(aPolicy({ groups, environments: { production } }));
    await filePlan(world.ports, world.asks("U0REQ"), planSource());
    world.clock.advance(HOUR / 2);
    expect(await expirePlans(world.ports)).toBe(1);
    expect(await expirePlans(world.ports)).toBe(0);
    world.clock.advance(HOUR);
    expect(await expirePlans(world.ports)).toBe(0);
    world.clock.advance(HOUR / 2);
    expect(await expirePlans(world.ports)).toBe(1);
    world.clock.advance(HOUR / 2);
    expect(await expirePlans(world.ports)).toBe(0);
    const reminded = world.audit.entries.flatMap(({ event }) =>
      event.kind === "plan.reminded" ? [event.people] : [],
    );
    expect(reminded).toEqual([["U0ANN", "U0BOB"], ["U0CAT"]]);
    expect(world.plans.notices.filter(({ kind }) => /reminder/.test(kind))).toEqual([
      { kind: "plan-reminder", planId: "pl-1", people: ["U0ANN", "U0BOB"] },
      { kind: "reminder-private", planId: "pl-1", userId: "U0ANN" },
      { kind: "reminder-private", planId: "pl-1", userId: "U0BOB" },
      { kind: "plan-reminder", planId: "pl-1", people: ["U0CAT"] },
      { kind: "reminder-private", planId: "pl-1", userId: "U0CAT" },
    ]);
  });

  test("says once that more people may approve, and writes to those while they work", async () => {
    // The world begins on a Saturday at nine.
    const late = { days: ["sat"], from: "11:00", to: "18:00", timeZone: "UTC" } as const;
    const groups = {
      ...aPolicy().groups,
      leads: aGroup("leads", { userIds: ["U0LEAD", "U0ANN"] }),
      night: aGroup("night", { userIds: ["U0NOX"], workingHours: late }),
    };
    const widen = { groups: ["leads", "night"], users: [], afterMs: HOUR };
    const production = anEnvironment({
      approval: {
        ...anEnvironment().approval,
        destructive: aRule([aClause(2, "sre")], { widen, remindAfterMs: null }),
      },
    });
    world = createWorld(aPolicy({ groups, environments: { production } }));
    await filePlan(world.ports, world.asks("U0REQ"), planSource());
    const before = world.plans.notices.length;
    world.clock.advance(HOUR - 1);
    expect(await expirePlans(world.ports)).toBe(0);
    world.clock.advance(1);
    expect(await expirePlans(world.ports)).toBe(1);
    expect(await expirePlans(world.ports)).toBe(0);
    expect(world.audit.entries.at(-1)).toMatchObject({
      actor: { kind: "system", part: "sweeper" },
      event: { kind: "plan.widened", groups: ["leads", "night"], people: ["U0LEAD"] },
    });
    expect(world.plans.notices.slice(before)).toEqual([
      { kind: "plan-card", planId: "pl-1" },
      { kind: "plan-widened", planId: "pl-1" },
      { kind: "reminder-private", planId: "pl-1", userId: "U0LEAD", widened: true },
    ]);
    world.clock.advance(HOUR);
    expect(await expirePlans(world.ports)).toBe(1);
    expect(await expirePlans(world.ports)).toBe(0);
    expect(world.plans.notices.slice(before + 3)).toEqual([
      { kind: "reminder-private", planId: "pl-1", userId: "U0NOX", widened: true },
    ]);
    expect(world.audit.entries.at(-1)?.event).toMatchObject({
      kind: "plan.widened",
      people: ["U0NOX"],
    });
  });

  test("writes to nobody about a version that was edited while it was asked about", async () => {
    world.clock.advance(HOUR / 2);
    const seen = await world.plans.get("pl-1");
    if (seen === null) throw new Error("no plan");
    const wave = await waveOf(world.ports, seen, world.clock.now());
    if (wave === null) throw new Error("no wave");
    const { change } = tellApprovers({ ...seen, version: 2 }, seen, wave, world.clock.now());
    expect(change).toEqual({ events: [], notices: [] });
  });

  test("announces an approval that was not used in time", async () => {
    await approve("U0ANN");
    await approve("U0BOB");
    world.clock.advance(HOUR);
    expect(await expirePlans(world.ports)).toBe(1);
    const record = await world.plans.get("pl-1");
    expect(record).toMatchObject({ status: "expired", clock: "start-by" });
    if (record === null) throw new Error("no record");
    expect((await verdictOf(world.ports, record, "cached")).tree.sentence).toMatch(
      /not started in time/,
    );
  });

  test("reminds nobody by name when Slack can't be asked, and goes on", async () => {
    world.directory.takeDown("everything");
    world.clock.advance(HOUR / 2);
    expect(await expirePlans(world.ports)).toBe(1);
    expect(world.audit.entries.at(-1)?.event).toMatchObject({ kind: "plan.reminded", people: [] });
  });
});

describe("previewPlan", () => {
  test("asks for previews and never runs anything", async () => {
    const value = {
      title: "x",
      steps: [
        { id: "a", uses: "toy.read", with: { name: "web-1" } },
        { id: "b", uses: "toy.destroy", with: { name: "web-1" } },
        { id: "c", uses: "toy.read", needs: ["a"], with: { name: "${{ steps.a.result.name }}" } },
      ],
    };
    const previewed = await previewPlan(world.ports, world.asks("U0REQ"), {
      kind: "source",
      value,
      text: "",
    });
    if (!previewed.ok) throw new Error(previewed.refusal.code);
    expect(previewed.value.steps.map(({ preview, note }) => preview?.lines[0] ?? note)).toEqual([
      "web-1 is there.",
      "This operation cannot be tried without doing it.",
      "What it will do depends on the results of earlier steps.",
    ]);
    expect(world.calls).toEqual({ runs: [], previews: ["web-1"] });
    expect(world.clock.sleeping()).toBe(0);
    expect(world.audit.kinds().at(-1)).toBe("plan.previewed");
    expect(world.plans.queued).toEqual([]);
  });

  test("says what a condition leaves out, and on what it waits", async () => {
    const value = {
      title: "x",
      vars: { size: "small" },
      steps: [
        { id: "a", uses: "toy.read", with: { name: "web-1" } },
        { id: "b", uses: "toy.read", when: 'vars.size == "large"', with: { name: "web-2" } },
        { id: "c", uses: "toy.read", when: 'vars.size == "small"', with: { name: "web-3" } },
        {
          id: "d",
          uses: "toy.read",
          needs: ["a"],
          when: 'steps.a.status == "failed"',
          with: { name: "web-4" },
        },
      ],
    };
    const previewed = await previewPlan(world.ports, world.asks("U0REQ"), {
      kind: "source",
      value,
      text: "",
    });
    if (!previewed.ok) throw new Error(explainRefusal(previewed.refusal));
    const [, b, c, d] = previewed.value.steps;
    expect(b).toMatchObject({
      leftOut: true,
      note: 'It would be left out: its condition is false: vars.size == "large"',
    });
    expect(c).toMatchObject({ preview: { lines: ["web-3 is there."] }, note: null });
    expect(d?.preview?.lines).toEqual(["web-4 is there."]);
    expect(d?.note).toContain('It runs only if steps.a.status == "failed"');
    expect(world.calls.previews.toSorted()).toEqual(["web-1", "web-3", "web-4"]);
  });

  test("leaves behind an operation that does not stop when it is told to", async () => {
    const read = world.ports.registry.get("toy.read");
    if (read === undefined) throw new Error("no toy.read");
    const deaf: AnyOperation = { ...read, preview: () => new Promise(() => {}) };
    const registry = { ...world.ports.registry, get: () => deaf };
    const previewing = previewPlan({ ...world.ports, registry }, world.asks("U0REQ"), {
      kind: "source",
      value: { title: "x", steps: [{ id: "a", uses: "toy.read", with: { name: "web-1" } }] },
      text: "",
    });
    for (let turn = 0; turn < 100; turn += 1) {
      world.clock.advance(1_000);
      await Promise.resolve();
    }
    const previewed = await previewing;
    if (!previewed.ok) throw new Error(explainRefusal(previewed.refusal));
    expect(previewed.value.steps[0]?.note).toContain("it took longer than");
  });

  test("of a filed plan is for those with a say in it", async () => {
    expect(await codeOf(previewPlan(world.ports, world.asks("U0ANN"), { planId: "pl-1" }))).toBe(
      "accepted",
    );
    expect(await codeOf(previewPlan(world.ports, world.asks("U0DEV"), { planId: "pl-1" }))).toBe(
      "not-yours",
    );
  });

  test("needs the right to ask", async () => {
    expect(
      await codeOf(previewPlan(world.ports, world.asks("U0ANN"), planSource("toy.read"))),
    ).toBe("operation-not-allowed");
  });
});

describe("checkStart", () => {
  async function header(): Promise<RunHeader> {
    const record = await world.plans.get("pl-1");
    if (record?.status !== "approved" && record?.status !== "spent")
      throw new Error("not approved");
    return {
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
  }

  async function reasons(changes: Partial<RunHeader> = {}, ports = world.ports): Promise<string> {
    const answer = await checkStart(ports, { ...(await header()), ...changes }, "start");
    return answer.ok ? "none" : answer.refusal.reasons.join(" ");
  }

  beforeEach(async () => {
    await approve("U0ANN");
    await approve("U0BOB");
  });

  test("finds nothing against an approved plan in time", async () => {
    expect(await reasons()).toBe("none");
  });

  test("a plan that is not the approved one is held", async () => {
    const { plan } = await header();
    const other = { ...plan, title: "Another" };
    expect(await reasons({ plan: other })).toMatch(/hash or version differs/);
    expect(await reasons({ plan: other, planHash: planHash(other, sha256) })).toMatch(
      /hash or version differs/,
    );
    expect(await reasons({ planVersion: 2 })).toMatch(/hash or version differs/);
    expect(await reasons({ planHash: "another" })).toMatch(/hash or version differs/);
    expect(await reasons({ runId: "run-9" })).toMatch(/given to another run/);
  });

  test("an approver who left, or was deactivated, holds it", async () => {
    world.directory.setGroup("S0SRE", ["U0BOB", "U0CAT"]);
    expect(await reasons()).toBe(
      "The approval does not hold any more: 1 of 2 from sre: @U0BOB; @U0ANN's approval does not count because they are no longer in sre.",
    );
    world.directory.setGroup("S0SRE", ["U0ANN", "U0BOB"]);
    world.directory.refuse("U0BOB", "deactivated");
    expect(await reasons()).toMatch(
      /@U0BOB's approval does not count because they are not an active full member/,
    );
  });

  test("a requester who lost the right to ask, or left, holds it", async () => {
    world.directory.refuse("U0REQ", "deactivated");
    expect(await reasons()).toMatch(
      /who asked for this plan, is not an active full member any more/,
    );
    world.directory.welcome("U0REQ");
    const policy = aPolicy({ environments: { production: anEnvironment({ allow: [] }) } });
    expect(await reasons({}, { ...world.ports, policy })).toMatch(/may not ask for toy.destroy/);
  });

  test("a right that does not hold in the plan's channel any more holds it, and so does the channel", async () => {
    const under = (changes: Partial<Policy>) => ({ ...world.ports, policy: aPolicy(changes) });
    const [permission] = anEnvironment().allow;
    if (permission === undefined) throw new Error("nobody may ask for anything");
    const only = (channelId: string) => {
      const allow = [{ ...permission, channels: [channelId] }];
      return under({ environments: { production: anEnvironment({ allow }) } });
    };
    expect(await reasons({}, only("C0OPS"))).toBe("none");
    expect(await reasons({}, only("C0STAGE"))).toMatch(/not in this channel. Ask in #C0STAGE/);
    expect(await reasons({}, under({ channels: ["C0STAGE"] }))).toMatch(/not set up for this/);
    world.directory.shareChannel("C0OPS");
    expect(await reasons()).toMatch(/shared with another organization/);
  });

  test("the policy in force now counts, not the one of the vote", async () => {
    const approval = { ...anEnvironment().approval, destructive: aRule([aClause(3, "sre")]) };
    const policy = aPolicy({
      version: "policy-2",
      environments: { production: anEnvironment({ approval }) },
    });
    expect(await reasons({}, { ...world.ports, policy })).toMatch(/2 of 3 from sre/);
  });

  test("an operation that was switched off holds it", async () => {
    const registry = { get: () => undefined, list: () => [] };
    expect(await reasons({}, { ...world.ports, registry })).toMatch(/not switched on any more/);
  });

  test.each<["everything" | { readonly id: string }]>([
    ["everything"],
    [{ id: "U0ANN" }],
    [{ id: "S0SRE" }],
    [{ id: "U0REQ" }],
  ])("with %j down it holds (P3)", async (what) => {
    world.directory.takeDown(what);
    await expect(reasons(), "it is asked again").rejects.toThrow(DirectoryUnavailable);
  });

  test("after its time to start it is held", async () => {
    world.clock.advance(HOUR);
    expect(await reasons()).toMatch(/time to start this plan has run out/);
  });

  test("an approval is spent once, and later stages look for it spent", async () => {
    const given = await header();
    await world.plans.change("pl-1", (record) => {
      const spent = spendPlan(record, world.clock.now());
      if (!spent.ok) throw new Error(spent.refusal.code);
      return { change: { record: spent.value, events: [], notices: [] }, answer: null };
    });
    expect(await reasons()).toMatch(/The plan is spent/);
    expect(await checkStart(world.ports, given, "destructive-stage")).toEqual({
      ok: true,
      value: null,
    });
    // The clock of the start is no reason to stop a run that has started.
    world.clock.advance(2 * HOUR);
    expect(await checkStart(world.ports, given, "destructive-stage")).toEqual({
      ok: true,
      value: null,
    });
  });
});

describe("controlRun", () => {
  const call = { phase: "forward", stepId: "one" } as const;

  async function put(status: RunStatus, unknown = false): Promise<void> {
    const record = await world.plans.get("pl-1");
    if (record === null) throw new Error("no plan");
    const { plan, hash, version, conversation } = record;
    const actor = { kind: "system", part: "worker" } as const;
    const failure = { category: "unknown", message: "the answer was lost" } as const;
    world.runs.put({
      runId: "run-1",
      planId: "pl-1",
      planVersion: version,
      planHash: hash,
      plan,
      teamId: "T0ACME",
      requesterId: "U0REQ",
      conversation,
      queuedAt: 0,
      status,
      owner: null,
      emergency: false,
      events: unknown
        ? [{ at: 0, actor, event: { kind: "attempt.unknown", call, attempt: 1, failure } }]
        : [],
    });
  }

  const control = (userId: string, request: RunControl["request"], rollback?: boolean) =>
    controlRun(world.ports, world.asks(userId), {
      runId: "run-1",
      request,
      ...(rollback !== undefined && { rollback }),
    });

  test.each(["U0REQ", "U0ANN"])("%s may control the run", async (userId) => {
    await put("running");
    expect(await codeOf(control(userId, "pause"))).toBe("accepted");
    expect(world.runs.requested[0]?.request).toMatchObject({ kind: "pause", by: { userId } });
    expect(world.audit.entries.at(-1)?.event).toMatchObject({
      kind: "control.requested",
      request: "pause",
    });
  });

  test("others may not, and that is recorded", async () => {
    await put("running");
    expect(await codeOf(control("U0DEV", "cancel"))).toBe("not-yours");
    world.directory.refuse("U0ANN", "deactivated");
    expect(await codeOf(control("U0ANN", "cancel"))).toBe("not-a-member");
    expect(world.runs.requested).toEqual([]);
    expect(world.audit.kinds().slice(-2)).toEqual(["refused", "refused"]);
  });

  test("cancel can take back what was done", async () => {
    await put("running");
    await control("U0REQ", "cancel", true);
    await control("U0REQ", "cancel");
    expect(world.runs.requested.map(({ request }) => request)).toMatchObject([
      { kind: "cancel", rollback: true },
      { kind: "cancel", rollback: false },
    ]);
  });

  test.each<[RunStatus]>([["completed"], ["failed"], ["canceled"], ["rolled-back"]])(
    "a run that is %s can't be controlled",
    async (status) => {
      await put(status);
      expect(await codeOf(control("U0REQ", "cancel"))).toBe("run-ended");
    },
  );

  test("only a question that is open can be answered", async () => {
    await put("waiting-answer", true);
    const answer = { answer: "it-happened", call, attempt: 1 } as const;
    expect(await codeOf(control("U0ANN", answer))).toBe("accepted");
    expect(world.runs.requested[0]?.request).toMatchObject({
      kind: "answer",
      answer: "it-happened",
      attempt: 1,
    });
    expect(await codeOf(control("U0ANN", { ...answer, attempt: 2 }))).toBe("no-such-question");
  });

  test("a run of another workspace is not found", async () => {
    await put("running");
    const asker = world.asks("U0ANN", { teamId: "T0EVIL" });
    expect(await codeOf(controlRun(world.ports, asker, { runId: "run-1", request: "pause" }))).toBe(
      "run-not-found",
    );
  });
});

test("diffPlans tells what was added, removed, changed and made riskier", async () => {
  const record = await world.plans.get("pl-1");
  const [step] = record?.plan.steps ?? [];
  if (record === null || step === undefined) throw new Error("no plan");
  const { plan } = record;
  const changed = { ...step, with: { name: "web-2" }, summary: "Destroy web-2." };
  const added = { ...step, id: "two" };
  expect(
    diffPlans(plan, { ...plan, risk: "modify", title: "Other", steps: [changed, added] }),
  ).toEqual({
    added: [added],
    removed: [],
    changed: [
      {
        stepId: "one",
        fields: [
          { field: "with.name", before: "web-1", after: "web-2" },
          { field: "summary", before: "Destroy web-1.", after: "Destroy web-2." },
        ],
      },
    ],
    risk: { before: "destructive", after: "modify" },
    other: [{ field: "title", before: "Do toy.destroy", after: "Other" }],
  });
  const [two, one] = [added, step];
  expect(diffPlans({ ...plan, steps: [one, two] }, { ...plan, steps: [two, one] }).other).toEqual([
    { field: "order", before: ["one", "two"], after: ["two", "one"] },
  ]);
  expect(diffPlans({ ...plan, steps: [one, two] }, { ...plan, steps: [one] }).removed).toEqual([
    two,
  ]);
});

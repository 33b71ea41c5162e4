// The rules every plan store keeps, in memory and in Postgres.

import { describe, expect, test } from "vitest";
import type { StepUpStore } from "#engine/passkey.ts";
import type { PlanRecord } from "#engine/plan.ts";
import { ReviewOpen } from "#engine/plan-store.ts";
import type { PlanStore } from "#engine/plan-store.ts";
import { spend } from "#engine/step-up.ts";
import type { ProvenStepUp } from "#engine/step-up.ts";
import { aStepUp } from "#test/builders/a-step-up.ts";
import { NOON } from "#test/builders/plan-records.ts";
import type { Workspace } from "./store-world.ts";
import { approve, aWorkspace, voteOn } from "./store-world.ts";

export type PlanStoreUnderTest = {
  readonly plans: PlanStore;
  readonly stepUps: StepUpStore;
  /** Kinds of the events written about the plan, in order. */
  readonly eventsOf: (teamId: string, planId: string) => Promise<readonly string[]>;
};

const NOTHING = { events: [], notices: [] } as const;
const MINUTE = 60_000;

export function planStoreSuite(open: () => PlanStoreUnderTest): void {
  describe("plans that take a run back", () => {
    const takingBack = (workspace: Workspace, runId: string) =>
      workspace.awaiting({
        origin: { kind: "rollback", runId, permalink: null, notes: ["odd \u202E note"] },
      });

    test("are found by the run, newest first, with what they were made from", async () => {
      const { plans } = open();
      const workspace = aWorkspace();
      const runId = workspace.id("run");
      const first = takingBack(workspace, runId);
      await plans.file(first, NOTHING, 5);
      await plans.change(first.id, () => ({
        change: { ...NOTHING, record: moved(first, "withdrawn") },
        answer: null,
      }));
      const second = { ...takingBack(workspace, runId), filedAt: first.filedAt + 1 };
      expect(await plans.file(second, NOTHING, 5)).toEqual({ kind: "filed" });
      await plans.file(takingBack(workspace, workspace.id("run")), NOTHING, 5);
      const found = await plans.rollbacksOf(runId);
      expect(found.map(({ id, status }) => [id, status])).toEqual([
        [second.id, "awaiting-approval"],
        [first.id, "withdrawn"],
      ]);
      expect(found[1]?.origin).toEqual(first.origin);
    });

    test("wait one at a time for a run, however many come at once", async () => {
      const { plans } = open();
      const workspace = aWorkspace();
      const runId = workspace.id("run");
      const records = Array.from({ length: 6 }, (_, index) => ({
        ...takingBack(workspace, runId),
        requester: { teamId: workspace.teamId, userId: `U0${index}`, name: "somebody" },
      }));
      const answers = await Promise.all(records.map((record) => plans.file(record, NOTHING, 5)));
      const filed = records.filter((_, index) => answers[index]?.kind === "filed");
      expect(filed).toHaveLength(1);
      for (const answer of answers) {
        if (answer.kind !== "filed")
          expect(answer).toEqual({ kind: "rollback-pending", planId: filed[0]?.id });
      }
    });
  });

  describe("a broken glass", () => {
    const broken = (record: PlanRecord, userId: string): PlanRecord => ({
      ...approve(record, `run-of-${record.id}`),
      emergency: {
        userId,
        reason: "odd \u202E reason",
        at: NOON,
        reviewBy: NOON + 1,
        remindedAt: null,
        review: null,
      },
    });
    const smash = (plans: PlanStore, planId: string, userId: string) =>
      plans.change(planId, (record) => ({
        change: { ...NOTHING, record: broken(record, userId) },
        answer: "broken",
      }));

    test("is one at a time for a person, however many come at once, until it is reviewed", async () => {
      const { plans } = open();
      const workspace = aWorkspace();
      const all = [];
      for (let left = 5; left > 0; left -= 1) all.push(await filed(plans, workspace));
      const answers = await Promise.allSettled(all.map(({ id }) => smash(plans, id, "U0ANN")));
      expect(answers.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
      for (const answer of answers)
        if (answer.status === "rejected") expect(answer.reason).toBeInstanceOf(ReviewOpen);
      const [unreviewed, ...more] = await plans.openReviews(workspace.teamId);
      expect(more).toEqual([]);
      if (unreviewed === undefined) throw new Error("nothing is open");
      expect(unreviewed.emergency).toMatchObject({ userId: "U0ANN", reason: "odd \u202E reason" });
      const other = all.find(({ id }) => id !== unreviewed.id);
      expect(await smash(plans, other?.id ?? "", "U0BOB")).toBe("broken");
      await plans.change(unreviewed.id, (record) => ({
        change: {
          ...NOTHING,
          record: {
            ...record,
            revision: record.revision + 1,
            emergency: record.emergency && {
              ...record.emergency,
              review: { userId: "U0BOB", note: "fine", at: NOON },
            },
          },
        },
        answer: null,
      }));
      const left = await plans.openReviews(workspace.teamId);
      expect(left.map(({ id }) => id)).toEqual([other?.id]);
      const again = await filed(plans, workspace);
      expect(await smash(plans, again.id, "U0ANN")).toBe("broken");
    });
  });

  describe("filing", () => {
    test("a plan is read back as it was filed", async () => {
      const { plans } = open();
      const record = aWorkspace().awaiting();
      expect(await plans.file(record, NOTHING, 5)).toEqual({ kind: "filed" });
      expect(await plans.get(record.id)).toEqual(record);
    });

    test("text that databases dislike is read back unchanged in plan and source", async () => {
      const { plans } = open();
      const base = aWorkspace().awaiting();
      const odd = "quote ' back\\slash \u0001 \u202E \u{1F4A5} ${x} %";
      const plan = {
        ...base.plan,
        title: odd,
        inputs: { odd: `\u0000${odd}`, nested: { list: [odd, 1e21, -0.5] } },
      };
      const record = {
        ...base,
        plan,
        source: odd,
        conversation: { ...base.conversation, words: odd },
      };
      await plans.file(record, NOTHING, 5);
      expect(await plans.get(record.id)).toEqual(record);
    });

    test("the same request twice files one plan", async () => {
      const { plans, eventsOf } = open();
      const workspace = aWorkspace();
      const requestId = workspace.id("Ev");
      const records = Array.from({ length: 10 }, () => workspace.awaiting({ requestId }));
      const answers = await Promise.all(
        records.map((record) =>
          plans.file(
            record,
            { events: [workspace.entry({ planId: record.id })], notices: [] },
            100,
          ),
        ),
      );
      const filed = records.filter((_, index) => answers[index]?.kind === "filed");
      expect(filed).toHaveLength(1);
      for (const answer of answers) {
        if (answer.kind !== "filed")
          expect(answer).toEqual({ kind: "already-filed", planId: filed[0]?.id });
      }
      const written = await Promise.all(records.map(({ id }) => eventsOf(workspace.teamId, id)));
      expect(written.flat()).toHaveLength(1);
    });

    test("a requester can't have more plans waiting than the cap, however many come at once", async () => {
      const { plans } = open();
      const workspace = aWorkspace();
      const answers = await Promise.all(
        Array.from({ length: 12 }, () => plans.file(workspace.awaiting(), NOTHING, 3)),
      );
      expect(answers.filter(({ kind }) => kind === "filed")).toHaveLength(3);
      expect(answers.filter(({ kind }) => kind === "too-many-pending")).toHaveLength(9);
      expect(answers).toContainEqual({ kind: "too-many-pending", pending: 3 });
      expect(await plans.awaiting(workspace.teamId)).toHaveLength(3);
    });

    test("the same plan asked for by many at once waits once, whoever they are", async () => {
      const { plans, eventsOf } = open();
      const workspace = aWorkspace();
      const hash = workspace.id("hash");
      const records = Array.from({ length: 20 }, (_, index) => {
        const requester = { teamId: workspace.teamId, userId: `U0${index % 7}`, name: "somebody" };
        return workspace.awaiting({ hash, requester });
      });
      const answers = await Promise.all(
        records.map((record) =>
          plans.file(record, { events: [workspace.entry({ planId: record.id })], notices: [] }, 1),
        ),
      );
      const filed = records.filter((_, index) => answers[index]?.kind === "filed");
      expect(filed).toHaveLength(1);
      for (const answer of answers) {
        if (answer.kind !== "filed")
          expect(answer).toEqual({ kind: "same-plan-waits", planId: filed[0]?.id });
      }
      const written = await Promise.all(records.map(({ id }) => eventsOf(workspace.teamId, id)));
      expect(written.flat()).toHaveLength(1);
      expect(await plans.awaiting(workspace.teamId)).toHaveLength(1);
    });

    test("the same plan stands in nobody's way once it is decided or its time is over, nor elsewhere", async () => {
      const { plans } = open();
      const workspace = aWorkspace();
      const first = workspace.awaiting({ hash: workspace.id("hash") });
      const { hash, approveBy } = first;
      await plans.file(first, NOTHING, 9);
      const elsewhere = aWorkspace().awaiting({ hash });
      expect(await plans.file(elsewhere, NOTHING, 9)).toEqual({ kind: "filed" });
      const late = workspace.awaiting({ hash, filedAt: approveBy, approveBy: approveBy + MINUTE });
      expect(await plans.file(late, NOTHING, 9)).toEqual({ kind: "filed" });
      const soon = workspace.awaiting({ hash });
      expect(await plans.file(soon, NOTHING, 9)).toEqual({
        kind: "same-plan-waits",
        planId: first.id,
      });
      for (const waiting of [first, late]) {
        const change = { ...NOTHING, record: moved(waiting, "rejected") };
        await plans.change(waiting.id, () => ({ change, answer: null }));
      }
      expect(await plans.file(soon, NOTHING, 9)).toEqual({ kind: "filed" });
    });

    test("plans that take or put something back are never taken for the same", async () => {
      const { plans } = open();
      const workspace = aWorkspace();
      const hash = workspace.id("hash");
      const origin = { kind: "restore", checkpoint: "noon", takenAt: NOON, notes: [] } as const;
      for (const changes of [{ origin }, { origin }, {}])
        expect(await plans.file(workspace.awaiting({ hash, ...changes }), NOTHING, 9)).toEqual({
          kind: "filed",
        });
    });

    test("a plan whose time ran out takes no place, announced or not", async () => {
      const { plans } = open();
      const workspace = aWorkspace();
      await plans.file(
        workspace.awaiting({ approveBy: NOON - MINUTE, filedAt: NOON - 10 * MINUTE }),
        NOTHING,
        1,
      );
      expect(await plans.file(workspace.awaiting({ filedAt: NOON }), NOTHING, 1)).toEqual({
        kind: "filed",
      });
    });
  });

  describe("a change", () => {
    test("of a plan that isn't there answers null and decides nothing", async () => {
      const { plans } = open();
      const answer = await plans.change("pl-nowhere", () => {
        throw new Error("must not be asked");
      });
      expect(answer).toBeNull();
    });

    test("writes nothing when the decision throws", async () => {
      const { plans } = open();
      const record = await filed(plans);
      const decision = plans.change(record.id, () => {
        throw new Error("no");
      });
      await expect(decision).rejects.toThrow("no");
      expect(await plans.get(record.id)).toEqual(record);
    });

    test("without a record writes its events only", async () => {
      const { plans, eventsOf } = open();
      const workspace = aWorkspace();
      const record = await filed(plans, workspace);
      const event = {
        kind: "refused",
        attempted: "approve",
        code: "self-approval",
        explanation: "no",
        entry: "button",
      } as const;
      const entry = workspace.entry({ planId: record.id, event });
      expect(
        await plans.change(record.id, () => ({
          change: { events: [entry], notices: [] },
          answer: "no",
        })),
      ).toBe("no");
      expect(await plans.get(record.id)).toEqual(record);
      expect(await eventsOf(workspace.teamId, record.id)).toEqual(["refused"]);
    });

    test("of two hundred people at once is one transition, and each sees what came before", async () => {
      const { plans } = open();
      const record = await filed(plans);
      const seen = await Promise.all(
        Array.from({ length: 200 }, (_, index) =>
          plans.change(record.id, (current) => {
            if (current.status !== "awaiting-approval")
              return { change: NOTHING, answer: "late" as const };
            const votes = [...current.votes, voteOn(current, `U${index}`)];
            const voted = { ...current, votes, revision: current.revision + 1 };
            if (votes.length < 50)
              return { change: { ...NOTHING, record: voted }, answer: "voted" as const };
            const approved = { ...approve(current, `run-of-${record.id}`), votes };
            const change = { ...NOTHING, record: approved, queueRun: { runId: approved.runId } };
            return { change, answer: "approved" as const };
          }),
        ),
      );
      const count = (what: string) => seen.filter((answer) => answer === what).length;
      expect([count("voted"), count("approved"), count("late")]).toEqual([49, 1, 150]);
      const now = await plans.get(record.id);
      expect(now).toMatchObject({ status: "approved", revision: 51 });
      expect(new Set(now?.votes.map(({ userId }) => userId)).size).toBe(50);
    });

    test("of a person's vote keeps their newest word only", async () => {
      const { plans } = open();
      const record = await filed(plans);
      await vote(plans, record.id, [voteOn(record, "U1")]);
      const newest = voteOn(record, "U1", { choice: "reject", reason: "not today", at: NOON + 5 });
      await vote(plans, record.id, [newest]);
      expect((await plans.get(record.id))?.votes).toEqual([newest]);
    });

    test("to the next version voids the votes and keeps every version readable", async () => {
      const { plans } = open();
      const workspace = aWorkspace();
      const record = await filed(plans, workspace);
      await vote(plans, record.id, [voteOn(record, "U1")]);
      const plan = { ...record.plan, title: "Restart two fleets" };
      const edited = {
        ...record,
        version: 2,
        hash: "b".repeat(64),
        plan,
        source: "two",
        editors: ["U0EDIT"],
        votes: [],
        revision: 3,
      };
      const event = {
        kind: "plan.edited",
        version: 2,
        hash: edited.hash,
        previousHash: record.hash,
        policyVersion: edited.policyVersion,
        rule: edited.rule,
        votesVoided: 1,
        requestId: "Ev",
      } as const;
      const entry = workspace.entry({
        planId: record.id,
        actor: workspace.person("U0EDIT"),
        event,
      });
      await plans.change(record.id, () => ({
        change: { record: edited, events: [entry], notices: [] },
        answer: null,
      }));
      expect(await plans.get(record.id)).toEqual(edited);
      expect(await plans.version(record.id, 1)).toMatchObject({
        hash: record.hash,
        plan: record.plan,
        authorId: "U0RITA",
      });
      expect(await plans.version(record.id, 2)).toMatchObject({
        hash: edited.hash,
        plan,
        source: "two",
        authorId: "U0EDIT",
      });
      expect(await plans.version(record.id, 3)).toBeNull();
    });

    test("to every state a plan can have is read back as it was written", async () => {
      const { plans } = open();
      for (const state of ["rejected", "expired", "withdrawn", "approved"] as const) {
        const record = await filed(plans);
        const next = moved(record, state);
        await plans.change(record.id, () => ({
          change: { ...NOTHING, record: next },
          answer: null,
        }));
        expect(await plans.get(record.id)).toEqual(next);
      }
    });
  });

  describe("the proof of a vote", () => {
    const proven = async ({ plans, stepUps }: PlanStoreUnderTest) => {
      const record = await filed(plans);
      const issued = aStepUp({ teamId: record.conversation.teamId, planId: record.id });
      await stepUps.issue(issued);
      const proofId = `pf-of-${record.id}`;
      const assertion = { salt: "s", authenticatorData: "a", clientDataJSON: "c", signature: "x" };
      const proof = { id: proofId, passkey: "digest", assertion, at: NOON };
      const session = { session: `session-of-${record.id}`, until: NOON + MINUTE };
      const stepUp: ProvenStepUp = { ...issued, ...session, status: "proven", proof };
      await stepUps.change({ link: issued.link }, () => ({ stepUp, answer: null }));
      return { record, proofId };
    };

    test("is handed to the decision and spent with it, by one of those who come at once", async () => {
      const stage = open();
      const { record, proofId } = await proven(stage);
      const answers = await Promise.all(
        Array.from({ length: 6 }, () =>
          stage.plans.change(
            record.id,
            (_record, stepUp) => {
              const spent = stepUp === null ? null : spend(stepUp, NOON + 1);
              return spent?.ok === true
                ? { change: { ...NOTHING, stepUp: spent.value }, answer: "spent" }
                : { change: NOTHING, answer: "refused" };
            },
            proofId,
          ),
        ),
      );
      expect(answers.filter((answer) => answer === "spent")).toHaveLength(1);
      const kept = await stage.stepUps.find({ proof: proofId });
      expect(kept).toMatchObject({ status: "spent", spentAt: NOON + 1 });
    });

    test("stays when the decision fails, and is null where there is none", async () => {
      const stage = open();
      const { record, proofId } = await proven(stage);
      const failing = stage.plans.change(
        record.id,
        () => {
          throw new Error("a defect");
        },
        proofId,
      );
      await expect(failing).rejects.toThrow("a defect");
      expect(await stage.stepUps.find({ proof: proofId })).toMatchObject({ status: "proven" });
      const seen = (proof?: string) =>
        stage.plans.change(
          record.id,
          (_record, stepUp) => ({ change: NOTHING, answer: { stepUp } }),
          proof,
        );
      expect(await seen("pf-nobody")).toEqual({ stepUp: null });
      expect(await seen()).toEqual({ stepUp: null });
    });
  });

  describe("looking for plans", () => {
    test("by thread finds the newest of its team, channel and thread", async () => {
      const { plans } = open();
      const workspace = aWorkspace();
      const first = await filed(plans, workspace, { filedAt: NOON });
      const second = await filed(plans, workspace, { filedAt: NOON + 1 });
      const { channelId, threadTs } = first.conversation;
      if (threadTs === null) throw new Error("no thread");
      expect((await plans.byThread(workspace.teamId, channelId, threadTs))?.id).toBe(second.id);
      expect(await plans.byThread(aWorkspace().teamId, channelId, threadTs)).toBeNull();
      expect(await plans.byThread(workspace.teamId, channelId, "1.2")).toBeNull();
    });

    test("by the thread that its card opened", async () => {
      const { plans } = open();
      const workspace = aWorkspace();
      const base = workspace.awaiting();
      const record = {
        ...base,
        conversation: { ...base.conversation, threadTs: null, permalink: null },
      };
      await plans.file(record, NOTHING, 5);
      await plans.threadOpened(record.id, "99.1", "https://acme.slack.com/p99");
      const found = await plans.byThread(workspace.teamId, record.conversation.channelId, "99.1");
      expect(found?.conversation).toMatchObject({
        threadTs: "99.1",
        permalink: "https://acme.slack.com/p99",
      });
    });

    test("that wait gives the oldest clock first and no other workspace's", async () => {
      const { plans } = open();
      const workspace = aWorkspace();
      await filed(plans);
      const late = await filed(plans, workspace, { approveBy: NOON + 9 * MINUTE });
      const soon = await filed(plans, workspace, { approveBy: NOON + 3 * MINUTE });
      const gone = await filed(plans, workspace);
      await plans.change(gone.id, (record) => ({
        change: { ...NOTHING, record: moved(record, "withdrawn") },
        answer: null,
      }));
      expect((await plans.awaiting(workspace.teamId)).map(({ id }) => id)).toEqual([
        soon.id,
        late.id,
      ]);
    });

    test("of a person gives the newest first, up to the limit", async () => {
      const { plans } = open();
      const workspace = aWorkspace();
      const requester = { teamId: workspace.teamId, userId: "U0MINE", name: "mine" };
      await filed(plans, workspace);
      const mine = [1, 2, 3].map((at) => workspace.awaiting({ requester, filedAt: NOON + at }));
      for (const record of mine) await plans.file(record, NOTHING, 5);
      const found = await plans.recentOf(workspace.teamId, "U0MINE", 2);
      expect(found.map(({ id }) => id)).toEqual([mine[2]?.id, mine[1]?.id]);
    });

    test("that are overdue finds passed clocks and due reminders until they are announced", async () => {
      const { plans } = open();
      const workspace = aWorkspace();
      const overdue = async () =>
        (await plans.overdue(NOON, 1_000)).filter(
          ({ conversation }) => conversation.teamId === workspace.teamId,
        );
      const passed = await filed(plans, workspace, { approveBy: NOON - 1 });
      const rule = { ...passed.rule, approveWithinMs: 60 * MINUTE, remindAfterMs: 10 * MINUTE };
      const begunAt = NOON - 10 * MINUTE;
      const due = { rule, begunAt, approveBy: NOON + 50 * MINUTE };
      const waves = (nextAt: number | null, widenedAt: number | null = null) => ({
        waves: { nextAt, told: ["U0ANN"], widenedAt },
      });
      const remind = await filed(plans, workspace, { ...due, ...waves(NOON) });
      const widen = { groups: ["leads"], users: [], afterMs: 10 * MINUTE };
      const wide = { ...due, rule: { ...rule, widen } };
      const widens = await filed(plans, workspace, { ...wide, ...waves(null) });
      await filed(plans, workspace, { ...wide, ...waves(null, NOON - 1) });
      await filed(plans, workspace, { ...wide, begunAt: begunAt + 1, ...waves(null) });
      await filed(plans, workspace, { ...due, ...waves(NOON + 1) });
      await filed(plans, workspace, { ...due, ...waves(null) });
      const unstarted = await filed(plans, workspace);
      await plans.change(unstarted.id, (record) => {
        const approved = { ...approve(record, workspace.id("run")), startBy: NOON };
        return { change: { ...NOTHING, record: approved }, answer: null };
      });
      const ids = (await overdue()).map(({ id }) => id);
      expect(new Set(ids)).toEqual(new Set([passed.id, remind.id, widens.id, unstarted.id]));
      expect(await plans.get(remind.id)).toMatchObject(waves(NOON));
      await plans.change(passed.id, (record) => ({
        change: { ...NOTHING, record: moved(record, "expired") },
        answer: null,
      }));
      expect((await overdue()).map(({ id }) => id)).not.toContain(passed.id);
    });
  });
}

async function filed(
  plans: PlanStore,
  workspace: Workspace = aWorkspace(),
  changes: Parameters<Workspace["awaiting"]>[0] = {},
) {
  const record = workspace.awaiting(changes);
  await plans.file(record, NOTHING, 1_000);
  return record;
}

async function vote(plans: PlanStore, planId: string, votes: PlanRecord["votes"]): Promise<void> {
  await plans.change(planId, (record) => {
    if (record.status !== "awaiting-approval") throw new Error("not waiting");
    const change = { ...NOTHING, record: { ...record, votes, revision: record.revision + 1 } };
    return { change, answer: null };
  });
}

/** The same plan in a later state, with what that state has and nothing else. */
function moved(
  record: PlanRecord,
  status: "rejected" | "expired" | "withdrawn" | "approved",
): PlanRecord {
  const approved = approve(record, `run-of-${record.id}`);
  if (status === "approved") return approved;
  const {
    status: _status,
    verdict,
    decidedAt,
    startBy: _startBy,
    runId: _runId,
    ...common
  } = approved;
  if (status === "rejected") return { ...common, status, verdict, decidedAt };
  if (status === "expired") return { ...common, status, clock: "approve-by", expiredAt: NOON };
  return { ...common, status, withdrawnAt: NOON, withdrawnBy: "U0RITA", reason: "typo" };
}

// The rules every run store keeps: order, one owner, fencing, control before the next attempt, one commit.

import { describe, expect, test } from "vitest";
import type { ClaimedRun, RunFlush, RunStore } from "#engine/run-store.ts";
import type { RunEvent } from "#engine/run.ts";
import { EVERY_RUN_EVENT } from "#test/builders/every-run-event.ts";
import { NOON } from "#test/builders/plan-records.ts";
import { ringNobody } from "#adapters/postgres/after-commit.ts";
import { listRuns } from "#adapters/postgres/run-list.ts";
import type { Database } from "#adapters/postgres/database.ts";
import { createRunStore } from "#adapters/postgres/run-store.ts";
import type { Stores, Workspace } from "./store-world.ts";
import {
  aWorkspace,
  claimRun,
  claimRuns,
  clearedStores,
  collect,
  flushOf,
  LEASE_MS,
  openStores,
  queueRun,
  started,
  succeeded,
} from "./store-world.ts";

const COMPLETED: RunEvent = { kind: "run.completed", failedSteps: [] };

export function runStoreSuite(open: () => Stores, owner: () => Database): void {
  async function fresh(): Promise<{ readonly stores: Stores; readonly workspace: Workspace }> {
    return { stores: await clearedStores(open), workspace: aWorkspace() };
  }

  describe("claiming", () => {
    test("queued runs are claimed in exact order", async () => {
      const { stores, workspace } = await fresh();
      const queued: string[] = [];
      for (let count = 0; count < 12; count += 1) queued.push(await queueRun(stores, workspace));
      const claimed: string[] = [];
      for (const owner of ["a", "b", "c", "d"]) {
        const runs = await stores.runs.claim(owner, 3, LEASE_MS, NOON);
        claimed.push(...runs.map(({ runId }) => runId));
      }
      expect(claimed).toEqual(queued);
    });

    test("a queued run is claimed by exactly one of eight workers", async () => {
      const { stores, workspace } = await fresh();
      const queued: string[] = [];
      for (let count = 0; count < 40; count += 1) queued.push(await queueRun(stores, workspace));
      const claims = await Promise.all(
        Array.from({ length: 8 }, async (_, index) => {
          const mine: ClaimedRun[] = [];
          for (;;) {
            const more = await stores.runs.claim(`worker-${index}`, 3, LEASE_MS, NOON);
            if (more.length === 0) return mine;
            mine.push(...more);
          }
        }),
      );
      const ids = claims.flat().map(({ runId }) => runId);
      expect(ids).toHaveLength(40);
      expect(new Set(ids)).toEqual(new Set(queued));
    });

    test("a claimed run comes with what was approved and with its events", async () => {
      const { stores, workspace } = await fresh();
      const record = workspace.approved();
      await stores.plans.file(
        record,
        { queueRun: { runId: record.runId }, events: [], notices: [] },
        5,
      );
      const [run] = await stores.runs.claim("worker-1", 1, LEASE_MS, NOON);
      expect(run).toMatchObject({
        runId: record.runId,
        planId: record.id,
        planVersion: 1,
        planHash: record.hash,
        plan: record.plan,
        teamId: workspace.teamId,
        requesterId: "U0RITA",
        conversation: record.conversation,
        queuedAt: NOON,
        leaseUntil: NOON + LEASE_MS,
        controls: [],
      });
      expect(run?.events.map(({ event }) => event)).toEqual([
        { kind: "run.queued", planVersion: 1, planHash: record.hash },
      ]);
    });

    test("a claimed run is nobody else's until its lease runs out", async () => {
      const { stores, workspace } = await fresh();
      const run = await claimRun(stores, workspace);
      expect(await stores.runs.claim("worker-2", 5, LEASE_MS, NOON + LEASE_MS - 1)).toEqual([]);
      const [taken] = await stores.runs.claim("worker-2", 5, LEASE_MS, NOON + LEASE_MS);
      expect(taken?.runId).toBe(run.runId);
      expect(taken?.epoch).toBeGreaterThan(run.epoch);
    });

    test("an owner doesn't claim again what it is driving", async () => {
      const { stores, workspace } = await fresh();
      await claimRun(stores, workspace);
      expect(await stores.runs.claim("worker-1", 5, LEASE_MS, NOON + 1)).toEqual([]);
    });

    test("an owner that restarted claims its runs at once, fencing what it was", async () => {
      const { stores, workspace } = await fresh();
      const run = await claimRun(stores, workspace);
      await stores.runs.flush(flushOf(run, [started("drain")]));
      const restarted = openStores(stores.database);
      const [again] = await restarted.runs.claim("worker-1", 5, LEASE_MS, NOON + 1);
      expect(again).toMatchObject({ runId: run.runId, epoch: run.epoch + 1 });
      expect(again?.events.map(({ event }) => event.kind)).toEqual([
        "run.queued",
        "attempt.started",
      ]);
      expect(await stores.runs.flush(flushOf(run, [succeeded("drain")]))).toEqual({
        kind: "fenced",
      });
    });

    test("a run given back is claimed by anybody at once", async () => {
      const { stores, workspace } = await fresh();
      const run = await claimRun(stores, workspace);
      await stores.runs.release("worker-1", [run.runId]);
      expect(await stores.runs.flush(flushOf(run, [started("drain")]))).toEqual({ kind: "fenced" });
      const [taken] = await stores.runs.claim("worker-2", 5, LEASE_MS, NOON);
      expect(taken?.runId).toBe(run.runId);
    });

    test("a blocked run is claimed when its timer is due and not before", async () => {
      const { stores, workspace } = await fresh();
      const run = await claimRun(stores, workspace);
      const wakeAt = NOON + 60_000;
      await stores.runs.flush(flushOf(run, [], { release: true, wakeAt }));
      expect(await stores.runs.nextWake()).toBe(wakeAt);
      expect(await stores.runs.claim("worker-2", 5, LEASE_MS, wakeAt - 1)).toEqual([]);
      expect(await stores.runs.ringable(wakeAt + 4_999, 5_000, 10)).toEqual([]);
      expect(await stores.runs.ringable(wakeAt + 5_000, 5_000, 10)).toEqual([run.runId]);
      const [woken] = await stores.runs.claim("worker-2", 5, LEASE_MS, wakeAt);
      expect(woken?.runId).toBe(run.runId);
    });

    test("a run that ended is never claimed again, and nobody rings for it", async () => {
      const { stores, workspace } = await fresh();
      const run = await claimRun(stores, workspace);
      await stores.runs.flush(
        flushOf(run, [COMPLETED], { status: "completed", release: true, wakeAt: NOON }),
      );
      expect(await stores.runs.claim("worker-2", 5, LEASE_MS, NOON + 10 * LEASE_MS)).toEqual([]);
      expect(await stores.runs.ringable(NOON + 10 * LEASE_MS, 0, 10)).toEqual([]);
      expect(await stores.runs.nextWake()).toBeNull();
    });
  });

  test("a run that can't be read is told of, left to its lease, and keeps no other from being claimed", async () => {
    const { stores, workspace } = await fresh();
    const [broken, sound] = await claimRuns(stores, workspace, 2);
    if (broken === undefined || sound === undefined) throw new Error("two runs expected");
    await stores.runs.release("worker-1", [broken.runId, sound.runId]);
    await owner().query(
      `insert into audit_links (team_id, month, seq, at, actor, run_id, kinds, data, digests, previous_hash, hash)
       values ($1, '2026-11-01', 1000000, $2, 'system:engine', $3, array['run.unheard-of'], '{}', '', '', '')`,
      [workspace.teamId, NOON, broken.runId],
    );
    const reports: unknown[] = [];
    const runs = createRunStore(stores.database, ringNobody, {
      trustsClocks: true,
      report: (error) => reports.push(error),
    });
    const claimed = await runs.claim("worker-2", 5, LEASE_MS, NOON);
    expect(claimed.map(({ runId }) => runId)).toEqual([sound.runId]);
    expect(String(reports)).toContain(`(run.unheard-of) of run ${broken.runId}`);
    expect(await runs.claim("worker-2", 5, LEASE_MS, NOON + 1)).toEqual([]);
    expect(reports).toHaveLength(1);
    // Out of the way of the tests that follow.
    await owner().query(
      "update runs set status = 'canceled', owner = null, claimable_at = null where id = $1",
      [broken.runId],
    );
  });

  describe("leases", () => {
    test("a worker whose lease was taken over is fenced", async () => {
      const { stores, workspace } = await fresh();
      const run = await claimRun(stores, workspace);
      const [taken] = await stores.runs.claim("worker-2", 1, LEASE_MS, NOON + LEASE_MS);
      const late = flushOf(run, [succeeded("drain")], { at: NOON + LEASE_MS + 1 });
      expect(await stores.runs.flush(late)).toEqual({ kind: "fenced" });
      expect(await eventKinds(stores.runs, run.runId)).toEqual(["run.queued"]);
      expect(taken).toBeDefined();
    });

    test("a worker whose lease ran out is fenced even when nobody took over", async () => {
      const { stores, workspace } = await fresh();
      const run = await claimRun(stores, workspace);
      const late = flushOf(run, [succeeded("drain")], { at: NOON + LEASE_MS });
      expect(await stores.runs.flush(late)).toEqual({ kind: "fenced" });
    });

    test("a renewed lease keeps others out, and one that was lost is not renewed", async () => {
      const { stores, workspace } = await fresh();
      const [kept, lost] = await claimRuns(stores, workspace, 2);
      if (kept === undefined || lost === undefined) throw new Error("two runs expected");
      expect(await stores.runs.renew("worker-1", [kept.runId], LEASE_MS, NOON + 20_000)).toEqual([
        kept.runId,
      ]);
      const taken = await stores.runs.claim("worker-2", 5, LEASE_MS, NOON + LEASE_MS);
      expect(taken.map(({ runId }) => runId)).toEqual([lost.runId]);
      const ids = [kept.runId, lost.runId];
      expect(await stores.runs.renew("worker-1", ids, LEASE_MS, NOON + LEASE_MS)).toEqual([
        kept.runId,
      ]);
      const written = flushOf(kept, [started("drain")], { at: NOON + LEASE_MS + 1 });
      expect(await stores.runs.flush(written)).toEqual({ kind: "written" });
    });
  });

  describe("clocks", () => {
    const ask = (runs: RunStore, aheadMs: number) => ({
      claim: async () => runs.claim("worker-9", 0, LEASE_MS, Date.now() + aheadMs),
      renew: async () => runs.renew("worker-9", [], LEASE_MS, Date.now() + aheadMs),
    });

    test.each([
      ["ahead of", LEASE_MS / 6 + 2_000],
      ["behind", -LEASE_MS / 3 - 2_000],
    ] as const)(
      "a process whose clock is %s the store's claims and keeps nothing",
      async (how, aheadMs) => {
        const { stores } = await fresh();
        const { claim, renew } = ask(createRunStore(stores.database), aheadMs);
        await expect(claim()).rejects.toThrow(`${how} the clock of the database`);
        await expect(renew()).rejects.toThrow(`${how} the clock of the database`);
      },
    );

    test("a process whose clock agrees does both", async () => {
      const { stores } = await fresh();
      const { claim, renew } = ask(createRunStore(stores.database), 0);
      expect([await claim(), await renew()]).toEqual([[], []]);
    });
  });

  describe("writing", () => {
    test("a flush that comes again under its number is answered as before and not written again", async () => {
      const { stores, workspace } = await fresh();
      const run = await claimRun(stores, workspace);
      const first = flushOf(run, [{ kind: "run.started" }, started("drain")], { spendPlan: true });
      const last = flushOf(run, [succeeded("drain")], { release: true, wakeAt: NOON + 60_000 });
      const all = [first, first, last, first, last];
      for (const flush of all) expect(await stores.runs.flush(flush)).toEqual({ kind: "written" });
      expect(await eventKinds(stores.runs, run.runId)).toEqual([
        "run.queued",
        "run.started",
        "attempt.started",
        "attempt.succeeded",
      ]);
      expect(await stores.runs.nextWake()).toBe(NOON + 60_000);
    });

    test("another owner's first flush is written although the one before counted further", async () => {
      const { stores, workspace } = await fresh();
      const run = await claimRun(stores, workspace);
      await stores.runs.flush(flushOf(run, [started("drain")], { number: 7 }));
      const [taken] = await stores.runs.claim("worker-2", 1, LEASE_MS, NOON + LEASE_MS);
      if (taken === undefined) throw new Error("no run claimed");
      const at = NOON + LEASE_MS + 1;
      const theirs = flushOf(taken, [succeeded("drain")], { number: 1, at });
      expect(await stores.runs.flush(theirs)).toEqual({ kind: "written" });
      const late = flushOf(run, [succeeded("drain")], { number: 8, at });
      expect(await stores.runs.flush(late)).toEqual({ kind: "fenced" });
      expect(await eventKinds(stores.runs, run.runId)).toEqual([
        "run.queued",
        "attempt.started",
        "attempt.succeeded",
      ]);
    });

    test("events come back in order, whatever text is in them", async () => {
      const { stores, workspace } = await fresh();
      const run = await claimRun(stores, workspace);
      const odd = "\u0000 \u{1F4A5} ' \\ \u2028 ${x}";
      const failed: RunEvent = {
        kind: "attempt.failed",
        call: { phase: "rollback", stepId: odd, index: 2 },
        attempt: 1,
        failure: { category: "temporary", message: odd, code: odd, retryAfterMs: 5, acted: true },
        retryAt: NOON,
        durationMs: 0.25,
      };
      const result: RunEvent = {
        ...succeeded("drain"),
        result: { b: [odd, null, 1e21], a: -0.5 },
      } as RunEvent;
      await stores.runs.flush(flushOf(run, [started("drain"), result]));
      await stores.runs.flush(flushOf(run, [failed]));
      const events = (await stores.runs.view(run.runId))?.events ?? [];
      expect(events.slice(1).map(({ event }) => event)).toEqual([started("drain"), result, failed]);
      expect(events[1]).toMatchObject({
        at: NOON + 1_000,
        actor: { kind: "system", part: "worker" },
      });
    });

    test("an attempt that is repeated after a crash comes back as a repeat", async () => {
      const { stores, workspace } = await fresh();
      const run = await claimRun(stores, workspace);
      const repeated = { ...started("drain"), repeat: 1 } as RunEvent;
      await stores.runs.flush(flushOf(run, [started("drain"), repeated]));
      const events = (await stores.runs.view(run.runId))?.events ?? [];
      expect(events.slice(1).map(({ event }) => event)).toEqual([started("drain"), repeated]);
    });

    test("half a surrogate pair in a result is kept as a replacement character, not an error", async () => {
      const { stores, workspace } = await fresh();
      const run = await claimRun(stores, workspace);
      const result = { ...succeeded("drain"), result: { text: "a\uD83D" } } as RunEvent;
      expect(await stores.runs.flush(flushOf(run, [result]))).toEqual({ kind: "written" });
      expect((await stores.runs.view(run.runId))?.events[1]?.event).toMatchObject({
        result: { text: "a\uFFFD" },
      });
    });

    test("flushes of a hundred runs at once share two commits", async () => {
      const { stores, workspace } = await fresh();
      const runs = await claimRuns(stores, workspace, 100);
      const answers = await Promise.all(
        runs.map((run) => stores.runs.flush(flushOf(run, [started("drain")]))),
      );
      expect(new Set(answers.map(({ kind }) => kind))).toEqual(new Set(["written"]));
      const [row] = await stores.database.query<{ commits: number }>(
        "select count(distinct xmin::text) as commits from audit_links where team_id = $1 and 'attempt.started' = any(kinds)",
        [workspace.teamId],
      );
      // Two may be in flight: each takes half, so that one is worked on while the other is written.
      expect(row?.commits).toBe(2);
    });

    test("flushes of one run are written in the order they were asked for", async () => {
      const { stores, workspace } = await fresh();
      const run = await claimRun(stores, workspace);
      const steps = Array.from({ length: 30 }, (_, index) => `step-${index}`);
      await Promise.all(steps.map((step) => stores.runs.flush(flushOf(run, [started(step)]))));
      const events = (await stores.runs.view(run.runId))?.events ?? [];
      const order = events.flatMap(({ event }) =>
        event.kind === "attempt.started" ? [event.call.stepId] : [],
      );
      expect(order).toEqual(steps);
    });

    test("a flush that the database refuses doesn't take the others with it", async () => {
      const { stores, workspace } = await fresh();
      const runs = await claimRuns(stores, workspace, 6);
      const bad = runs[4]?.runId;
      const results = await Promise.allSettled(
        runs.map((run) =>
          stores.runs.flush(
            flushOf(run, [started("drain")], run.runId === bad ? { wakeAt: 0.5 } : {}),
          ),
        ),
      );
      expect(results.map(({ status }) => status)).toEqual(
        runs.map(({ runId }) => (runId === bad ? "rejected" : "fulfilled")),
      );
    });

    test("notices of a flush are in the outbox, one per key", async () => {
      const { stores, workspace } = await fresh();
      const run = await claimRun(stores, workspace);
      const notices = [{ kind: "run-progress", runId: run.runId }] as const;
      await stores.runs.flush(flushOf(run, [started("drain")], { notices }));
      await stores.runs.flush(flushOf(run, [succeeded("drain")], { notices }));
      const items = await stores.outbox.take("sender", 1_000, 1_000, NOON + 10_000);
      const mine = items.filter(({ key }) => key === `run-progress:${run.runId}`);
      expect(mine).toMatchObject([{ version: 2, notice: notices[0], tries: 1 }]);
    });

    test("what a fenced flush would have said is not said", async () => {
      const { stores, workspace } = await fresh();
      const [run, other] = await claimRuns(stores, workspace, 2);
      if (run === undefined || other === undefined) throw new Error("two runs expected");
      const say = (runId: string) => [{ kind: "run-finished", runId }] as const;
      const stale = {
        ...flushOf(run, [COMPLETED], { notices: say(run.runId) }),
        epoch: run.epoch - 1,
      };
      const good = flushOf(other, [started("drain")], { notices: say(other.runId) });
      const answers = await Promise.all([stores.runs.flush(stale), stores.runs.flush(good)]);
      expect(answers.map(({ kind }) => kind)).toEqual(["fenced", "written"]);
      const keys = (await stores.outbox.take("sender", 1_000, 1_000, NOON + 10_000)).map(
        ({ key }) => key,
      );
      expect(keys).toContain(`run-finished:${other.runId}`);
      expect(keys).not.toContain(`run-finished:${run.runId}`);
      expect(await eventKinds(stores.runs, run.runId)).toEqual(["run.queued"]);
    });
  });

  describe("spending the approval", () => {
    const start = (run: ClaimedRun, changes: Partial<RunFlush> = {}) =>
      flushOf(run, [{ kind: "run.started" }, started("drain")], { spendPlan: true, ...changes });

    test("an approved plan is spent with its first event, once", async () => {
      const { stores, workspace } = await fresh();
      const run = await claimRun(stores, workspace);
      expect(await stores.runs.flush(start(run))).toEqual({ kind: "written" });
      expect(await stores.plans.get(run.planId)).toMatchObject({
        status: "spent",
        runId: run.runId,
        spentAt: NOON + 1_000,
      });
      expect(await stores.runs.flush(start(run))).toEqual({ kind: "not-approved" });
      expect(await eventKinds(stores.runs, run.runId)).toEqual([
        "run.queued",
        "run.started",
        "attempt.started",
      ]);
    });

    test("a plan that was withdrawn meanwhile is not started", async () => {
      const { stores, workspace } = await fresh();
      const run = await claimRun(stores, workspace);
      await stores.plans.change(run.planId, (record) => {
        if (record.status !== "approved") throw new Error("not approved");
        const { verdict: _v, decidedAt: _d, startBy: _s, runId: _r, ...common } = record;
        const withdrawn = {
          ...common,
          status: "withdrawn",
          withdrawnAt: NOON,
          withdrawnBy: "U0RITA",
          reason: null,
          revision: record.revision + 1,
        } as const;
        return { change: { record: withdrawn, events: [], notices: [] }, answer: null };
      });
      expect(await stores.runs.flush(start(run))).toEqual({ kind: "not-approved" });
      expect(await eventKinds(stores.runs, run.runId)).toEqual(["run.queued"]);
    });

    test("a plan whose time to start has passed is not started", async () => {
      const { stores, workspace } = await fresh();
      const record = workspace.approved({ startBy: NOON + 1_000 });
      await stores.plans.file(
        record,
        { queueRun: { runId: record.runId }, events: [], notices: [] },
        5,
      );
      const [run] = await stores.runs.claim("worker-1", 1, LEASE_MS, NOON);
      if (run === undefined) throw new Error("no run");
      expect(await stores.runs.flush(start(run))).toEqual({ kind: "not-approved" });
      expect(await stores.runs.flush(start(run, { at: NOON + 999 }))).toEqual({ kind: "written" });
    });
  });

  describe("control requests", () => {
    const ask = (stores: Stores, workspace: Workspace, runId: string) => {
      const by = workspace.person("U0RITA");
      const event = { kind: "control.requested", request: "pause", entry: "mention" } as const;
      return stores.runs.requestControl(
        runId,
        { kind: "pause", by },
        workspace.entry({ runId, event }),
      );
    };

    test("an attempt is not started past an unseen pause", async () => {
      const { stores, workspace } = await fresh();
      const run = await claimRun(stores, workspace);
      expect(await ask(stores, workspace, run.runId)).toBe(1);
      const answer = await stores.runs.flush(flushOf(run, [succeeded("drain"), started("stop")]));
      const by = workspace.person("U0RITA");
      expect(answer).toEqual({
        kind: "control",
        controls: [{ number: 1, request: { kind: "pause", by } }],
      });
      expect(await eventKinds(stores.runs, run.runId)).toEqual(["run.queued"]);
      const seen = flushOf(run, [{ kind: "run.paused", by }, started("stop")], { controlSeen: 1 });
      expect(await stores.runs.flush(seen)).toEqual({ kind: "written" });
    });

    test("an outcome is written whatever was asked for meanwhile", async () => {
      const { stores, workspace } = await fresh();
      const run = await claimRun(stores, workspace);
      await stores.runs.flush(flushOf(run, [started("drain")]));
      await ask(stores, workspace, run.runId);
      expect(await stores.runs.flush(flushOf(run, [succeeded("drain")]))).toEqual({
        kind: "written",
      });
    });

    test("a request wakes a run that waits for a person, and comes with the claim", async () => {
      const { stores, workspace } = await fresh();
      const run = await claimRun(stores, workspace);
      await stores.runs.flush(flushOf(run, [], { status: "paused", release: true }));
      expect(await stores.runs.claim("worker-2", 5, LEASE_MS, NOON + 10 * LEASE_MS)).toEqual([]);
      await ask(stores, workspace, run.runId);
      const [woken] = await stores.runs.claim("worker-2", 5, LEASE_MS, NOON);
      expect(woken).toMatchObject({ runId: run.runId, controlSeen: 0, controls: [{ number: 1 }] });
    });

    test("a request that was carried out does not come again, and the claim says so", async () => {
      const { stores, workspace } = await fresh();
      const run = await claimRun(stores, workspace);
      await ask(stores, workspace, run.runId);
      const away = { status: "paused", controlSeen: 1, release: true, wakeAt: NOON } as const;
      await stores.runs.flush(flushOf(run, [], away));
      const [again] = await stores.runs.claim("worker-2", 5, LEASE_MS, NOON);
      expect(again).toMatchObject({ runId: run.runId, controlSeen: 1, controls: [] });
    });

    test("a request that its owner gave the run back without seeing makes it claimable", async () => {
      const { stores, workspace } = await fresh();
      const run = await claimRun(stores, workspace);
      await ask(stores, workspace, run.runId);
      await stores.runs.flush(flushOf(run, [], { status: "waiting-answer", release: true }));
      const [woken] = await stores.runs.claim("worker-2", 5, LEASE_MS, NOON + 1_000);
      expect(woken?.controls.map(({ number }) => number)).toEqual([1]);
    });

    test("a request to a run that ended or isn't there is refused and writes nothing", async () => {
      const { stores, workspace } = await fresh();
      const run = await claimRun(stores, workspace);
      await stores.runs.flush(flushOf(run, [COMPLETED], { status: "completed", release: true }));
      expect(await ask(stores, workspace, run.runId)).toBeNull();
      expect(await ask(stores, workspace, "run-nowhere")).toBeNull();
      const rows = await collect(stores.audit.rows({ teamId: workspace.teamId, limit: 100 }));
      expect(rows.map(({ kind }) => kind)).not.toContain("control.requested");
    });

    test("a request calls whoever listens, and is in the log with its person", async () => {
      const { stores, workspace } = await fresh();
      const run = await claimRun(stores, workspace);
      let tell: (runId: string) => void = () => undefined;
      const told = new Promise<string>((resolve) => {
        tell = (runId) => {
          if (runId === run.runId) resolve(runId);
        };
      });
      const other = openStores(stores.database);
      const stop = await other.runs.onControl((runId) => tell(runId));
      await ask(stores, workspace, run.runId);
      expect(await told).toBe(run.runId);
      await stop();
      expect(await stores.runs.controls(run.runId, 0)).toHaveLength(1);
      expect(await stores.runs.controls(run.runId, 1)).toEqual([]);
      const rows = await collect(
        stores.audit.rows({ teamId: workspace.teamId, runId: run.runId, limit: 10 }),
      );
      expect(rows.at(-1)).toMatchObject({
        kind: "control.requested",
        actor: "person:U0RITA",
        runId: run.runId,
      });
    });
  });

  describe("output", () => {
    const chunk = (runId: string, call: string, text: string) => ({
      runId,
      call,
      attempt: 1,
      at: NOON,
      text,
    });

    test("is kept in order, by call, with characters a database can't hold replaced", async () => {
      const { stores, workspace } = await fresh();
      const run = await claimRun(stores, workspace);
      const parts = Array.from({ length: 20 }, (_, index) =>
        chunk(run.runId, index % 2 === 0 ? "a" : "b", `${index}\n`),
      );
      await Promise.all(parts.map((part) => stores.runs.appendOutput([part])));
      await stores.runs.appendOutput([chunk(run.runId, "a", "nul \u0000 end")]);
      expect((await stores.runs.output(run.runId)).slice(0, 20)).toEqual(parts);
      expect((await stores.runs.output(run.runId, "a")).at(-1)?.text).toBe("nul \uFFFD end");
      expect(await stores.runs.output(run.runId, "c")).toEqual([]);
    });

    test("ends with its last lines, put together across chunks", async () => {
      const { stores, workspace } = await fresh();
      const run = await claimRun(stores, workspace);
      const say = (call: string, text: string) =>
        stores.runs.appendOutput([chunk(run.runId, call, text)]);
      await say("a", "one\ntw");
      await say("b", "bee\n");
      await say("a", "o\nthree\nfo");
      expect(await stores.runs.outputTail(run.runId, 4)).toEqual([
        { call: "b", text: "bee" },
        { call: "a", text: "two" },
        { call: "a", text: "three" },
        { call: "a", text: "fo" },
      ]);
      expect(await stores.runs.outputTail(run.runId, 0)).toEqual([]);
    });
  });

  test("a run is found by its plan, and by its person until it ends", async () => {
    const { stores, workspace } = await fresh();
    const run = await claimRun(stores, workspace);
    expect(await stores.runs.byPlan(run.planId)).toMatchObject({
      runId: run.runId,
      owner: "worker-1",
      status: "queued",
    });
    const active = async (userId: string | null, limit = 10) =>
      (await stores.runs.activeOf(workspace.teamId, userId, limit)).map(({ runId }) => runId);
    expect(await active("U0RITA")).toEqual([run.runId]);
    expect(await active(null)).toEqual([run.runId]);
    expect(await active("U0BOB")).toEqual([]);
    expect(await active(null, 0)).toEqual([]);
    await stores.runs.flush(flushOf(run, [COMPLETED], { status: "completed", release: true }));
    expect(await active("U0RITA")).toEqual([]);
    expect(await stores.runs.view(run.runId)).toMatchObject({ owner: null, status: "completed" });
    expect(await stores.runs.view("run-nowhere")).toBeNull();
  });

  test("a run is marked for good once the glass was broken for it, in every list", async () => {
    const { stores, workspace } = await fresh();
    const review = { userId: "U0BOB", note: "fine", at: NOON };
    const broken = { userId: "U0ANN", reason: "why", at: NOON, reviewBy: NOON, remindedAt: null };
    const { teamId } = workspace;
    for (const emergency of [null, { ...broken, review: null }, { ...broken, review }]) {
      const record = workspace.approved({ emergency });
      const { id: planId, runId } = record;
      await stores.plans.file(record, { queueRun: { runId }, events: [], notices: [] }, 10);
      const marks = [
        await stores.runs.view(runId),
        await stores.runs.byPlan(planId),
        (await stores.runs.activeOf(teamId, null, 10)).find((run) => run.runId === runId),
        (await stores.audit.history({ teamId, planId, limit: 1 }))[0],
        (await listRuns(stores.database, { ended: false, limit: 100 })).find(
          (run) => run.runId === runId,
        ),
      ].map((found) => found?.emergency);
      expect(marks).toEqual([1, 2, 3, 4, 5].map(() => emergency !== null));
    }
  });

  test("every kind of event comes back as it was written, with every field it can have", async () => {
    const { stores, workspace } = await fresh();
    const run = await claimRun(stores, workspace);
    const known = run.events.length;
    expect(await stores.runs.flush(flushOf(run, EVERY_RUN_EVENT))).toEqual({ kind: "written" });
    const view = await stores.runs.view(run.runId);
    expect(view?.events.slice(known).map(({ event }) => event)).toEqual(EVERY_RUN_EVENT);
  });

  test("flushes of two workers, decisions, control requests and notices at once wait for nobody for ever", async () => {
    const { stores, workspace } = await fresh();
    const other = openStores(stores.database);
    const runs = await claimRuns(stores, workspace, 20);
    const work = runs.flatMap((run, index) => {
      const store = index % 2 === 0 ? stores : other;
      const notices = runs.map(({ runId }) => ({ kind: "run-progress", runId }) as const);
      return [
        store.runs.flush(flushOf(run, [{ kind: "run.started" }], { spendPlan: true, notices })),
        other.outbox.note(notices.toReversed(), NOON),
        stores.runs.requestControl(
          run.runId,
          { kind: "resume", by: workspace.person("U1") },
          workspace.entry({ runId: run.runId }),
        ),
        other.plans.change(run.planId, () => ({
          change: { events: [workspace.entry({ planId: run.planId })], notices },
          answer: true,
        })),
      ];
    });
    await Promise.all(work);
    const rows = await collect(stores.audit.rows({ teamId: workspace.teamId, limit: 1_000 }));
    expect(rows.map(({ seq }) => seq)).toEqual(rows.map((_, index) => index + 1));
    expect(rows).toHaveLength(20 * 4);
  });
}

async function eventKinds(runs: RunStore, runId: string): Promise<readonly string[]> {
  return ((await runs.view(runId))?.events ?? []).map(({ event }) => event.kind);
}

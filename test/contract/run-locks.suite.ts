// The rules of resource locks that every run store keeps: one run at a time for each key, first come first served,
// held to the end whoever drives it, and given up with the run or with its approval.

import fc from "fast-check";
import { expect, test } from "vitest";
import type { ClaimedRun, RunStore } from "#engine/run-store.ts";
import { NOON } from "#test/builders/plan-records.ts";
import { flushOf, LEASE_MS } from "./store-world.ts";

export type LockStage = {
  readonly runs: RunStore;
  /** The same runs as another process sees them. */
  readonly elsewhere: RunStore;
  /** Queues a run of an approved plan whose steps take these keys. */
  readonly queue: (keys: readonly string[]) => Promise<string>;
  /** The plan's approval is taken back. */
  readonly withdraw: (runId: string) => Promise<void>;
  /** Somebody asks for this run to be canceled. */
  readonly cancel: (runId: string) => Promise<void>;
  /** How often the thread of this run was to be shown anew. */
  readonly shown: (runId: string) => Promise<number>;
};

/** @param histories random histories to try. */
export function runLocksSuite(stage: () => Promise<LockStage>, histories: number): void {
  const claim = async (runs: RunStore, owner = "worker-1", now = NOON) =>
    runs.claim(owner, 100, LEASE_MS, now);
  const claimed = async (runs: RunStore, owner?: string) =>
    (await claim(runs, owner)).map(({ runId }) => runId);
  const end = async (runs: RunStore, run: ClaimedRun) =>
    runs.flush(
      flushOf(run, [{ kind: "run.completed", failedSteps: [] }], {
        status: "completed",
        release: true,
      }),
    );
  const one = (runs: readonly ClaimedRun[]): ClaimedRun => {
    const [run] = runs;
    if (run === undefined || runs.length > 1)
      throw new Error(`claimed ${runs.length} runs, not one`);
    return run;
  };

  test("runs without a common key don't wait for each other", async () => {
    const { runs, queue } = await stage();
    const ids = [await queue(["a"]), await queue(["b"]), await queue([])];
    expect(await claimed(runs)).toEqual(ids);
    for (const id of ids) expect(await runs.lockWait(id)).toBeNull();
  });

  test("a run waits until the run that has its key ends, and then is claimable at once", async () => {
    const { runs, queue } = await stage();
    const first = await queue(["a", "b"]);
    const second = await queue(["b", "c"]);
    const holder = one(await claim(runs));
    expect(holder.runId).toBe(first);
    expect(await runs.nextWake()).toBeNull();
    expect(await runs.ringable(NOON + 60_000, 0, 10)).not.toContain(second);
    await end(runs, holder);
    expect(await claimed(runs)).toEqual([second]);
  });

  test("a run that waits says for what, who has it and how many are before it", async () => {
    const { runs, queue } = await stage();
    const first = await queue(["b"]);
    const second = await queue(["b"]);
    const third = await queue(["z", "b"]);
    expect(await runs.lockWait(first)).toBeNull();
    expect(await runs.lockWait(second)).toMatchObject({
      key: "b",
      holder: { runId: first, status: "queued" },
      ahead: 1,
    });
    expect(await runs.lockWait(third)).toMatchObject({ holder: { runId: first }, ahead: 2 });
    await end(runs, one(await claim(runs)));
    expect(await runs.lockWait(third)).toMatchObject({ holder: { runId: second }, ahead: 1 });
  });

  test("a run is shown when it begins to wait and whenever somebody before it ends", async () => {
    const { runs, queue, shown } = await stage();
    const first = await queue(["a"]);
    const second = await queue(["a"]);
    const third = await queue(["a"]);
    expect(await Promise.all([first, second, third].map(shown))).toEqual([0, 1, 1]);
    await end(runs, one(await claim(runs)));
    expect(await Promise.all([first, second, third].map(shown))).toEqual([0, 2, 2]);
  });

  test("those behind a run are shown anew when it starts, since from then on it holds what they want", async () => {
    const { runs, queue, shown } = await stage();
    const first = await queue(["a"]);
    const second = await queue(["a", "b"]);
    const third = await queue(["b"]);
    await end(runs, one(await claim(runs)));
    const run = one(await claim(runs));
    expect(run.runId).toBe(second);
    const before = await Promise.all([first, second, third].map(shown));
    await runs.flush(flushOf(run, []));
    expect(await runs.lockWait(third)).toMatchObject({
      holder: { runId: second, status: "running" },
    });
    expect(await Promise.all([first, second, third].map(shown))).toEqual([
      ...before.slice(0, 2),
      (before[2] ?? 0) + 1,
    ]);
    // It goes on running: nothing about it changes for them.
    await runs.flush(flushOf(run, []));
    expect(await shown(third)).toBe((before[2] ?? 0) + 1);
  });

  test("nobody overtakes: a run whose other key is free still waits its turn", async () => {
    const { runs, queue } = await stage();
    await queue(["a"]);
    const second = await queue(["a", "b"]);
    const third = await queue(["b"]);
    const holder = one(await claim(runs));
    await end(runs, holder);
    expect(await claimed(runs)).toEqual([second]);
    expect(await runs.lockWait(third)).toMatchObject({ key: "b", holder: { runId: second } });
  });

  test("the lock of a lost worker goes to whoever takes the run", async () => {
    const { runs, elsewhere, queue } = await stage();
    const first = await queue(["a"]);
    const second = await queue(["a"]);
    await claim(runs, "worker-1");
    const taken = one(await claim(elsewhere, "worker-2", NOON + LEASE_MS));
    expect(taken.runId).toBe(first);
    expect(await runs.lockWait(second)).toMatchObject({ holder: { runId: first } });
  });

  test("a run given back or blocked keeps its lock", async () => {
    const { runs, queue } = await stage();
    await queue(["a"]);
    const second = await queue(["a"]);
    const run = one(await claim(runs));
    await runs.flush(flushOf(run, [], { status: "paused", release: true }));
    expect(await claim(runs)).toEqual([]);
    expect(await runs.lockWait(second)).not.toBeNull();
  });

  test("an approval that is taken back gives up its place", async () => {
    const { runs, queue, withdraw } = await stage();
    await queue(["a"]);
    const second = await queue(["a"]);
    const third = await queue(["a"]);
    const holder = one(await claim(runs));
    await withdraw(second);
    expect(await runs.lockWait(second)).toBeNull();
    // It is looked at, so that its thread learns that it won't start.
    expect(await claimed(runs)).toEqual([second]);
    await end(runs, holder);
    expect(await claimed(runs)).toEqual([third]);
  });

  test("a waiting run can be canceled, and those behind it go on without it", async () => {
    const { runs, queue, cancel } = await stage();
    await queue(["a"]);
    const second = await queue(["a", "b"]);
    const third = await queue(["b"]);
    await claim(runs);
    await cancel(second);
    const run = one(await claim(runs));
    expect(run).toMatchObject({ runId: second, controls: [{ request: { kind: "cancel" } }] });
    expect(await runs.lockWait(second)).not.toBeNull();
    await runs.flush(
      flushOf(run, [{ kind: "run.canceled", reason: "Ann canceled it.", leftovers: [] }], {
        status: "canceled",
        controlSeen: 1,
        release: true,
      }),
    );
    expect(await claimed(runs)).toEqual([third]);
  });

  test("a waiting run that was looked at goes on waiting, and misses nobody's end meanwhile", async () => {
    const { runs, queue, cancel } = await stage();
    await queue(["a"]);
    const second = await queue(["a"]);
    const holder = one(await claim(runs));
    await cancel(second);
    const looked = one(await claim(runs));
    const givesBack = (run: ClaimedRun) =>
      runs.flush(flushOf(run, [], { status: "queued", controlSeen: 1, release: true }));
    await givesBack(looked);
    expect(await claim(runs)).toEqual([]);
    await cancel(second);
    const again = one(await claim(runs));
    await end(runs, holder);
    await runs.flush(flushOf(again, [], { status: "queued", controlSeen: 2, release: true }));
    expect(await claimed(runs)).toEqual([second]);
  });

  test("keys found while a run is driven are its own until it ends", async () => {
    const { runs, queue } = await stage();
    await queue([]);
    const run = one(await claim(runs));
    expect(await runs.takeLocks(run.runId, run.epoch, ["a", "b"])).toEqual({ kind: "taken" });
    expect(await runs.takeLocks(run.runId, run.epoch, ["b", "a"])).toEqual({ kind: "taken" });
    const second = await queue(["a"]);
    expect(await claim(runs)).toEqual([]);
    await end(runs, run);
    expect(await claimed(runs)).toEqual([second]);
  });

  test("a key of a run that may have started is not taken, and neither are the others asked for with it", async () => {
    const { runs, queue } = await stage();
    await queue([]);
    const run = one(await claim(runs));
    const second = await queue(["a"]);
    const third = await queue(["b", "a"]);
    const answer = await runs.takeLocks(run.runId, run.epoch, ["z", "a"]);
    expect(answer).toMatchObject({ kind: "held-by", key: "a", holder: { runId: second } });
    // Whoever waits itself is overtaken: it queued later.
    expect(await runs.takeLocks(run.runId, run.epoch, ["b"])).toEqual({ kind: "taken" });
    const fourth = await queue(["z"]);
    expect(await runs.lockWait(fourth)).toBeNull();
    expect(await runs.lockWait(third)).not.toBeNull();
  });

  test("a worker that lost the run takes nothing", async () => {
    const { runs, elsewhere, queue } = await stage();
    await queue([]);
    const run = one(await claim(runs));
    await claim(elsewhere, "worker-2", NOON + LEASE_MS);
    expect(await runs.takeLocks(run.runId, run.epoch, ["a"])).toEqual({ kind: "fenced" });
  });

  test("an address as long as they get is a key like any other", async () => {
    const { runs, queue } = await stage();
    const key = `http:https://lb.internal/${"é\u0000".repeat(4_000)}`;
    const first = await queue([`${key}/1`]);
    const second = await queue([`${key}/2`]);
    await queue([`${key}/1`]);
    expect(await claimed(runs)).toEqual([first, second]);
  });

  test("whatever the keys and the ends, each key has one started run at a time, in the order of the queue, and everything runs", async () => {
    const key = fc.constantFrom("a", "b", "c", "d");
    const act = fc.oneof(
      { weight: 3, arbitrary: fc.record({ queue: fc.uniqueArray(key, { maxLength: 3 }) }) },
      { weight: 2, arbitrary: fc.record({ claim: fc.constantFrom("worker-1", "worker-2") }) },
      { weight: 2, arbitrary: fc.record({ end: fc.nat() }) },
      { weight: 1, arbitrary: fc.record({ withdraw: fc.nat() }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 5, maxLength: 40 }), async (acts) => {
        const { runs, queue, withdraw } = await stage();
        const keysOf = new Map<string, readonly string[]>();
        const waiting: string[] = [];
        const started: ClaimedRun[] = [];
        const withdrawn = new Set<string>();
        const take = async (owner: string) => {
          for (const run of await claim(runs, owner)) {
            const keys = withdrawn.has(run.runId) ? [] : (keysOf.get(run.runId) ?? []);
            for (const one of keys) {
              const rivals = started.filter(({ runId }) => keysOf.get(runId)?.includes(one));
              expect(rivals.filter(({ runId }) => !withdrawn.has(runId))).toEqual([]);
              const next = waiting.find(
                (id) => !withdrawn.has(id) && keysOf.get(id)?.includes(one),
              );
              expect(next).toBe(run.runId);
            }
            waiting.splice(waiting.indexOf(run.runId), 1);
            started.push(run);
          }
        };
        const finish = async (place: number) => {
          const [run] = started.splice(place, 1);
          if (run !== undefined) await end(runs, run);
        };
        for (const doing of acts) {
          if ("queue" in doing) {
            const id = await queue(doing.queue);
            keysOf.set(id, doing.queue);
            waiting.push(id);
          } else if ("claim" in doing) await take(doing.claim);
          else if ("end" in doing && started.length > 0) await finish(doing.end % started.length);
          else if ("withdraw" in doing && waiting.length > 0) {
            const id = waiting[doing.withdraw % waiting.length] ?? "";
            if (withdrawn.has(id)) continue;
            withdrawn.add(id);
            await withdraw(id);
          }
        }
        for (let left = waiting.length + started.length; left > 0; left -= 1) {
          await take("worker-1");
          await finish(0);
        }
        expect(waiting).toEqual([]);
        expect(started).toEqual([]);
      }),
      { numRuns: histories },
    );
  });
}

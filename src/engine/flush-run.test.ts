import { beforeEach, describe, expect, test } from "vitest";
import { queuedRun, switchPlan, switchStep } from "#test/builders/run-plans.ts";
import { MemoryRunDatabase } from "#test/fakes/memory-run-store.ts";
import { SteppingClock } from "#test/fakes/stepping-clock.ts";
import { flushCertainly } from "./flush-run.ts";
import type { ClaimedRun, FlushAnswer, RunFlush, RunStore } from "./run-store.ts";

const LEASE_MS = 30_000;

describe("a write whose answer was lost", () => {
  let clock: SteppingClock;
  let database: MemoryRunDatabase;
  beforeEach(() => {
    clock = new SteppingClock();
    database = new MemoryRunDatabase();
  });

  async function claimed(store: RunStore): Promise<ClaimedRun> {
    database.queue(queuedRun(switchPlan([switchStep("a")]), clock.now()));
    const [run] = await store.claim("first", 1, LEASE_MS, clock.now());
    if (run === undefined) throw new Error("nothing was claimed");
    return run;
  }
  const flushOf = ({ runId, epoch }: ClaimedRun): RunFlush => ({
    runId,
    epoch,
    number: 1,
    at: clock.now(),
    events: [{ actor: { kind: "system", part: "engine" }, event: { kind: "run.started" } }],
    status: "running",
    wakeAt: null,
    controlSeen: 0,
    release: false,
    spendPlan: true,
    notices: [],
  });

  /** Flushes through a store that loses the first answer. @param given.meanwhile happens before it is sent again. */
  async function flushed(given: {
    readonly arrives: boolean;
    readonly meanwhile?: (run: ClaimedRun) => Promise<unknown>;
  }): Promise<{ readonly answer: FlushAnswer; readonly kinds: readonly string[] }> {
    const store = database.connect();
    const run = await claimed(store);
    let isLost = true;
    const answering = flushCertainly({
      runs: {
        flush: async (flush) => {
          if (!isLost) return store.flush(flush);
          isLost = false;
          if (given.arrives) await store.flush(flush);
          await given.meanwhile?.(run);
          throw new Error("connection reset");
        },
      },
      clock,
      flush: flushOf(run),
      lost: new AbortController().signal,
      report: () => {},
    });
    await clock.advance(60_000);
    return {
      answer: await answering,
      kinds: database.view(run.runId).events.map(({ event }) => event.kind),
    };
  }

  test("is sent again when it did not arrive", async () => {
    const { answer, kinds } = await flushed({ arrives: false });
    expect(answer).toEqual({ kind: "written" });
    expect(kinds).toEqual(["run.queued", "run.started"]);
  });

  test("is not written again when it arrived, and its spent approval does not refuse it", async () => {
    const { answer, kinds } = await flushed({ arrives: true });
    expect(answer).toEqual({ kind: "written" });
    expect(kinds).toEqual(["run.queued", "run.started"]);
  });

  test("is not taken for written when another owner wrote as many events", async () => {
    const { answer, kinds } = await flushed({
      arrives: false,
      meanwhile: async () => {
        const other = database.connect();
        const [run] = await other.claim("second", 1, LEASE_MS, clock.now() + LEASE_MS);
        if (run === undefined) throw new Error("nothing was taken over");
        expect(await other.flush(flushOf(run))).toEqual({ kind: "written" });
      },
    });
    expect(answer).toEqual({ kind: "fenced" });
    expect(kinds).toEqual(["run.queued", "run.started"]);
  });

  test("is written once when the lost one arrives after the one that was sent again", async () => {
    const store = database.connect();
    const run = await claimed(store);
    const first = flushOf(run);
    expect(await store.flush({ ...first, at: clock.now() + 200 })).toEqual({ kind: "written" });
    expect(await store.flush({ ...first, number: 2, spendPlan: false, events: [] })).toEqual({
      kind: "written",
    });
    expect(await store.flush(first)).toEqual({ kind: "written" });
    const kinds = database.view(run.runId).events.map(({ event }) => event.kind);
    expect(kinds).toEqual(["run.queued", "run.started"]);
  });

  test("is not sent again once the lease is lost", async () => {
    const store = database.connect();
    const flush = flushOf(await claimed(store));
    const lost = new AbortController();
    let sent = 0;
    const answer = await flushCertainly({
      runs: {
        flush: async (again) => {
          sent += 1;
          if (sent > 1) return store.flush(again);
          lost.abort();
          throw new Error("connection reset");
        },
      },
      clock,
      flush,
      lost: lost.signal,
      report: () => {},
    });
    expect({ answer, sent }).toEqual({ answer: { kind: "fenced" }, sent: 1 });
  });
});

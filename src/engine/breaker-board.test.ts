import { expect, test } from "vitest";
import { createManualClock } from "#test/fakes/manual-clock.ts";
import { createMemoryBreakerStore } from "#test/fakes/memory-breaker-store.ts";
import { BreakerBoard } from "./breaker-board.ts";
import type { BreakerStore } from "./breaker-store.ts";
import type { Admission } from "./breaker-board.ts";

const policy = { failureRate: 0.5, minimumCalls: 4, windowMs: 60_000, openMs: 10_000 };
const LB = "http:lb.internal";
const PROBE_MS = 5_000;

/** Processes over one store and one clock. */
function aWorld(processes = 2) {
  const clock = createManualClock();
  const store = createMemoryBreakerStore();
  const trips: string[] = [];
  const reports: unknown[] = [];
  const board = (over: BreakerStore = store) =>
    new BreakerBoard({
      store: over,
      clock,
      policy,
      report: (error) => reports.push(error),
      onTrip: (target) => trips.push(target),
    });
  return {
    clock,
    store,
    trips,
    reports,
    board,
    boards: Array.from({ length: processes }, () => board()),
  };
}

async function call(board: BreakerBoard, sign: "up" | "down" | "none"): Promise<Admission> {
  const admission = await board.admit(LB, PROBE_MS);
  if (admission.kind !== "open") board.settled(LB, admission, sign);
  return admission;
}

async function fail(board: BreakerBoard, times: number): Promise<void> {
  for (let count = 0; count < times; count += 1) await call(board, "down");
  await board.quiet();
}

test("failures of all processes count together, and all see the breaker open within a second", async () => {
  const { clock, trips, boards } = aWorld();
  const [one, other] = boards;
  if (one === undefined || other === undefined) throw new Error("two processes expected");
  await fail(one, 2);
  expect((await one.admit(LB, PROBE_MS)).kind).toBe("go");
  await fail(other, 2);
  expect(await other.admit(LB, PROBE_MS)).toMatchObject({
    kind: "open",
    until: clock.now() + 10_000,
  });
  clock.advance(1_000);
  expect((await one.admit(LB, PROBE_MS)).kind).toBe("open");
  expect(trips).toEqual([LB]);
});

test("a target that is well costs one write a second, however much it is called", async () => {
  const { clock, store, boards } = aWorld(1);
  const [board] = boards;
  if (board === undefined) throw new Error("one process expected");
  for (let second = 0; second < 10; second += 1) {
    for (let calls = 0; calls < 1_000; calls += 1) {
      const admission = board.admit(LB, PROBE_MS);
      const known = admission instanceof Promise ? await admission : admission;
      board.settled(LB, known, "up");
    }
    clock.advance(1_000);
  }
  await board.quiet();
  expect(store.written()).toBeLessThanOrEqual(11);
});

test("of many that ask an open breaker whose time is over, in all processes, one is let through", async () => {
  const { clock, boards } = aWorld(4);
  const [first] = boards;
  if (first === undefined) throw new Error("processes expected");
  await fail(first, 4);
  clock.advance(10_000);
  const admissions = await Promise.all(
    [...boards, ...boards].map(async (board) => board.admit(LB, PROBE_MS)),
  );
  expect(admissions.filter(({ kind }) => kind === "probe")).toHaveLength(1);
  expect(admissions.filter(({ kind }) => kind === "go")).toEqual([]);
});

test("the answer to the call that was let through closes it for all", async () => {
  const { clock, boards } = aWorld();
  const [one, other] = boards;
  if (one === undefined || other === undefined) throw new Error("two processes expected");
  await fail(one, 4);
  clock.advance(10_000);
  expect((await call(other, "up")).kind).toBe("probe");
  await other.quiet();
  clock.advance(1_000);
  expect((await one.admit(LB, PROBE_MS)).kind).toBe("go");
});

test("a call that was let through and whose worker is lost is given up after its time", async () => {
  const { clock, boards } = aWorld();
  const [one, other] = boards;
  if (one === undefined || other === undefined) throw new Error("two processes expected");
  await fail(one, 4);
  clock.advance(10_000);
  expect((await one.admit(LB, PROBE_MS)).kind).toBe("probe");
  clock.advance(PROBE_MS - 1);
  expect((await other.admit(LB, PROBE_MS)).kind).toBe("open");
  clock.advance(1);
  expect((await other.admit(LB, PROBE_MS)).kind).toBe("probe");
});

test("a store that can't be asked is reported, and what was known last counts", async () => {
  const { board, reports } = aWorld();
  const down = async (): Promise<never> => {
    throw new Error("the database is away");
  };
  const alone = board({ list: down, get: down, put: down });
  expect((await call(alone, "down")).kind).toBe("go");
  await alone.quiet();
  expect(reports.map(String)).toEqual([
    "Error: the database is away",
    "Error: the database is away",
  ]);
});

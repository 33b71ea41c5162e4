import { expect, test } from "vitest";
import { SteppingClock } from "#test/fakes/stepping-clock.ts";
import { MOST_OUTPUT, RunOutput } from "./run-output.ts";
import type { OutputChunk } from "./run-store.ts";

const OF = { call: { phase: "forward", stepId: "a" }, attempt: 1 } as const;

function open(append: (chunks: readonly OutputChunk[]) => Promise<void>) {
  const clock = new SteppingClock();
  const reports: unknown[] = [];
  const stopped = new AbortController();
  const output = new RunOutput(
    { runs: { appendOutput: append }, clock },
    (error) => reports.push(error),
    stopped.signal,
  );
  return { clock, reports, stopped, attempt: output.open("run-1", OF, () => {}) };
}

test("output of one moment is written together, in order", async () => {
  const writes: (readonly string[])[] = [];
  const { attempt } = open(async (chunks) => void writes.push(chunks.map(({ text }) => text)));
  attempt.write("one\n");
  attempt.write("two\n");
  await attempt.kept(new AbortController().signal);
  expect(writes).toEqual([["one\n", "two\n"]]);
});

test("an attempt that floods is cut, and that is said once", async () => {
  const texts: string[] = [];
  const { attempt } = open(async (chunks) => void texts.push(...chunks.map(({ text }) => text)));
  for (let count = 0; count < 5; count += 1) attempt.write("x".repeat(MOST_OUTPUT / 2 - 10));
  await attempt.kept(new AbortController().signal);
  const all = texts.join("");
  expect(all.length).toBeLessThan(MOST_OUTPUT + 100);
  expect(all.match(/more output was left out/g)).toHaveLength(1);
  expect(all.endsWith("(more output was left out)\n")).toBe(true);
});

test("output outlives a store that is away", async () => {
  const texts: string[] = [];
  let down = true;
  const { attempt, clock, reports } = open(async (chunks) => {
    if (down) throw new Error("away");
    texts.push(...chunks.map(({ text }) => text));
  });
  attempt.write("one\n");
  await clock.advance(0);
  attempt.write("two\n");
  down = false;
  await clock.advance(1_000);
  expect(texts).toEqual(["one\n", "two\n"]);
  expect(reports).toHaveLength(1);
});

test("nobody waits for a store that is away once the run is given up", async () => {
  const { attempt, stopped, clock } = open(() => Promise.reject(new Error("away")));
  attempt.write("one\n");
  const givenUp = new AbortController();
  const kept = attempt.kept(givenUp.signal);
  givenUp.abort();
  await kept;
  stopped.abort();
  await clock.advance(0);
  expect(clock.next()).toBeNull();
});

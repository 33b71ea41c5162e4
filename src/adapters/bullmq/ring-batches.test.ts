import { expect, test } from "vitest";
import { createRingBatches } from "./ring-batches.ts";

/** Sends nothing until it is told to. */
function aGatedSender() {
  const jobs: (readonly string[])[] = [];
  const open: ((sent: boolean) => void)[] = [];
  const ring = createRingBatches((ids) => {
    jobs.push(ids);
    return new Promise((resolve) => open.push(resolve));
  });
  return { jobs, ring, answer: (sent: boolean) => open.splice(0).forEach((send) => send(sent)) };
}

test("a ring goes at once, and those that come meanwhile go together, each id once", async () => {
  const { jobs, ring, answer } = aGatedSender();
  const rings = ["a", "b", "c", "b"].map((id) => ring(id));
  expect(jobs).toEqual([["a"]]);
  answer(true);
  await rings[0];
  await Promise.resolve();
  await expect.poll(() => jobs).toEqual([["a"], ["b", "c"]]);
  answer(true);
  expect(await Promise.all(rings)).toEqual([true, true, true, true]);
});

test("a ring for an id that is being sent is sent again", async () => {
  const { jobs, ring, answer } = aGatedSender();
  const rings = [ring("a"), ring("a")];
  answer(true);
  await expect.poll(() => jobs).toEqual([["a"], ["a"]]);
  answer(true);
  expect(await Promise.all(rings)).toEqual([true, true]);
});

test("a burst becomes several jobs, so that several processes hear of it", async () => {
  const { jobs, ring, answer } = aGatedSender();
  const ids = Array.from({ length: 101 }, (_, index) => `run-${index}`);
  const rings = ids.map((id) => ring(id));
  answer(true);
  await expect.poll(() => jobs.length).toBe(6);
  answer(true);
  await Promise.all(rings);
  expect(jobs.flat()).toEqual(ids);
});

test("whoever rang is told when it was not sent, and the next ring is tried again", async () => {
  const { ring, answer } = aGatedSender();
  const lost = ring("a");
  answer(false);
  expect(await lost).toBe(false);
  await expect
    .poll(() => {
      const next = ring("a");
      answer(true);
      return next;
    })
    .toBe(true);
});

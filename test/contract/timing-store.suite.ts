// The rules every store of durations keeps.

import { expect, test } from "vitest";
import { KEPT_SAMPLES } from "#engine/timings.ts";
import type { TimingStore } from "#engine/timings.ts";

let operations = 0;

/** @param stores the same samples as two processes see them. */
export function timingStoreSuite(stores: () => readonly [TimingStore, TimingStore]): void {
  const anOperation = () => {
    operations += 1;
    return `toy.timed_${operations}`;
  };

  test("samples come back in order to every process, and only those that were asked for", async () => {
    const [one, other] = stores();
    const [a, b] = [anOperation(), anOperation()];
    await one.add(
      new Map([
        [a, [30, 10]],
        [b, [7]],
      ]),
    );
    await other.add(new Map([[a, [20]]]));
    expect(await one.samples([a, anOperation()])).toEqual(new Map([[a, [30, 10, 20]]]));
  });

  test("the newest samples are kept, however many come at once", async () => {
    const [one] = stores();
    const operation = anOperation();
    const counted = (from: number, count: number) =>
      Array.from({ length: count }, (_, index) => from + index);
    await one.add(new Map([[operation, counted(0, 30)]]));
    await one.add(new Map([[operation, counted(30, KEPT_SAMPLES - 10)]]));
    expect((await one.samples([operation])).get(operation)).toEqual(counted(20, KEPT_SAMPLES));
    await one.add(new Map([[operation, counted(1_000, 3 * KEPT_SAMPLES)]]));
    expect((await one.samples([operation])).get(operation)).toEqual(
      counted(1_000 + 2 * KEPT_SAMPLES, KEPT_SAMPLES),
    );
  });

  test("nothing is lost of what two processes add at once", async () => {
    const [one, other] = stores();
    const [a, b] = [anOperation(), anOperation()];
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        (index % 2 === 0 ? one : other).add(
          new Map(
            index % 2 === 0
              ? [
                  [a, [index]],
                  [b, [index]],
                ]
              : [
                  [b, [index]],
                  [a, [index]],
                ],
          ),
        ),
      ),
    );
    const kept = await one.samples([a, b]);
    for (const operation of [a, b])
      expect([...(kept.get(operation) ?? [])].toSorted((x, y) => x - y)).toEqual(
        Array.from({ length: 20 }, (_, index) => index),
      );
  });
}

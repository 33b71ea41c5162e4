// The rules every store of breakers keeps.

import { expect, test } from "vitest";
import { CLOSED } from "#engine/breaker.ts";
import type { Breaker } from "#engine/breaker.ts";
import type { BreakerStore } from "#engine/breaker-store.ts";
import { NOON } from "#test/builders/plan-records.ts";

const trouble = { calls: 8, failures: 6, withinMs: 60_000 };
const open: Breaker = { status: "open", openedAt: NOON, until: NOON + 30_000, trips: 2, trouble };
const halfOpen: Breaker = {
  status: "half-open",
  openedAt: NOON,
  trips: 2,
  trouble,
  probe: 1,
  probeBy: NOON + 60_000,
};

let targets = 0;

/** @param stores the same states as two processes see them. */
export function breakerStoreSuite(stores: () => readonly [BreakerStore, BreakerStore]): void {
  const aTarget = () => {
    targets += 1;
    return `http:lb-${targets}.internal`;
  };

  test("nothing is kept of a target that was never written", async () => {
    const [store] = stores();
    expect(await store.get(aTarget())).toBeNull();
  });

  test("a state comes back to every process as it was written", async () => {
    const [one, other] = stores();
    const slices = [{ at: NOON, calls: 3, failures: 1 }];
    for (const breaker of [{ status: "closed", slices }, open, halfOpen] as const) {
      const target = aTarget();
      expect(await one.put(target, 0, breaker)).toBe(true);
      expect(await other.get(target)).toEqual({ target, version: 1, breaker });
      expect(await other.list()).toContainEqual({ target, version: 1, breaker });
    }
  });

  test("a state is only changed by who has seen the last one", async () => {
    const [one, other] = stores();
    const target = aTarget();
    await one.put(target, 0, open);
    expect(await other.put(target, 0, CLOSED)).toBe(false);
    expect(await other.put(target, 1, halfOpen)).toBe(true);
    expect(await one.put(target, 1, CLOSED)).toBe(false);
    expect(await one.get(target)).toEqual({ target, version: 2, breaker: halfOpen });
    expect(await one.put(target, 2, CLOSED)).toBe(true);
  });

  test("of ten that change a state at once, one does", async () => {
    const [one, other] = stores();
    const target = aTarget();
    for (const version of [0, 1]) {
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_, index) =>
          (index % 2 === 0 ? one : other).put(target, version, open),
        ),
      );
      expect(answers.filter(Boolean)).toHaveLength(1);
    }
  });
}

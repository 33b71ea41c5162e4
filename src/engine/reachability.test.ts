import { describe, expect, test } from "vitest";
import fc from "fast-check";
import { notWaiting } from "./reachability.ts";

/** Steps by number; each needs some of those before it. */
const graphs = fc
  .integer({ min: 1, max: 60 })
  .chain((count) =>
    fc.tuple(
      ...Array.from({ length: count }, (_, index) =>
        fc.uniqueArray(fc.nat(Math.max(0, index - 1)), { maxLength: index === 0 ? 0 : 3 }),
      ),
    ),
  )
  .map((needs) =>
    needs.map((list, index) => ({ id: `s${index}`, needs: list.map((at) => `s${at}`) })),
  );

describe("waiting", () => {
  test("looks through other steps", () => {
    const order = [
      { id: "a", needs: [] },
      { id: "b", needs: ["a"] },
      { id: "c", needs: ["b"] },
      { id: "d", needs: [] },
    ];
    const asked = [
      { stepId: "c", otherId: "a" },
      { stepId: "c", otherId: "b" },
      { stepId: "a", otherId: "c" },
      { stepId: "d", otherId: "a" },
      { stepId: "c", otherId: "c" },
    ];
    expect(notWaiting(order, asked)).toEqual(asked.slice(2));
  });

  test("is what following every need says, for any graph and all questions at once", () => {
    fc.assert(
      fc.property(graphs, (order) => {
        const waitsFor = new Map<string, Set<string>>();
        for (const { id, needs } of order)
          waitsFor.set(id, new Set(needs.flatMap((need) => [need, ...(waitsFor.get(need) ?? [])])));
        const asked = order.flatMap(({ id: stepId }) =>
          order.map(({ id: otherId }) => ({ stepId, otherId })),
        );
        const expected = asked.filter(
          ({ stepId, otherId }) => waitsFor.get(stepId)?.has(otherId) !== true,
        );
        expect(notWaiting(order, asked)).toEqual(expected);
      }),
    );
  });
});

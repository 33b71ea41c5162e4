import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CASES } from "#test/proof-scale.ts";
import { ask, CLOSED, count, settleProbe, signOf, signOfFailure } from "./breaker.ts";
import type { Breaker, HalfOpenBreaker, OpenBreaker } from "./breaker.ts";
import { ERROR_CATEGORIES } from "./failure.ts";
import type { BreakerPolicy } from "./policy.ts";

const policy: BreakerPolicy = {
  failureRate: 0.5,
  minimumCalls: 4,
  windowMs: 60_000,
  openMs: 10_000,
};
const NOW = 1_000_000_000;
const PROBE_MS = 5_000;
const trouble = { calls: 4, failures: 2, withinMs: 60_000 };
const open: OpenBreaker = { status: "open", openedAt: NOW, until: NOW + 10_000, trips: 1, trouble };
const halfOpen: HalfOpenBreaker = {
  status: "half-open",
  openedAt: NOW,
  trips: 1,
  trouble,
  probe: 1,
  probeBy: NOW + 15_000,
};

const counted = (...calls: readonly (readonly [calls: number, failures: number, at?: number])[]) =>
  calls.reduce<Breaker>(
    (breaker, [total, failures, at = NOW]) =>
      count(breaker, { calls: total, failures }, at, policy),
    CLOSED,
  );

describe("counting", () => {
  test.each<[string, Breaker, Breaker["status"]]>([
    ["no calls at all leave it closed", counted(), "closed"],
    ["too few calls say nothing, even if all fail", counted([3, 3]), "closed"],
    ["fewer failures than the rate leave it closed", counted([3, 0], [2, 2]), "closed"],
    ["the rate reached opens it", counted([2, 0], [2, 2]), "open"],
    [
      "failures of before the window are forgotten",
      counted([3, 3, NOW - 60_000], [1, 1]),
      "closed",
    ],
    ["failures within the window add up", counted([3, 3, NOW - 40_000], [1, 1]), "open"],
    ["a success never opens it", counted([3, 3], [1, 0]), "closed"],
    [
      "what comes late changes nothing about an open one",
      count(open, { calls: 9, failures: 9 }, NOW, policy),
      "open",
    ],
    [
      "nor about a half-open one",
      count(halfOpen, { calls: 9, failures: 0 }, NOW, policy),
      "half-open",
    ],
  ])("%s", (_rule, breaker, status) => {
    expect(breaker.status).toBe(status);
  });

  test("an open one says when it opened, until when, and why", () => {
    expect(counted([2, 0], [6, 6])).toEqual({
      status: "open",
      openedAt: NOW,
      until: NOW + 10_000,
      trips: 1,
      trouble: { calls: 8, failures: 6, withinMs: 60_000 },
    });
  });

  test("it keeps a bounded number of slices however long it is called", () => {
    let breaker: Breaker = CLOSED;
    for (let at = NOW; at < NOW + 10 * 60_000; at += 500)
      breaker = count(breaker, { calls: 1, failures: 0 }, at, policy);
    expect(breaker.status === "closed" && breaker.slices.length).toBeLessThanOrEqual(7);
  });
});

describe("asking", () => {
  test.each<[string, Breaker, number, string]>([
    ["a closed one lets calls through", CLOSED, NOW, "go"],
    ["an open one lets none through", open, NOW + 9_999, "open"],
    ["an open one whose time is over lets one through", open, NOW + 10_000, "probe"],
    ["a half-open one lets no second through", halfOpen, NOW + 14_999, "open"],
    [
      "a half-open one whose call is given up lets another through",
      halfOpen,
      NOW + 15_000,
      "probe",
    ],
  ])("%s", (_rule, breaker, now, kind) => {
    expect(ask(breaker, now, PROBE_MS).kind).toBe(kind);
  });

  test("whoever may not go is told when to ask again", () => {
    expect(ask(open, NOW, PROBE_MS)).toMatchObject({ until: NOW + 10_000 });
    expect(ask(halfOpen, NOW + 1_000, PROBE_MS)).toMatchObject({ until: NOW + 6_000 });
    expect(ask(halfOpen, NOW + 14_000, PROBE_MS)).toMatchObject({ until: NOW + 15_000 });
  });

  test("each call that is let through has a number of its own and a time to be given up", () => {
    expect(ask(halfOpen, NOW + 15_000, PROBE_MS)).toEqual({
      kind: "probe",
      probe: 2,
      changed: { ...halfOpen, probe: 2, probeBy: NOW + 20_000 },
    });
  });
});

describe("the call that is let through", () => {
  const settle = (sign: "up" | "down" | "none", breaker: Breaker = halfOpen, probe = 1) =>
    settleProbe(breaker, { probe, sign }, NOW + 12_000, policy);

  test("closes it by getting an answer", () => {
    expect(settle("up")).toEqual(CLOSED);
  });

  test("opens it by failing, each time for twice as long, up to ten times", () => {
    const opened: number[] = [];
    let breaker: Breaker = halfOpen;
    for (let round = 0; round < 6; round += 1) {
      const next = settle("down", breaker);
      if (next.status !== "open") throw new Error(`it is ${next.status}`);
      opened.push(next.until - (NOW + 12_000));
      expect(next.openedAt).toBe(NOW);
      breaker = { ...halfOpen, trips: next.trips };
    }
    expect(opened).toEqual([20_000, 40_000, 80_000, 100_000, 100_000, 100_000]);
  });

  test("leaves it open, to be tried at once, when nobody knows what came of it", () => {
    expect(settle("none")).toEqual({ ...open, until: NOW + 12_000 });
  });

  test("comes too late once another was let through, or it closed", () => {
    const later = { ...halfOpen, probe: 2 };
    expect(settle("down", later)).toBe(later);
    expect(settle("down", CLOSED)).toBe(CLOSED);
    expect(settle("up", open)).toBe(open);
  });
});

describe("what a call says of its target", () => {
  test("it is in trouble only when it could not be reached, took too long, or said so itself", () => {
    const down = ERROR_CATEGORIES.filter(
      (category) => signOfFailure({ category, message: "" }) === "down",
    );
    expect(down).toEqual(["network", "timeout", "dependency", "temporary"]);
  });

  test("a check that does not hold is an answer", () => {
    expect(signOfFailure({ category: "temporary", code: "CHECK", message: "" })).toBe("up");
  });

  test("a call that was stopped from outside says nothing, unless it had succeeded", () => {
    const failure = { category: "timeout", message: "" } as const;
    expect(signOf({ kind: "unknown", failure }, true)).toBe("none");
    expect(signOf({ kind: "unknown", failure }, false)).toBe("down");
    expect(signOf({ kind: "abandoned" }, false)).toBe("none");
    expect(signOf({ kind: "succeeded", result: null }, true)).toBe("up");
  });
});

test("whatever happens, one call at most is let through at a time, and an answer to it closes it", () => {
  const act = fc.oneof(
    fc.record({ calls: fc.nat(5), failures: fc.nat(5) }),
    fc.record({ pass: fc.nat(20_000) }),
    fc.constant({ ask: true }),
    fc.record({ settle: fc.constantFrom("up" as const, "down" as const, "none" as const) }),
  );
  fc.assert(
    fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
      let breaker: Breaker = CLOSED;
      let now = NOW;
      let probing: { readonly probe: number; readonly until: number } | null = null;
      for (const doing of acts) {
        if ("pass" in doing) now += doing.pass;
        else if ("calls" in doing) {
          const failures = Math.min(doing.calls, doing.failures);
          breaker = count(breaker, { calls: doing.calls, failures }, now, policy);
        } else if ("settle" in doing && probing !== null) {
          const late = now >= probing.until;
          breaker = settleProbe(breaker, { probe: probing.probe, sign: doing.settle }, now, policy);
          if (!late && doing.settle === "up") expect(breaker).toEqual(CLOSED);
          probing = null;
        } else if ("ask" in doing) {
          const asked = ask(breaker, now, PROBE_MS);
          if (asked.kind !== "probe") continue;
          expect(probing === null || now >= probing.until).toBe(true);
          probing = { probe: asked.probe, until: now + PROBE_MS };
          breaker = asked.changed;
        }
      }
    }),
    { numRuns: CASES },
  );
});

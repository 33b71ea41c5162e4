import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { RetryPolicy } from "./plan.ts";
import { decideRetry, delayAfter } from "./retry.ts";

const POLICY: RetryPolicy = {
  maxAttempts: 4,
  backoff: "exponential",
  baseDelayMs: 1_000,
  maxDelayMs: 6_000,
  jitter: true,
  on: ["temporary", "timeout"],
};
const TEMPORARY = { category: "temporary", message: "later" } as const;
const asked = (changes: Partial<Parameters<typeof decideRetry>[0]> = {}) =>
  decideRetry({
    policy: POLICY,
    attempt: 1,
    failure: TEMPORARY,
    now: 0,
    deadline: null,
    random: 0,
    ...changes,
  });

describe("whether a failed attempt is tried again", () => {
  test.each<readonly [string, Parameters<typeof asked>[0], ReturnType<typeof decideRetry>]>([
    [
      "its category is not listed",
      { failure: { category: "permanent", message: "no" } },
      { kind: "final", why: "category" },
    ],
    ["the last try", { attempt: 4 }, { kind: "final", why: "attempts" }],
    ["after the last try", { attempt: 5 }, { kind: "final", why: "attempts" }],
    [
      "the next try would be at the deadline",
      { deadline: 1_000 },
      { kind: "final", why: "deadline" },
    ],
    ["the next try is just before the deadline", { deadline: 1_001 }, { kind: "again", at: 1_000 }],
    [
      "the target asks for more time than the longest delay",
      { failure: { ...TEMPORARY, retryAfterMs: 9_000 } },
      { kind: "again", at: 9_000 },
    ],
    [
      "the target asks for less",
      { failure: { ...TEMPORARY, retryAfterMs: 10 } },
      { kind: "again", at: 1_000 },
    ],
    [
      "the target asks for more than is left",
      { failure: { ...TEMPORARY, retryAfterMs: 9_000 }, deadline: 8_000 },
      { kind: "final", why: "deadline" },
    ],
  ])("%s", (_title, changes, expected) => {
    expect(asked(changes)).toEqual(expected);
  });
});

describe("how long it waits", () => {
  const almostOne = 1 - Number.EPSILON;
  test.each<readonly [RetryPolicy["backoff"], number, readonly [number, number]]>([
    ["fixed", 1, [1_000, 1_000]],
    ["fixed", 3, [1_000, 1_000]],
    ["linear", 1, [1_000, 2_000]],
    ["linear", 3, [1_000, 4_000]],
    ["linear", 9, [1_000, 6_000]],
    ["exponential", 1, [1_000, 2_000]],
    ["exponential", 2, [1_000, 4_000]],
    ["exponential", 3, [1_000, 6_000]],
  ])("%s, after attempt %i: between %j ms", (backoff, attempt, [least, most]) => {
    expect(delayAfter({ ...POLICY, backoff }, attempt, 0)).toBe(least);
    expect(delayAfter({ ...POLICY, backoff }, attempt, almostOne)).toBeCloseTo(most, 6);
  });

  const policies = fc.record({
    maxAttempts: fc.integer({ min: 1, max: 20 }),
    backoff: fc.constantFrom("exponential" as const, "linear" as const, "fixed" as const),
    baseDelayMs: fc.integer({ min: 0, max: 3_600_000 }),
    maxDelayMs: fc.integer({ min: 0, max: 3_600_000 }),
    jitter: fc.boolean(),
    on: fc.constant(["temporary" as const]),
  });
  const randoms = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

  test("never longer than the longest delay, never shorter than the base delay", () => {
    fc.assert(
      fc.property(policies, fc.integer({ min: 1, max: 20 }), randoms, (policy, attempt, random) => {
        const delay = delayAfter(policy, attempt, random);
        expect(delay).toBeLessThanOrEqual(policy.maxDelayMs);
        expect(delay).toBeGreaterThanOrEqual(Math.min(policy.baseDelayMs, policy.maxDelayMs));
      }),
    );
  });

  test("a later attempt never waits less, with the same luck", () => {
    fc.assert(
      fc.property(policies, fc.integer({ min: 1, max: 19 }), randoms, (policy, attempt, random) => {
        expect(delayAfter(policy, attempt + 1, random)).toBeGreaterThanOrEqual(
          delayAfter(policy, attempt, random),
        );
      }),
    );
  });

  test("a try that is granted lies in the future and before the deadline", () => {
    fc.assert(
      fc.property(
        policies,
        randoms,
        fc.nat(10_000_000),
        fc.nat(10_000_000),
        (policy, random, now, room) => {
          const deadline = now + room;
          const decision = decideRetry({
            policy,
            attempt: 1,
            failure: TEMPORARY,
            now,
            deadline,
            random,
          });
          if (decision.kind === "final") return;
          expect(decision.at).toBeGreaterThanOrEqual(now);
          expect(decision.at).toBeLessThan(deadline);
        },
      ),
    );
  });
});

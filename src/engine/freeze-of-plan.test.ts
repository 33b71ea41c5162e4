import { describe, expect, test } from "vitest";
import { aRule } from "#test/builders/a-policy.ts";
import { NOON, aPlan, aRecord, aVerdict } from "#test/builders/plan-records.ts";
import type { AfterFreeze } from "./freeze-of-plan.ts";
import { freezeOf } from "./freeze-of-plan.ts";
import type { Emergency, PlanRecord } from "./plan.ts";
import type { FreezeWindow } from "./policy.ts";

const HOUR = 3_600_000;
const hold = aPlan({ holdTimeMs: 24 * HOUR });

/** Waits for 4 hours from now on, and may start within 2 hours of the decision. */
const awaiting = aRecord({
  plan: hold,
  begunAt: NOON,
  approveBy: NOON + 4 * HOUR,
  rule: { ...aRule([]), approveWithinMs: 4 * HOUR, startWithinMs: 2 * HOUR },
});

function approved(changes: Partial<PlanRecord> = {}): PlanRecord {
  const { approveBy: _by, remindedAt: _r, nudgedAt: _n, unreachableSince: _u, ...kept } = awaiting;
  return {
    ...kept,
    ...changes,
    status: "approved",
    verdict: aVerdict({ outcome: "approved" }),
    decidedAt: NOON,
    startBy: NOON + 2 * HOUR,
    runId: "run-1",
  };
}

function seen(record: PlanRecord, until: number, now = NOON, breakGlass = false) {
  const window: FreezeWindow = {
    name: "weekends",
    reason: "Nobody is there.",
    environments: ["production"],
    risks: ["read-only", "modify", "destructive"],
    breakGlass,
    when: { kind: "once", from: NOON - HOUR, until },
  };
  const calendar = { occurrence: () => null };
  return freezeOf({ calendar, policy: { freezes: [window] } as never }, record, now);
}

describe("a plan in a freeze", () => {
  test.each<[string, PlanRecord, number, AfterFreeze]>([
    ["waits, and starts after one that is soon over", awaiting, HOUR, { kind: "starts" }],
    [
      "starts after a longer one only if it is approved late enough",
      awaiting,
      3 * HOUR,
      { kind: "starts-if-approved-from", from: NOON + HOUR },
    ],
    [
      "can't start after one that outlasts its time to be approved and to start",
      awaiting,
      6 * HOUR,
      { kind: "runs-out", at: null },
    ],
    [
      "that is approved starts after one that is over in its time to start",
      approved(),
      HOUR,
      { kind: "starts" },
    ],
    [
      "that is approved runs out of time in one that ends with its time to start",
      approved(),
      2 * HOUR,
      { kind: "runs-out", at: NOON + 2 * HOUR },
    ],
    [
      "that is approved runs out of time when its run may not be held for so long",
      approved({ plan: aPlan({ holdTimeMs: HOUR / 2 }) }),
      HOUR,
      { kind: "runs-out", at: NOON + HOUR / 2 },
    ],
  ])("%s", (_rule, record, lasts, next) => {
    expect(seen(record, NOON + lasts)).toMatchObject({
      name: "weekends",
      until: NOON + lasts,
      approved: record.status === "approved",
      next,
    });
  });

  test("that waits on into it starts after it, though it would not have started from its beginning", () => {
    expect(seen(awaiting, NOON + 3 * HOUR, NOON + HOUR + 1)?.next).toEqual({ kind: "starts" });
  });

  test("whose glass is broken is held back by a freeze that does not yield to that, and by no other", () => {
    const emergency = { userId: "U0ANN", at: NOON } as Emergency;
    const broken = approved({ emergency });
    expect(seen(broken, NOON + HOUR, NOON, true)).toBeNull();
    expect(seen(broken, NOON + HOUR, NOON, false)).not.toBeNull();
  });

  test("is not held back by one whose time to be approved or to start is over, nor before or after the freeze", () => {
    expect(seen(awaiting, NOON + 9 * HOUR, NOON + 4 * HOUR)).toBeNull();
    expect(seen(approved(), NOON + 9 * HOUR, NOON + 2 * HOUR)).toBeNull();
    expect(seen(awaiting, NOON)).toBeNull();
  });
});

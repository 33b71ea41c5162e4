// Plans over the switches of `World`, and their queued runs.

import type { Plan, PlanStep, RetryPolicy } from "#engine/plan.ts";
import { planHash } from "#engine/plan-hash.ts";
import type { RunHeader } from "#engine/run-store.ts";
import type { Instant } from "#engine/time.ts";
import { PLAIN_PLAN, PLAIN_STEP } from "./plain-plan.ts";
import { sha256 } from "#adapters/system/sha256.ts";

export const ONE_TRY: RetryPolicy = {
  maxAttempts: 1,
  backoff: "fixed",
  baseDelayMs: 0,
  maxDelayMs: 0,
  jitter: false,
  on: [],
};

/** A step that sets the switch of its own name to "on" and is taken back from what was captured. */
export function switchStep(id: string, changes: Partial<PlanStep> = {}): PlanStep {
  return {
    ...PLAIN_STEP,
    id,
    uses: "world.set",
    with: { switch: id, to: "on" },
    profile: null,
    summary: `Set switch ${id} to on`,
    risk: "modify",
    timeoutMs: 10_000,
    retry: ONE_TRY,
    rollback: { kind: "captured", summary: `Set switch ${id} back`, risk: "modify" },
    ...changes,
  };
}

export function switchPlan(steps: readonly PlanStep[], changes: Partial<Plan> = {}): Plan {
  return {
    ...PLAIN_PLAN,
    title: "Set switches",
    environment: "test",
    risk: "modify",
    steps,
    ...changes,
  };
}

export function queuedRun(plan: Plan, queuedAt: Instant, runId = "run-1"): RunHeader {
  return {
    runId,
    planId: `pl-${runId}`,
    planVersion: 1,
    planHash: planHash(plan, sha256),
    plan,
    teamId: "T1",
    requesterId: "U1",
    conversation: {
      id: "cv-1",
      teamId: "T1",
      channelId: "C1",
      threadTs: null,
      words: "set the switches",
      permalink: null,
    },
    queuedAt,
  };
}

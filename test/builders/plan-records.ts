// Plans, records, verdicts and run reports for tests: a believable one of each, changed where a test needs it.

import type { Approvers } from "#engine/explain-approvers.ts";
import type { PlanFreeze } from "#engine/freeze-of-plan.ts";
import type { Conversation } from "#engine/identity.ts";
import { PLAIN_RULE } from "#engine/policy.ts";
import type { AwaitingPlan, Plan, PlanStep } from "#engine/plan.ts";
import { highestRisk } from "#engine/risk.ts";
import type { RunReport, StepReport } from "#engine/run-report.ts";
import type { RunView } from "#engine/run-store.ts";
import type { Verdict } from "#engine/verdict.ts";
import { PLAIN_PLAN, PLAIN_STEP } from "./plain-plan.ts";

/** 2026-11-21 02:00 UTC. */
export const NOON = Date.UTC(2026, 10, 21, 2, 0);
const MINUTE = 60_000;

export const PERMALINK = "https://acme.slack.com/archives/C0OPS/p1763690000000100";

const conversation: Conversation = {
  id: "cv-7k3qx9a2bc",
  teamId: "T0ACME",
  channelId: "C0OPS",
  threadTs: "1763690000.000100",
  words: "please restart the api fleet",
  permalink: PERMALINK,
};

export function aStep(changes: Partial<PlanStep> & Pick<PlanStep, "id">): PlanStep {
  return {
    ...PLAIN_STEP,
    uses: "http.request",
    with: { method: "GET", url: "https://lb.internal/api/health" },
    profile: null,
    summary: "Ask https://lb.internal/api/health whether it is well",
    risk: "read-only",
    timeoutMs: 30_000,
    check: ["result.status == 200"],
    retry: {
      maxAttempts: 3,
      backoff: "exponential",
      baseDelayMs: 2000,
      maxDelayMs: 60_000,
      jitter: true,
      on: ["timeout", "network"],
    },
    ...changes,
  };
}

export const restartSteps: readonly PlanStep[] = [
  aStep({
    id: "drain",
    with: { method: "POST", url: "https://lb.internal/api/drain" },
    summary: "POST https://lb.internal/api/drain",
    risk: "modify",
    rollback: {
      kind: "commands",
      calls: [
        {
          uses: "http.request",
          with: { method: "POST", url: "https://lb.internal/api/undrain" },
          profile: null,
          summary: "POST https://lb.internal/api/undrain",
          risk: "modify",
          timeoutMs: 30_000,
        },
      ],
    },
  }),
  aStep({
    id: "stop",
    uses: "ec2.stop_instances",
    with: {
      region: "eu-west-1",
      instance_ids: ["i-0abc12345678", "i-0def12345678", "i-0fed12345678"],
    },
    profile: "production-ops",
    summary: "Stop 3 instances in eu-west-1: i-0abc12345678, i-0def12345678, i-0fed12345678",
    risk: "destructive",
    needs: ["drain"],
    stage: 1,
    timeoutMs: 5 * MINUTE,
    rollback: {
      kind: "captured",
      summary: "Start the instances that were running before",
      risk: "modify",
    },
    locks: ["ec2:eu-west-1:i-0abc12345678"],
  }),
  aStep({
    id: "start",
    uses: "ec2.start_instances",
    with: {
      region: "eu-west-1",
      instance_ids: ["i-0abc12345678", "i-0def12345678", "i-0fed12345678"],
    },
    profile: "production-ops",
    summary: "Start 3 instances in eu-west-1: i-0abc12345678, i-0def12345678, i-0fed12345678",
    risk: "modify",
    needs: ["stop"],
    stage: 2,
  }),
  aStep({
    id: "health",
    needs: ["start"],
    stage: 3,
    when: "steps.start.result.started > 0",
    deferred: true,
  }),
];

export function aPlan(changes: Partial<Plan> = {}): Plan {
  const steps = changes.steps ?? restartSteps;
  return {
    ...PLAIN_PLAN,
    title: "Restart the API fleet",
    environment: "production",
    playbook: "restart-fleet",
    inputs: { fleet: "api" },
    risk: highestRisk(
      steps.flatMap((step) => [
        step.risk,
        ...(step.rollback.kind === "commands" ? step.rollback.calls.map((call) => call.risk) : []),
      ]),
    ),
    steps,
    ...changes,
  };
}

export function aRecord(changes: Partial<AwaitingPlan> = {}): AwaitingPlan {
  return {
    status: "awaiting-approval",
    id: "pl-7k3qx9a2bc",
    version: 1,
    plan: aPlan(),
    hash: "3fa9c1d27be04481a0b9f6d4c2e1758899aabbccddeeff00112233445566778a",
    source: "title: Restart the API fleet\nsteps: []\n",
    origin: null,
    conversation,
    requester: { teamId: "T0ACME", userId: "U0RITA", name: "rita" },
    editors: [],
    rule: {
      ...PLAIN_RULE,
      require: [{ count: 2, fromGroups: ["sre"], fromUsers: [] }],
      approveWithinMs: 60 * MINUTE,
      startWithinMs: 30 * MINUTE,
      remindAfterMs: null,
    },
    policyVersion: "c0ffee",
    requestId: "Ev0MABC1D1",
    filedAt: NOON - 2 * MINUTE,
    supersedes: null,
    supersededBy: null,
    begunAt: NOON - 2 * MINUTE,
    emergency: null,
    revision: 1,
    approveBy: NOON + 58 * MINUTE,
    votes: [],
    remindedAt: null,
    nudgedAt: null,
    waves: { nextAt: null, told: [], widenedAt: null },
    unreachableSince: null,
    ...changes,
  };
}

export function aVote(
  userId: string,
  choice: "approve" | "reject",
  reason: string | null = null,
): AwaitingPlan["votes"][number] {
  return {
    planVersion: 1,
    planHash: "3fa9",
    userId,
    choice,
    reason,
    groups: ["sre"],
    policyVersion: "c0ffee",
    requestId: `Ev${userId}`,
    at: NOON - MINUTE,
  };
}

export function aVerdict(changes: Partial<Verdict> = {}): Verdict {
  return {
    outcome: "waiting",
    by: null,
    tree: {
      name: "plan",
      status: "waiting",
      sentence: "The plan waits for 1 more approval.",
      children: [
        {
          name: "clause 1",
          status: "waiting",
          sentence: "1 of 2 from sre; @U0BOB or @U0DEV could approve.",
          children: [],
        },
      ],
    },
    counted: [{ userId: "U0ANN", clause: 0 }],
    ignored: [],
    needed: 2,
    had: 1,
    couldApprove: ["U0BOB", "U0DEV"],
    ...changes,
  };
}

/** Of a plan that waits: Bob and Dev could approve, Ann has, Rita asked for it. */
/** Of a waiting plan that starts when it is over. */
export function aFreeze(changes: Partial<PlanFreeze> = {}): PlanFreeze {
  return {
    name: "weekends",
    reason: "Nobody is there.",
    until: NOON + 60 * MINUTE,
    breakGlass: false,
    approved: false,
    next: { kind: "starts" },
    ...changes,
  };
}

export function someApprovers(changes: Partial<Approvers> = {}): Approvers {
  return {
    verdict: aVerdict(),
    people: [
      { userId: "U0BOB", say: "could", detail: "for sre" },
      { userId: "U0DEV", say: "could", detail: "for sre" },
      { userId: "U0ANN", say: "counts", detail: "has approved, for sre" },
      { userId: "U0RITA", say: "cannot", detail: "they asked for the plan" },
    ],
    notAsked: 0,
    widened: false,
    unknown: null,
    freeze: null,
    policyChanged: false,
    ...changes,
  };
}

export function aStepReport(stepId: string, changes: Partial<StepReport> = {}): StepReport {
  return {
    stepId,
    status: "pending",
    attempt: 0,
    startedAt: null,
    endedAt: null,
    retryAt: null,
    failure: null,
    reason: null,
    delay: null,
    ...changes,
  };
}

export function aReport(changes: Partial<RunReport> = {}): RunReport {
  const plan = changes.plan ?? aPlan();
  return {
    runId: "run-4m8w2e6yhj",
    planId: "pl-7k3qx9a2bc",
    plan,
    requesterId: "U0RITA",
    conversation,
    emergency: false,
    detached: false,
    status: "running",
    queuedAt: NOON,
    startedAt: NOON + 1000,
    endedAt: null,
    elapsedMs: 95_000,
    percent: 25,
    reason: null,
    steps: plan.steps.map((step) => aStepReport(step.id)),
    question: null,
    heldReasons: [],
    heldFor: [],
    looksAgain: false,
    waitsFor: null,
    heldUntil: null,
    failedSteps: [],
    steeredBy: [],
    leftovers: [],
    ...changes,
  };
}

/** A run that has started, as its store tells it. */
export function aRunView(plan: Plan): RunView {
  return {
    runId: "run-4m8w2e6yhj",
    planId: "pl-7k3qx9a2bc",
    planVersion: 1,
    planHash: "hash",
    plan,
    teamId: "T0ACME",
    requesterId: "U0RITA",
    conversation,
    queuedAt: NOON,
    status: "running",
    owner: null,
    emergency: false,
    events: [],
  };
}

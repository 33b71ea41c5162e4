// One of each event that a run's log can hold, with every field that it can have: a new kind or field that is missing
// here does not compile.

import type { Failure } from "#engine/failure.ts";
import type { Actor } from "#engine/identity.ts";
import type { RunEvent, StepVote } from "#engine/run.ts";

type Whole = {
  readonly [K in RunEvent["kind"]]: Required<Extract<RunEvent, { readonly kind: K }>>;
};

const by: Actor = { kind: "person", teamId: "T0ACME", userId: "U0ANN" };
const call = { phase: "forward", stepId: "drain" } as const;
const failure: Required<Failure> = {
  category: "temporary",
  message: "Too many requests",
  code: "429",
  retryAfterMs: 1_000,
  acted: false,
};
const vote: Required<StepVote> = {
  userId: "U0ANN",
  choice: "reject",
  reason: "Not yet.",
  groups: ["sre"],
  viewHash: "seen",
  viewFormat: 1,
  requestId: "r1",
  at: 5,
};
const stepId = "drain";

const EVENTS: Whole = {
  "run.queued": { kind: "run.queued", planVersion: 2, planHash: "abc" },
  "run.started": { kind: "run.started" },
  "run.held": {
    kind: "run.held",
    reasons: ["Another run has it."],
    mayPass: true,
    waitsFor: "run-2",
    failedSteps: [stepId],
  },
  "run.drive-failed": { kind: "run.drive-failed", defect: "TypeError" },
  "run.control-refused": {
    kind: "run.control-refused",
    request: "skip",
    reason: "It has ended.",
    by,
  },
  "run.paused": { kind: "run.paused", by },
  "run.resumed": { kind: "run.resumed", by },
  "run.cancel-requested": { kind: "run.cancel-requested", by },
  "run.rollback-started": { kind: "run.rollback-started", reason: "Late.", by, stops: true },
  "run.breaker-overridden": { kind: "run.breaker-overridden", target: "http:lb", by },
  "step.skipped": { kind: "step.skipped", stepId, reason: "By hand.", by },
  "step.admitted": { kind: "step.admitted", stepId, conditions: ["vars.a == 1"] },
  "step.retried": { kind: "step.retried", stepId, by },
  "step.delayed": { kind: "step.delayed", call, target: "http:lb", until: 9, openedAt: 3 },
  "step.inquiry-opened": { kind: "step.inquiry-opened", stepId, closesAt: 9 },
  "step.inquiry-answered": {
    kind: "step.inquiry-answered",
    stepId,
    answers: { size: 3, when: null },
    by,
  },
  "step.inquiry-expired": { kind: "step.inquiry-expired", stepId },
  "step.approval-opened": { kind: "step.approval-opened", stepId, closesAt: 9 },
  "step.approval-voted": { kind: "step.approval-voted", stepId, vote },
  "step.approval-closed": {
    kind: "step.approval-closed",
    stepId,
    outcome: "rejected",
    counted: ["U0ANN"],
    explanation: "@U0ANN rejected it.",
  },
  "attempt.started": {
    kind: "attempt.started",
    call: { phase: "rollback", stepId, index: 1 },
    attempt: 2,
    idempotencyKey: "key",
    uses: "http.request",
    input: { url: "https://lb.internal" },
    captured: { state: "on" },
    repeat: 1,
  },
  "attempt.succeeded": {
    kind: "attempt.succeeded",
    call: { phase: "after", stepId, index: 0 },
    attempt: 1,
    result: { status: 200 },
    durationMs: 12,
    after: { state: "off" },
    output: "done",
  },
  "attempt.failed": {
    kind: "attempt.failed",
    call,
    attempt: 1,
    failure,
    retryAt: 9,
    durationMs: 12,
  },
  "attempt.unknown": { kind: "attempt.unknown", call, attempt: 1, failure },
  "attempt.answered": { kind: "attempt.answered", call, attempt: 1, answer: "try-again", by },
  "step.rolled-back": { kind: "step.rolled-back", stepId, calls: 2 },
  "step.rollback-failed": { kind: "step.rollback-failed", stepId, failure },
  "run.completed": { kind: "run.completed", failedSteps: [stepId] },
  "run.failed": {
    kind: "run.failed",
    reason: "It failed.",
    failedSteps: [stepId],
    leftovers: ["Step drain stays."],
  },
  "run.canceled": { kind: "run.canceled", reason: "Asked for.", leftovers: [] },
  "run.rolled-back": { kind: "run.rolled-back", reason: "Asked for." },
};

export const EVERY_RUN_EVENT: readonly RunEvent[] = Object.values(EVENTS);
